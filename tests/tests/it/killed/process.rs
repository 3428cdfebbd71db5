//! The command as a process of its own, which can be killed and started again.

use crate::harness::tools::Folder;
use crate::harness::{World, until_within};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

/// A start makes keys and loads fonts; on a busy machine that takes its time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Below the ports that are given out to whoever asks for any, so that nobody else takes one while the process is dead.
const FIRST_PORT: u16 = 21_000;

static PORTS: AtomicU16 = AtomicU16::new(0);

/// The command, on a folder and ports of its own. It ends with this value, however the test ends.
pub struct Process {
    child: Child,
    port: u16,
    folder: Folder,
    pub world: World,
}

impl Process {
    /// Starts it on an empty folder.
    pub async fn start() -> Self {
        let (folder, port) = (Folder::new(), free_port());
        let child = spawn(&folder, port);
        let [base_url, sandbox_url] = [port, port + 1].map(|port| format!("http://127.0.0.1:{port}"));
        let mut process = Self { child, port, folder, world: World::at(base_url, sandbox_url) };
        process.ready().await;
        process
    }

    /// Kills it, and starts it again on the same folder and ports.
    pub async fn kill_and_start_again(&mut self) {
        self.kill();
        self.child = spawn(&self.folder, self.port);
        self.ready().await;
    }

    /// SIGKILL: nothing is finished, nothing is flushed.
    fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    async fn ready(&mut self) {
        let log = log_file(&self.folder);
        let (child, api) = (&mut self.child, self.world.anybody());
        until_within(PATIENCE, "the command to be ready", async || {
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            if let Ok(Some(status)) = child.try_wait() {
                panic!("the command ended by itself ({status}); it said:\n{}", said());
            }
            match api.attempt(reqwest::Method::GET, "/dev/ready", None).await {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err(format!("{}\n{}", answer.story(), said())),
                Err(why) => Err(format!("{why}\n{}", said())),
            }
        })
        .await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Folder, port: u16) -> Child {
    let program = program();
    let log = File::options().create(true).append(true).open(log_file(folder)).expect("a log can be written");
    let mut command = Command::new(&program);
    command.arg("--port").arg(port.to_string()).arg("--data").arg(folder.path().join("data"));
    command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()))
}

/// The command beside this test's own executable, where cargo puts both.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("this test knows where it is");
    let program = test.ancestors().nth(2).unwrap_or(Path::new("")).join("countersign");
    assert!(program.is_file(), "{} is not built, and this test kills it. Run `cargo build` first.", program.display());
    program
}

fn log_file(folder: &Folder) -> PathBuf {
    folder.path().join("log.txt")
}

/// A port with a free one after it.
fn free_port() -> u16 {
    // Runs at the same time begin at different places.
    let offset = u16::try_from(std::process::id() % 1000).unwrap_or(0) * 10;
    let mut ports = (0..500).map(|_| FIRST_PORT + (offset + PORTS.fetch_add(2, Ordering::Relaxed)) % 11_000);
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    ports.find(|port| free(*port) && free(*port + 1)).expect("two free ports are found")
}
