//! Starts `settle-signing`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_queue(settle_signing::App::new, |app, event| async move { settle_signing::handle(&app, event).await })
        .await
}
