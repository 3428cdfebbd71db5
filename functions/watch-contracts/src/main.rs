//! Starts `watch-contracts`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_schedule(watch_contracts::App::new, |app| async move { watch_contracts::handle(&app).await }).await
}
