//! `cargo xtask model`: the long checks, which take more time than tests should.

#![expect(clippy::print_stdout, reason = "the figures are what this is run for")]

mod crash;
mod model;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The long checks of Countersign.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Goes through all states of the contract's life with its customers, staff, provider and faults, within a bound.
    Model(model::Options),
    /// Runs the real functions under faults, in virtual time, seed by seed.
    Simulate(simulate::Options),
    /// Kills each function before and after each of its effects, and loses the answer.
    Crash(crash::Options),
}

fn main() -> ExitCode {
    match Cli::parse().task {
        Task::Model(options) => model::run(&options),
        Task::Crash(options) => crash::run(&options),
        Task::Simulate(options) => simulate::run_all(&options),
    }
}
