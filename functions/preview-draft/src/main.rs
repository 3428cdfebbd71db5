//! Starts `preview-draft`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(preview_draft::App::new, |app, request| async move { preview_draft::handle(&app, request).await })
        .await
}
