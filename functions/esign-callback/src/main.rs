//! Starts `esign-callback`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(esign_callback::App::new, |app, request| async move { esign_callback::handle(&app, request).await })
        .await
}
