//! The program between a test and Chromium: started for one browser, on a port it chooses itself, and ended with all that it started.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running chromedriver. Its Chromium is of the same process group, and both end with this value, however the test ends.
pub struct Driver {
    child: Child,
    /// Kept open: the driver may still say something.
    said: BufReader<ChildStdout>,
    /// Where it is, without a slash at the end.
    pub address: String,
}

impl Driver {
    /// Starts it.
    pub fn start() -> Self {
        // It takes a port of one kind of address and wants the same of the other kind, which somebody else may have.
        let mut said = String::new();
        let mut tries = (0..10).map(|_| Self::attempt());
        let started = tries.find_map(|attempt| attempt.map_err(|told| said = told).ok());
        started.unwrap_or_else(|| panic!("chromedriver does not start; it said:\n{said}"))
    }

    fn attempt() -> Result<Self, String> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("chromedriver cannot be run ({error}). Run tests/tools.sh, which installs it and Chromium.")
        });
        let said = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut driver = Self { child, said, address: String::new() };
        let mut all = String::new();
        while driver.said.read_line(&mut all).expect("its output can be read") > 0 {
            let line = all.lines().last().unwrap_or_default();
            if let Some((_, port)) = line.trim_end_matches('.').rsplit_once("started successfully on port ") {
                driver.address = format!("http://127.0.0.1:{port}");
                return Ok(driver);
            }
        }
        Err(all)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The driver alone would leave its Chromium behind when the test failed.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}
