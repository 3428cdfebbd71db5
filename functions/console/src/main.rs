//! Starts `console`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(console::App::new, |app, request| async move { console::handle(&app, &request) }).await
}
