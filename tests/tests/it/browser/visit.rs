//! One browser for one test: started, watched and ended around what the test does with it.

use super::Look;
use super::driver::Driver;
use super::watch::Log;
use crate::harness::World;
use crate::harness::tools::Folder;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use thirtyfour::{Capabilities, WebDriver};
use tokio::sync::Semaphore;

/// Each Chromium takes a core, and the stack wants one too.
static ROOM: Semaphore = Semaphore::const_new(2);

/// A browser at the pages of one stack. What it can do stands in the modules beside this one.
pub struct Browser {
    pub driver: WebDriver,
    pub world: World,
    pub look: Look,
    /// Where it keeps what it is told to keep.
    pub downloads: PathBuf,
    expected: Mutex<Vec<String>>,
}

/// Starts a browser, lets the test use it, and then looks at what it logged. Where the test fails, there is a picture of the page in
/// `target/pictures`.
pub async fn visit(world: &World, look: Look, test: impl AsyncFnOnce(&Browser)) {
    let _room = ROOM.acquire().await.expect("nobody closes it");
    let folder = Folder::new();
    let driver = Driver::start();
    let browser = Browser::start(world, look, &driver, &folder).await;
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    let log = browser.log().await;
    let faults = log.faults(&browser.expected.lock().expect("no test panics inside"));
    if outcome.is_err() || !faults.is_empty() {
        let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
        browser.keep_failure(&format!("failed-{name}"), &faults).await;
    }
    // Closing ends Chromium properly, which lets go of the folder.
    let _ = browser.driver.quit().await;
    drop(driver);
    match outcome {
        Err(panic) => resume_unwind(panic),
        Ok(()) => assert!(faults.is_empty(), "the browser logged what should not be:\n{}", faults.join("\n")),
    }
}

impl Browser {
    async fn start(world: &World, look: Look, driver: &Driver, folder: &Folder) -> Self {
        let capabilities = look.capabilities(folder.path());
        let Value::Object(capabilities) = capabilities else { unreachable!("capabilities are an object") };
        let started = WebDriver::new(&driver.address, Capabilities::from(capabilities)).await;
        let driver = started.unwrap_or_else(|error| panic!("no browser starts: {error}"));
        let downloads = Look::downloads(folder.path());
        let browser = Self { driver, world: world.clone(), look, downloads, expected: Mutex::default() };
        browser.focus().await;
        browser
    }

    /// Lets the window have the focus, as that of somebody who uses it.
    pub async fn focus(&self) {
        self.tool("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
    }

    /// Says that a console line with this in it is what the test is about, and no fault.
    pub fn expects(&self, part: &str) {
        self.expected.lock().expect("no test panics inside").push(part.to_owned());
    }

    /// A command of Chromium's developer tools.
    pub async fn tool(&self, command: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(command, parameters).await;
        answer.unwrap_or_else(|error| panic!("{command} is not done: {error}"))
    }

    /// What was logged since this was asked last.
    pub async fn log(&self) -> Log {
        let console = self.driver.browser_log().await.unwrap_or_default();
        Log::of(console, &self.driver.get_log("performance").await.unwrap_or_default())
    }

    /// A picture of what is in the window, as `target/pictures/{name}.png`.
    pub async fn picture(&self, name: &str) {
        let picture = self.driver.screenshot_as_png().await.expect("a picture can be taken");
        std::fs::write(kept(&format!("{name}.png")), picture).expect("a picture can be kept");
    }

    async fn keep_failure(&self, name: &str, faults: &[String]) {
        // Whatever cannot be had of a browser in trouble is left out: the test's own message counts.
        if let Ok(picture) = self.driver.screenshot_as_png().await {
            let _ = std::fs::write(kept(&format!("{name}.png")), picture);
        }
        let address = self.driver.current_url().await.map(|url| url.to_string()).unwrap_or_default();
        let source = self.driver.source().await.unwrap_or_default();
        let told = format!("<!-- at {address}\n{}\n-->\n{source}", faults.join("\n"));
        let _ = std::fs::write(kept(&format!("{name}.html")), told);
    }
}

/// A file among the pictures.
pub fn kept(name: &str) -> PathBuf {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/pictures"));
    std::fs::create_dir_all(folder).expect("a folder for pictures can be made");
    folder.join(name)
}
