//! The simulation, seed by seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use reliability::simulation::{Figures, Plant, run};

use crate::outcome::Outcome;
use crate::progress::Progress;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    seeds: Seeds,
    /// Runs the first seed only, and prints all that happened in it.
    #[arg(long)]
    trace: bool,
}

#[derive(clap::Args)]
pub struct Seeds {
    /// How many seeds are run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
}

/// So many runs at once.
const THREADS: u32 = 2;

pub fn simulate(options: &Options) -> Outcome {
    if options.trace { trace(options.seeds.from) } else { run_all(&options.seeds) }
}

pub fn run_all(seeds: &Seeds) -> Outcome {
    let (next, figures, progress) = (AtomicU64::new(0), Mutex::new(Figures::default()), Progress::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let plant = Plant::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= seeds.seeds {
                        return;
                    }
                    let report = run(&plant, seeds.from + at);
                    for violation in &report.violations {
                        println!("seed {}: {violation}", report.seed);
                    }
                    let mut figures = figures.lock().unwrap_or_else(PoisonError::into_inner);
                    figures.add(report);
                    progress.tell(|| format!("{} seeds, {} broken", figures.seeds, figures.broken.len()));
                }
            });
        }
    });
    let figures = figures.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{} seeds in {} s", figures.seeds, progress.seconds());
    let broken: Vec<String> =
        figures.broken.iter().map(|report| format!("see it with --trace --from {}", report.seed)).collect();
    Outcome::of("simulation", &figures, broken)
}

fn trace(seed: u64) -> Outcome {
    // What the functions log stands between.
    tracing_subscriber::fmt().with_env_filter("warn").without_time().init();
    let report = run(&Plant::new(), seed);
    report.trace.iter().for_each(|line| println!("{line}"));
    Outcome::of("simulation", &format!("seed {seed}"), report.violations)
}
