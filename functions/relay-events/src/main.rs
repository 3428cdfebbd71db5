//! Starts `relay-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    web::run_stream(relay_events::App::new, |app, event| async move { relay_events::handle(&app, event).await }).await
}
