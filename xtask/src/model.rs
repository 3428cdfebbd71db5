//! The model check at any of its bounds, or at all of them.

use reliability::model::{Bound, search};

use crate::outcome::Outcome;
use crate::progress::Progress;

#[derive(clap::Args)]
pub struct Options {
    /// How much is explored: review, small, long, crowd, subjects, paper, races, deep, or several of them with commas between, or all of them.
    #[arg(long, default_value = "review,small,long", value_parser = bounds)]
    bound: Bounds,
}

#[derive(Clone)]
struct Bounds(Vec<Bound>);

fn bounds(names: &str) -> Result<Bounds, String> {
    if names == "all" {
        return Ok(Bounds(Bound::ALL.to_vec()));
    }
    let known = Bound::ALL.map(|bound| bound.name).join(", ");
    let bound = |name: &str| Bound::named(name).ok_or_else(|| format!("{name} is none of {known}"));
    names.split(',').map(bound).collect::<Result<_, _>>().map(Bounds)
}

pub fn run(options: &Options) -> Outcome {
    let progress = Progress::new();
    let check = |bound: &Bound| {
        let figures = search(*bound, |states, _| progress.tell(|| format!("{}: {states} states so far", bound.name)));
        let missed = figures.missed.iter().map(|name| format!("never reached: {name}"));
        let broken: Vec<String> = figures.violations.iter().map(ToString::to_string).chain(missed).collect();
        Outcome::of(&format!("model, {}", bound.name), &figures, broken)
    };
    let none = Outcome { figures: Vec::new(), holds: true };
    options.bound.0.iter().map(check).fold(none, Outcome::and)
}
