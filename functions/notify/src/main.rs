//! Starts `notify`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_queue(notify::App::new, |app, event| async move { notify::handle(&app, event).await }).await
}
