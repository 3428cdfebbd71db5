//! The load on the local stack.

use reliability::load::{Size, run};

use crate::outcome::Outcome;
use crate::progress::Progress;

#[derive(clap::Args)]
pub struct Options {
    /// Rounds of 50 applications for one subject at once.
    #[arg(long, default_value_t = 1_000)]
    rounds: u32,
    /// Keys under which one request comes 64 times at once.
    #[arg(long, default_value_t = 100)]
    keys: u32,
    /// Contracts from the first step to the document.
    #[arg(long, default_value_t = 10_000)]
    contracts: u32,
}

pub fn load(options: &Options) -> Outcome {
    let &Options { rounds, keys, contracts } = options;
    let progress = Progress::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be built");
    let came = runtime.block_on(run(Size { rounds, keys, contracts }, |what, done| {
        progress.tell(|| format!("{done} {what}"));
    }));
    match came {
        Ok(figures) => Outcome::of("load", &figures, &figures.violations),
        Err(error) => Outcome::of("load", &"nothing was done", [error]),
    }
}
