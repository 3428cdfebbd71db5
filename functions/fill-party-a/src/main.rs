//! Starts `fill-party-a`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_http(fill_party_a::App::new, |app, request| async move { fill_party_a::handle(&app, request).await }).await
}
