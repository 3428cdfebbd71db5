//! The model check at any of its bounds, or at all of them.

use std::process::ExitCode;

use reliability::model::{Bound, search};

#[derive(clap::Args)]
pub struct Options {
    /// How much is explored: review, small, long, crowd, subjects, paper, races, deep, or all of them one after the other.
    #[arg(long, default_value = "long", value_parser = bounds)]
    bound: Bounds,
}

#[derive(Clone)]
struct Bounds(Vec<Bound>);

fn bounds(name: &str) -> Result<Bounds, String> {
    if name == "all" {
        return Ok(Bounds(Bound::ALL.to_vec()));
    }
    let names = Bound::ALL.map(|bound| bound.name).join(", ");
    Bound::named(name).map(|bound| Bounds(vec![bound])).ok_or_else(|| format!("one of {names}, or all"))
}

pub fn run(options: &Options) -> ExitCode {
    let mut holds = true;
    for bound in &options.bound.0 {
        println!("{bound:?}");
        let figures = search(*bound, |states, took| {
            println!("  {} s: {states} states so far", took.as_secs());
        });
        println!("{figures}");
        println!("reached: {}", figures.reached.join(", "));
        for violation in &figures.violations {
            println!("{violation}");
        }
        for name in &figures.missed {
            println!("never reached: {name}");
        }
        holds &= figures.violations.is_empty() && figures.missed.is_empty();
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
