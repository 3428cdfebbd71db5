//! The template deployed on an emulator of AWS, the functions' real zips in it, and the acceptance tests against that: tests/deployment does it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[derive(clap::Args)]
pub struct Options {
    /// Only these tests; without any, all acceptance tests that need no stack of their own.
    tests: Vec<String>,
}

pub fn run(options: &Options) -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // All of the workspace, so that what the tests are built of is not built a second time in another form.
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--workspace", "--locked", "--bins", "--test", "it"]).current_dir(&root);
    let mut deploy = Command::new(root.join("target/deploy/bin/python"));
    deploy.args(["-B", "tests/deployment/deploy.py"]).arg(target.join("debug")).args(&options.tests).current_dir(&root);
    for mut command in [build, deploy] {
        match command.status() {
            Ok(status) if status.success() => {}
            Ok(_) => return ExitCode::FAILURE,
            Err(error) => {
                println!("{} cannot be run ({error}). tests/tools.sh installs it.", command.get_program().display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
