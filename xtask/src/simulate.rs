//! The simulation, seed by seed.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use reliability::simulation::{Figures, Plant, run};

#[derive(clap::Args)]
pub struct Options {
    /// How many seeds are run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed; with --trace, the only one.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Runs one seed and prints all that happened in it.
    #[arg(long)]
    trace: bool,
    /// So many runs at once.
    #[arg(long, default_value_t = 2)]
    threads: u64,
}

pub fn run_all(options: &Options) -> ExitCode {
    if options.trace {
        // What the functions log stands between.
        tracing_subscriber::fmt().with_env_filter("warn").without_time().init();
        let report = run(&Plant::new(), options.from);
        report.trace.iter().for_each(|line| println!("{line}"));
        report.violations.iter().for_each(|line| println!("broken: {line}"));
        return if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let (next, figures, began) = (AtomicU64::new(0), Mutex::new(Figures::default()), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                let plant = Plant::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= options.seeds {
                        return;
                    }
                    let report = run(&plant, options.from + at);
                    for violation in &report.violations {
                        println!("seed {}: {violation}", report.seed);
                    }
                    let mut figures = figures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    figures.add(report);
                    if figures.seeds.is_multiple_of(100) {
                        println!(
                            "  {} s: {} seeds, {} broken",
                            began.elapsed().as_secs(),
                            figures.seeds,
                            figures.broken.len()
                        );
                    }
                }
            });
        }
    });
    let figures = figures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!("{figures}");
    println!("in {} s", began.elapsed().as_secs());
    if figures.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
