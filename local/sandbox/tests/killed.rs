//! Killed without warning, the sandbox goes on where it was.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use support::{Client, Receiver, enterprise, folder, stage_on};

const FOLDER: &str = "SANDBOX_TEST_FOLDER";

/// Not a test of its own: the process that is killed. It tells its address and then lives on.
#[tokio::test]
#[ignore = "started by the test below"]
async fn a_sandbox_to_be_killed() {
    let Some(data) = std::env::var_os(FOLDER) else { return };
    let stage = stage_on(Some(Path::new(&data))).await;
    let mut out = std::io::stdout();
    writeln!(out, "\nlistening {}", stage.client.base).unwrap();
    out.flush().unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
}

/// The process, and a client for it.
fn spawn(data: &Path) -> (Child, Client) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["a_sandbox_to_be_killed", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("listening ")?.to_owned()));
    (child, Client::at(&base.unwrap()))
}

#[tokio::test]
async fn every_state_outlives_the_process() {
    let data = folder("killed");
    let receiver = Receiver::new(0).await;
    let again = |child: Option<Child>| {
        if let Some(mut child) = child {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        spawn(&data)
    };
    let (child, client) = again(None);
    let file = client.upload().await;
    let (child, client) = again(Some(child));
    let flow = client.create(enterprise(&file, Some(&receiver.url))).await;
    let (child, client) = again(Some(child));
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 0);
    assert_eq!(client.call("POST", &format!("/v3/sign-flow/{flow}/start"), None).await.0, 0);
    let (child, client) = again(Some(child));
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 1);
    assert_eq!(client.control("POST", &format!("flows/{flow}/sign"), json!({})).await.0, 200);
    let (mut child, client) = again(Some(child));
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 2);
    assert_eq!(support::count(&client.signed(&flow).await, b"/ByteRange"), 2);
    client.until(&flow, |flow| flow["callbacksDelivered"] == 3).await;
    let told = receiver.actions();
    assert!(told.len() >= 3 && told.iter().any(|told| told == "SIGN_FLOW_COMPLETE \"2\""));
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_dir_all(data).unwrap();
}
