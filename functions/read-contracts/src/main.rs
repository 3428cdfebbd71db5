//! Starts `read-contracts`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(read_contracts::App::new, |app, request| async move { read_contracts::handle(&app, request).await })
        .await
}
