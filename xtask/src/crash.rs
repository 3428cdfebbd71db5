//! The crash points, one after the other.

use std::process::ExitCode;

use reliability::crash::{Which, enumerate};

#[derive(clap::Args)]
pub struct Options {
    /// Strikes every effect of every journey, not only the first one of each name.
    #[arg(long)]
    every: bool,
    /// Prints the names of all effects that were met and ends.
    #[arg(long)]
    names: bool,
}

pub fn run(options: &Options) -> ExitCode {
    let which = if options.every { Which::Every } else { Which::First };
    let figures = enumerate(which, 2, &|done, all| {
        if done.is_multiple_of(50) {
            println!("  {done} of {all} runs");
        }
    });
    if options.names {
        figures.points.iter().for_each(|name| println!("{name}"));
    }
    figures.unnamed.iter().for_each(|name| println!("without a name: {name}"));
    figures.stale.iter().for_each(|name| println!("a name of nothing: {name}"));
    figures.violations.iter().for_each(|line| println!("{line}"));
    println!("{figures}");
    let fine = figures.violations.is_empty() && figures.unnamed.is_empty() && figures.stale.is_empty();
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
