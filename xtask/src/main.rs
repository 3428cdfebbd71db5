//! `cargo xtask`: the long checks, which take more time than tests should. Each prints how far it is and, at its end, its figures.

#![expect(clippy::print_stdout, reason = "the figures are what this is run for")]
#![expect(clippy::expect_used, reason = "a check that cannot even begin should stop there")]

mod deploy_local;
mod faults;
mod load;
mod model;
mod outcome;
mod progress;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use outcome::Outcome;

/// The long checks of Countersign. Use them with `--release`, which is more than twice as fast.
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
    Crash(faults::CrashOptions),
    /// Delivers the provider's callbacks in every order, up to three times or not at all.
    Callbacks(faults::StepOptions),
    /// Puts a message among ten that nobody can read, and stops the relay at each record of the stream.
    Queues(faults::StepOptions),
    /// Takes the provider away for a day.
    Outage(faults::OutageOptions),
    /// Puts load on the local stack.
    Load(load::Options),
    /// All of the above, one after the other, with the figures of all at the end.
    Soak(Soak),
    /// Deploys the template on an emulator of AWS and runs the acceptance tests against it.
    DeployLocal(deploy_local::Options),
}

#[derive(clap::Args)]
struct Soak {
    #[command(flatten)]
    model: model::Options,
    #[command(flatten)]
    simulation: simulate::Seeds,
    #[command(flatten)]
    crash: faults::Points,
    #[command(flatten)]
    each: faults::StepOptions,
    #[command(flatten)]
    outage: faults::OutageOptions,
    #[command(flatten)]
    load: load::Options,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Model(options) => model::run(&options),
        Task::Simulate(options) => simulate::simulate(&options),
        Task::Crash(options) => faults::crash(&options.points, options.names),
        Task::Callbacks(options) => faults::callbacks(&options),
        Task::Queues(options) => faults::relay(&options),
        Task::Outage(options) => faults::outage(&options),
        Task::Load(options) => load::load(&options),
        Task::Soak(options) => soak(&options),
        Task::DeployLocal(options) => return deploy_local::run(&options),
    };
    println!();
    outcome.figures.iter().for_each(|line| println!("{line}"));
    if outcome.holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every check of the list, whatever became of those before it.
fn soak(options: &Soak) -> Outcome {
    let checks: [(&str, &dyn Fn() -> Outcome); 7] = [
        ("model", &|| model::run(&options.model)),
        ("crash points", &|| faults::crash(&options.crash, false)),
        ("callbacks", &|| faults::callbacks(&options.each)),
        ("queues", &|| faults::relay(&options.each)),
        ("outage", &|| faults::outage(&options.outage)),
        ("load", &|| load::load(&options.load)),
        ("simulation", &|| simulate::run_all(&options.simulation)),
    ];
    let none = Outcome { figures: Vec::new(), holds: true };
    checks.iter().fold(none, |so_far, (name, check)| {
        println!("{name}");
        so_far.and(check())
    })
}
