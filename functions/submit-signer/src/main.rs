//! Starts `submit-signer`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(submit_signer::App::new, |app, request| async move { submit_signer::handle(&app, request).await })
        .await
}
