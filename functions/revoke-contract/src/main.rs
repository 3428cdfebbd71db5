//! Starts `revoke-contract`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(revoke_contract::App::new, |app, request| async move { revoke_contract::handle(&app, request).await })
        .await
}
