//! Goes through all states within a bound and says what was found.

use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model as _};

use super::{Bound, Model, Variant};

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Figures {
    pub bound: Bound,
    /// Steps that were taken.
    pub steps: usize,
    /// Different states.
    pub states: usize,
    /// Steps on the longest of the shortest ways to a state.
    pub depth: usize,
    /// Different contracts, in their normal form.
    pub contracts: usize,
    /// Different questions that were put to `decide`.
    pub decisions: usize,
    /// Promises that were checked in every state.
    pub promises: usize,
    /// What had to be reached, and was.
    pub reached: Vec<&'static str>,
    /// What had to be reached, and was not.
    pub missed: Vec<&'static str>,
    pub violations: Vec<Violation>,
    pub took: Duration,
}

/// A promise that does not hold, and a shortest way there.
#[derive(Clone, Debug)]
pub struct Violation {
    pub promise: &'static str,
    pub way: Vec<String>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broken: {}", self.promise)?;
        self.way.iter().try_for_each(|step| write!(f, "\n    {step}"))
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Figures { bound, steps, states, depth, contracts, decisions, promises, took, .. } = self;
        let seconds = took.as_secs();
        write!(
            f,
            "bound {}: {states} states, {steps} steps, depth {depth}; {contracts} different contracts, {decisions} decisions; \
             {promises} promises in every state, violations {}, {seconds} s",
            bound.name,
            self.violations.len()
        )
    }
}

/// Searches what is built, with one thread, to the end or to the first promise that is broken; tells now and then how many states
/// there are so far.
pub fn search(bound: Bound, progress: impl FnMut(usize, Duration)) -> Figures {
    run(bound, Variant::AsBuilt, HasDiscoveries::AnyFailures, progress)
}

/// Searches with a mistake built in, to the first time that this promise is broken.
#[must_use]
pub fn search_for(promise: &'static str, variant: Variant, bound: Bound) -> Figures {
    run(bound, variant, HasDiscoveries::AnyOf([promise].into()), |_, _| {})
}

fn run(bound: Bound, variant: Variant, finish: HasDiscoveries, mut progress: impl FnMut(usize, Duration)) -> Figures {
    let begun = Instant::now();
    let checker = Model::new(bound, variant).checker().threads(1).finish_when(finish).spawn_bfs();
    let mut told = Instant::now();
    while !checker.is_done() {
        std::thread::sleep(Duration::from_millis(20));
        if told.elapsed() >= Duration::from_secs(5) {
            told = Instant::now();
            progress(checker.unique_state_count(), begun.elapsed());
        }
    }
    let checker = checker.join();
    let found = checker.discoveries();
    let (promises, examples): (Vec<_>, Vec<_>) =
        checker.model().properties().into_iter().partition(|property| property.expectation.discovery_is_failure());
    let (reached, missed) = examples.iter().map(|property| property.name).partition(|name| found.contains_key(name));
    let violations = promises.iter().filter_map(|property| {
        let way = found.get(property.name)?.clone().into_actions();
        Some(Violation { promise: property.name, way: way.iter().map(|act| format!("{act:?}")).collect() })
    });
    let (contracts, decisions) = checker.model().life.counts();
    Figures {
        bound,
        steps: checker.state_count(),
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        contracts,
        decisions,
        promises: promises.len(),
        reached,
        missed,
        violations: violations.collect(),
        took: begun.elapsed(),
    }
}
