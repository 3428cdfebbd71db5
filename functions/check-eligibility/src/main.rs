//! Starts `check-eligibility`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(
        check_eligibility::App::new,
        |app, request| async move { check_eligibility::handle(&app, request).await },
    )
    .await
}
