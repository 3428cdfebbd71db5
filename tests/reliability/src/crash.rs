//! Every effect of every function is a crash point with a name. Each journey is gone once to meet them all; then again for each of them and each way of
//! dying: before the effect, after it, and with its answer lost. Whatever dies, everything ends as it would have.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::simulation::calm::{fair_minutes, quiet, redriven};
use crate::simulation::journeys::{ALL, Journey, Walk};
use crate::simulation::people::People;
use crate::simulation::promise::{Snapshot, flows};
use crate::simulation::world::World;
use crate::simulation::{How, Plant, Weather, in_virtual_time};

/// The names of all effects, one a line: function, call, and what it is about. An effect that is not in it has no name, and no change may bring one
/// without saying so here.
const NAMES: &str = include_str!("crash_points.txt");

/// What one way came to.
#[derive(Clone, Debug, Default)]
struct Came {
    /// Contracts by the state they ended in.
    states: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
    /// The effects that were met, by name and in order.
    effects: Vec<String>,
    /// What happened, a line each.
    trace: Vec<String>,
}

/// What came of all of them.
#[derive(Debug, Default)]
pub struct Figures {
    /// Names that were met.
    pub points: BTreeSet<String>,
    /// Points × ways.
    pub struck: u64,
    pub runs: u64,
    pub violations: Vec<String>,
    /// Effects without a name.
    pub unnamed: BTreeSet<String>,
    /// Names of no effect.
    pub stale: BTreeSet<String>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { points, struck, runs, violations, .. } = self;
        write!(f, "{} crash points, struck {struck} times, {runs} runs, violations: {}", points.len(), violations.len())
    }
}

/// Which of a name's effects are struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first one that is met, over all journeys, in one of the three ways each.
    FirstInOneWay,
    /// The first one that is met, over all journeys.
    First,
    /// Every one, in every journey.
    Every,
}

/// One blow: a journey, the effect by how many were met before it, and how it is struck.
#[derive(Clone, Debug)]
struct Blow {
    journey: usize,
    at: usize,
    name: String,
    how: How,
}

/// Enumerates the crash points on so many threads; `progress` is told how many runs are done and how many there are.
///
/// # Panics
/// Where the simulation itself is broken.
#[must_use]
pub fn enumerate(which: Which, threads: usize, progress: &(impl Fn(u64, usize) + Sync)) -> Figures {
    let plant = Plant::new();
    let whole: Vec<Came> = ALL.iter().map(|journey| gone(&plant, journey, None)).collect();
    let names: BTreeSet<&str> = NAMES.lines().filter(|line| !line.is_empty()).collect();
    let mut figures = Figures::default();
    for (journey, came) in ALL.iter().zip(&whole) {
        figures.violations.extend(came.broken.iter().map(|what| format!("{journey:?}, struck nowhere: {what}")));
        figures.points.extend(came.effects.iter().cloned());
    }
    figures.runs = ALL.len() as u64;
    figures.unnamed = figures.points.iter().filter(|name| !names.contains(name.as_str())).cloned().collect();
    figures.stale =
        names.iter().filter(|name| !figures.points.contains(**name)).map(|name| (*name).to_owned()).collect();
    let blows = blows(&whole, which);
    let (next, found) = (std::sync::atomic::AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let plant = Plant::new();
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(blow) = blows.get(at) else { return };
                    let came = gone(&plant, &ALL[blow.journey], Some(blow));
                    let mut found = found.lock().expect("no run panics while it holds this");
                    found.extend(differs(&whole[blow.journey], &came, blow));
                    progress(at as u64 + 1, blows.len());
                }
            });
        }
    });
    figures.struck = blows.len() as u64;
    figures.runs += figures.struck;
    figures.violations.extend(found.into_inner().expect("no run panics while it holds this"));
    figures
}

fn blows(whole: &[Came], which: Which) -> Vec<Blow> {
    let mut struck = BTreeSet::new();
    let mut blows = Vec::new();
    for (journey, came) in whole.iter().enumerate() {
        for (at, name) in came.effects.iter().enumerate() {
            if !struck.insert(name.clone()) && which != Which::Every {
                continue;
            }
            let ways = match which {
                Which::FirstInOneWay => &How::MODES[struck.len() % How::MODES.len()..][..1],
                Which::First | Which::Every => &How::MODES,
            };
            blows.extend(ways.iter().map(|how| Blow { journey, at, name: name.clone(), how: *how }));
        }
    }
    blows
}

/// A run that was struck ends as the whole one did.
fn differs(whole: &Came, came: &Came, blow: &Blow) -> Vec<String> {
    let place = format!("{:?}, {} at {} ({})", ALL[blow.journey], blow.name, blow.at, blow.how.name());
    let mut differs: Vec<String> = came.broken.iter().map(|what| format!("{place}: {what}")).collect();
    if came.effects.get(blow.at) != Some(&blow.name) {
        differs.push(format!("{place}: another effect was struck, {:?}", came.effects.get(blow.at)));
    }
    if came.states != whole.states {
        differs.push(format!("{place}: ends in {:?}, not in {:?}", came.states, whole.states));
    }
    if !differs.is_empty() {
        differs.push(format!("what happened:\n{}", came.trace.join("\n")));
    }
    differs
}

fn gone(plant: &Plant, journey: &Journey, blow: Option<&Blow>) -> Came {
    in_virtual_time(async {
        let mut world = World::new(plant, 1, Weather::fair());
        world.naming = true;
        world.strike = blow.map(|blow| (blow.at as u64, blow.how));
        let mut people = People::new();
        let mut walk = Walk { world: &mut world, people: &mut people, astray: Vec::new() };
        walk.goes(journey).await;
        let mut broken = walk.astray;
        quiet(&mut world, &mut people).await;
        redriven(&mut world).await;
        fair_minutes(&mut world, &mut people, Duration::from_secs(16 * 60)).await;
        let snapshot = Snapshot::of(&world).await;
        let flows = flows(&mut world);
        broken.append(&mut world.violations);
        broken.extend(snapshot.broken(&Snapshot::default()));
        broken.extend(snapshot.flows_broken(&flows));
        broken.extend(snapshot.unsettled(&flows));
        broken.extend(snapshot.at_rest());
        broken.extend(snapshot.mails_broken(&world.mails));
        Came { states: snapshot.states(), broken, effects: world.effects, trace: world.trace }
    })
}
