//! Starts `confirm-content`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(confirm_content::App::new, |app, request| async move { confirm_content::handle(&app, request).await })
        .await
}
