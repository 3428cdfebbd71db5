//! Starts `manage-subjects`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(manage_subjects::App::new, |app, request| async move { manage_subjects::handle(&app, request).await })
        .await
}
