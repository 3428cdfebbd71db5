//! The command: reads its flags, runs the local stack or the demo, and says in one sentence what went wrong.

use clap::{Parser, Subcommand};
use countersign::{Beside, Options, Stack, demo};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;

/// Countersign on this machine: the API, an e签宝 sandbox and all they need, in one process.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
struct Arguments {
    /// The port of the API and the pages; the sandbox listens on the next one
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65534))]
    port: u16,
    /// The folder everything is kept in
    #[arg(long, default_value = ".local")]
    data: PathBuf,
    /// Keep nothing: everything is in memory and gone at the end
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign one enterprise and one personal contract in memory and keep the PDFs
    Demo {
        /// The folder the signed PDFs are written to
        #[arg(long, default_value = "demo")]
        out: PathBuf,
    },
    /// Run what stands around a stack deployed elsewhere: log-in, mail and the sandbox; its addresses and parameters are written as JSON
    Beside {
        /// The parameter LookSchedule
        #[arg(long, default_value = "10,10")]
        look_schedule: String,
        /// The parameter WatchRate
        #[arg(long, default_value = "rate(1 minute)")]
        watch_rate: String,
    },
}

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = Arguments::parse();
    let quiet = arguments.command.is_some();
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(if quiet { "error" } else { "info,aws=warn,event=warn,hyper=warn" }));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .log_internal_errors(false)
        .compact()
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("The runtime cannot be started: {error}.")),
    };
    let ended = runtime.block_on(async {
        match &arguments.command {
            Some(Command::Demo { out }) => demo::run(out).await.map_err(|error| error.to_string()),
            Some(Command::Beside { look_schedule, watch_rate }) => beside(look_schedule, watch_rate).await,
            None => serve(&arguments, started).await,
        }
    });
    // What still blocks a thread, as a long SQLite call may, is not waited for any longer.
    runtime.shutdown_timeout(Duration::from_secs(2));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}

/// Runs the stack until it is told to stop.
async fn serve(arguments: &Arguments, started: Instant) -> Result<(), String> {
    let options = Options {
        port: arguments.port,
        data: (!arguments.memory).then(|| arguments.data.clone()),
        ..Options::default()
    };
    let stack = Stack::start(options).await.map_err(|error| error.to_string())?;
    say(&welcome(&stack, arguments, started.elapsed()));
    wait_for_end().await?;
    say("\n正在停止…… Stopping.\n");
    tokio::select! {
        () = stack.stop() => Ok(()),
        // Whoever asks a second time does not want to wait.
        _ = wait_for_end() => Ok(()),
    }
}

/// Stands beside a stack that is deployed elsewhere until it is told to stop.
async fn beside(look_schedule: &str, watch_rate: &str) -> Result<(), String> {
    let beside = Beside::start(look_schedule, watch_rate).await.map_err(|error| error.to_string())?;
    let told = serde_json::json!({
        "url": beside.base_url, "sandbox": beside.sandbox_url, "parameters": beside.parameters,
    });
    say(&format!("{told}\n"));
    wait_for_end().await?;
    beside.stop().await;
    Ok(())
}

fn welcome(stack: &Stack, arguments: &Arguments, took: Duration) -> String {
    let gateway = stack.base_url();
    let data = if arguments.memory {
        "仅在内存中，停止后清空 · in memory only".to_owned()
    } else {
        arguments.data.display().to_string()
    };
    format!(
        "\nCountersign 本地环境已就绪 · the local stack is ready ({:.1} s)\n\n  \
         首页与接口  Pages, API   {gateway}\n  \
         登录        Log in       {gateway}/dev/login\n  \
         邮件        Mail         {gateway}/dev/mail\n  \
         e签宝沙箱   Sandbox      {}   (短信验证码 SMS code: 123456)\n  \
         数据        Data         {data}\n\n\
         下一步：打开首页，选一个示例客户登录。 Next: open the first page and log in as a ready customer.\n\
         按 Ctrl-C 停止。 Ctrl-C stops.\n\n",
        took.as_secs_f64(),
        stack.sandbox_url(),
    )
}

async fn wait_for_end() -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate =
        signal(SignalKind::terminate()).map_err(|error| format!("Signals cannot be received: {error}."))?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| format!("Signals cannot be received: {error}.")),
        _ = terminate.recv() => Ok(()),
    }
}

fn say(text: &str) {
    // Where nobody reads the output, there is nobody to tell.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn failed(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::FAILURE
}
