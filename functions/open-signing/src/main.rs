//! Starts `open-signing`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(open_signing::App::new, |app, request| async move { open_signing::handle(&app, request).await }).await
}
