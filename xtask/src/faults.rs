//! The checks that strike in one place after the other: crash points, callbacks, queues and the provider's outage.

use reliability::crash::{Which, enumerate};
use reliability::simulation::Plant;
use reliability::{orders, outage, queues};

use crate::outcome::Outcome;
use crate::progress::Progress;

#[derive(clap::Args)]
pub struct CrashOptions {
    #[command(flatten)]
    pub points: Points,
    /// Prints the names of all effects that were met, as they stand in `tests/reliability/src/crash_points.txt`.
    #[arg(long)]
    pub names: bool,
}

#[derive(clap::Args)]
pub struct Points {
    /// Strikes every effect of every journey, not only the first one of each name.
    #[arg(long)]
    every: bool,
}

pub fn crash(points: &Points, names: bool) -> Outcome {
    let (which, progress) = (if points.every { Which::Every } else { Which::First }, Progress::new());
    let figures = enumerate(which, 2, &|done, all| progress.tell(|| format!("{done} of {all} runs")));
    if names {
        figures.points.iter().for_each(|name| println!("{name}"));
    }
    let unnamed = figures.unnamed.iter().map(|name| format!("without a name: {name}"));
    let stale = figures.stale.iter().map(|name| format!("a name of nothing: {name}"));
    let broken: Vec<String> = figures.violations.iter().cloned().chain(unnamed).chain(stale).collect();
    Outcome::of("crash points", &figures, broken)
}

#[derive(clap::Args)]
pub struct StepOptions {
    /// Only each so-manieth of them.
    #[arg(long, default_value_t = 1)]
    step: usize,
}

pub fn callbacks(options: &StepOptions) -> Outcome {
    let progress = Progress::new();
    let figures = orders::all(options.step, &|done| progress.tell(|| format!("{done} orders")));
    let dropped = orders::dropped(&Plant::new());
    let all = Outcome::of("callbacks", &figures, &figures.violations);
    all.and(Outcome::of("callbacks", &dropped, &dropped.violations))
}

pub fn relay(options: &StepOptions) -> Outcome {
    let plant = Plant::new();
    let broken = queues::poison(&plant);
    let poison = Outcome::of("queues", &format!("one poison message among ten, violations: {}", broken.len()), broken);
    let progress = Progress::new();
    let stops = queues::relay_stops(&plant, options.step, &|done| progress.tell(|| format!("{done} stops")));
    poison.and(Outcome::of("queues", &stops, &stops.violations))
}

#[derive(clap::Args)]
pub struct OutageOptions {
    /// So many simulated hours.
    #[arg(long, default_value_t = 24)]
    hours: u64,
}

pub fn outage(options: &OutageOptions) -> Outcome {
    let figures = outage::run(&Plant::new(), options.hours);
    Outcome::of("outage", &figures, &figures.violations)
}
