//! The real functions in a world that is not kind to them: 20 to 60 things that customers, staff and the signer do, in any order and at once, while
//! invocations die, answers are lost, requests arrive late or twice, services throttle, and the provider is away. One seed is one run.
//!
//! What runs is what is deployed: the handlers, the SDK with its retries, the provider's client with its time limits. What is simulated is what
//! lies beneath (`seam`), between (`world`) and around them (`people`): every effect waits until it is its turn, in virtual time.

pub mod calm;
mod chance;
pub mod journeys;
mod mistake;
mod names;
pub mod people;
mod plant;
pub mod promise;
mod seam;
mod weather;
pub mod world;

pub use chance::Chance;
pub use mistake::Mistake;
pub use plant::Plant;
pub use weather::{How, Weather};

use std::collections::BTreeMap;
use std::time::Duration;

use calm::{due_callbacks, fair_minutes, quiet, redriven};
use people::{People, flows_of};
use promise::{Snapshot, documents_broken, flows};
use serde_json::json;
use world::{QUEUES, World};

/// Party B's name in the functions' settings.
const PARTY_B: &str = "杭州示例云计算有限公司";

/// The longest that contract and flow may take to agree once nothing goes wrong any more.
const SETTLED_WITHIN: Duration = Duration::from_secs(15 * 60);

/// What a run came to.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    /// What customers, staff and signers did.
    pub operations: u64,
    /// What the functions did outside.
    pub effects: u64,
    pub faults: BTreeMap<&'static str, u64>,
    /// Contracts by the state they ended in.
    pub ends: BTreeMap<&'static str, u64>,
    pub violations: Vec<String>,
    pub trace: Vec<String>,
}

/// Runs one seed to its end. Equal seeds are equal runs.
///
/// # Panics
/// Where the simulation itself is broken.
#[must_use]
pub fn run(plant: &Plant, seed: u64) -> Report {
    in_virtual_time(lived(plant, seed, None))
}

/// Runs one seed with a deliberate mistake beneath the functions.
///
/// # Panics
/// Where the simulation itself is broken.
#[must_use]
pub fn run_with(mistake: Mistake, plant: &Plant, seed: u64) -> Report {
    in_virtual_time(lived(plant, seed, Some(mistake)))
}

/// Runs something in a time of its own, which passes when nothing else is left to do.
///
/// # Panics
/// Where the runtime cannot be built.
pub fn in_virtual_time<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime can be built").block_on(run)
}

async fn lived(plant: &Plant, seed: u64, mistake: Option<Mistake>) -> Report {
    let mut chance = Chance::new(seed ^ 0xc0ffee);
    // From a run in which nothing goes wrong to one in which every tenth effect does.
    let rate = chance.one_of(&[0, 10, 25, 50, 100]);
    let mut world = World::new(plant, seed, if rate == 0 { Weather::fair() } else { Weather::rough(rate) });
    world.mistake = mistake;
    let mut people = People::new();
    let mut before = Snapshot::default();
    people.verify_all(&mut world);
    world.settle().await;
    let operations = chance.between(20, 60);
    let mut left = operations;
    let mut steps = 0u64;
    while left > 0 || world.in_flight() > 0 {
        steps += 1;
        if step(&mut world, &mut people, &mut chance, left > 0).await {
            left -= 1;
        }
        world.settle().await;
        people.hear(&mut world);
        if steps.is_multiple_of(20) {
            before = judged(&mut world, before).await;
        }
        if !world.violations.is_empty() {
            break;
        }
    }
    if world.violations.is_empty() {
        before = comes_to_rest(&mut world, &mut people, before).await;
    }
    let anchors = evidence::Anchors::from_pem(&world.sandbox.root_pem()).expect("the sandbox's root is a certificate");
    let documents = documents_broken(&world, &before, &anchors, PARTY_B).await;
    world.violations.extend(documents);
    Report {
        seed,
        operations: operations - left,
        effects: world.met,
        faults: world.weather.counts.clone(),
        ends: before.states(),
        violations: world.violations,
        trace: world.trace,
    }
}

/// One thing happens; true where it was one of the operations.
async fn step(world: &mut World<'_>, people: &mut People, chance: &mut Chance, may_act: bool) -> bool {
    let waiting = world.waiting();
    let callbacks: Vec<usize> = due_callbacks(world);
    let weights = [
        if waiting > 0 { 60 } else { 0 },
        if may_act && world.in_flight() < 6 { 10 } else { 0 },
        if world.is_relaying() { 0 } else { 6 },
        if world.is_reading(QUEUES[0].0) < 2 { 5 } else { 0 },
        if world.is_reading(QUEUES[1].0) < 2 { 4 } else { 0 },
        if callbacks.is_empty() { 0 } else { 6 },
        if world.tick_is_due() { 6 } else { 0 },
        5,
    ];
    match chance.weighted(&weights) {
        0 => {
            let at = chance.below(waiting);
            if !world.carry_somehow(at).await {
                world.pass(Duration::from_secs(1)).await;
            }
        }
        1 => {
            acts(world, people, chance);
            return true;
        }
        2 => {
            let most = chance.one_of(&[1, 2, 5, 100]);
            world.relay(most).await;
        }
        3 => {
            let most = chance.one_of(&[1, 3, 10]);
            world.consume(QUEUES[0].0, QUEUES[0].1, most).await;
        }
        4 => {
            let most = chance.one_of(&[1, 10]);
            world.consume(QUEUES[1].0, QUEUES[1].1, most).await;
        }
        5 => {
            let at = callbacks[chance.below(callbacks.len())];
            meet_callback(world, at, chance);
        }
        // Where nothing is due the schedule would only look; now and then it does.
        6 if world.something_is_due().await || chance.per_mille(100) => world.tick(),
        6 => world.skip_tick(),
        _ => passes(world, chance, waiting > 0).await,
    }
    false
}

/// A callback is delivered, lost, or delivered twice.
fn meet_callback(world: &mut World<'_>, at: usize, chance: &mut Chance) {
    if !world.weather.is_fair() && chance.per_mille(200) {
        world.weather.count("callback lost");
        world.callbacks.remove(at);
        return;
    }
    if !world.weather.is_fair() && chance.per_mille(150) {
        world.weather.count("callback twice");
        let again = world.callbacks[at].clone();
        world.callbacks.push(again);
    }
    world.post(at);
}

/// Time passes: moments while something is on its way, now and then long enough for leases, looks and retries to come.
async fn passes(world: &mut World<'_>, chance: &mut Chance, busy: bool) {
    if !world.weather.is_fair() && !world.weather.provider_is_away() && chance.per_mille(20) {
        let minutes = chance.between(1, 90);
        world.weather.outage(Duration::from_secs(minutes * 60));
        world.note(&format!("the provider is away for {minutes} minutes"));
    }
    let time = match (busy, chance.below(10)) {
        (true, 0) => chance.between(3_000, 12_000),
        (true, _) => chance.between(1, 500),
        (false, 0..3) => chance.between(60_000, 1_200_000),
        (false, _) => chance.between(100, 20_000),
    };
    world.pass(Duration::from_millis(time)).await;
}

fn acts(world: &mut World<'_>, people: &mut People, chance: &mut Chance) {
    let at = chance.below(people.accounts.len());
    match chance.below(20) {
        0..10 => people.go_on(world, at, chance),
        10..16 => people.do_anything(world, at, chance),
        16..18 => people.staff_acts(world, chance),
        _ => {
            if let Some(known) = people.accounts[at].known.clone() {
                people.sign(world, &known.id, chance);
            }
        }
    }
}

/// What must always hold, now.
async fn judged(world: &mut World<'_>, before: Snapshot) -> Snapshot {
    let snapshot = Snapshot::of(world).await;
    let flows = flows(world);
    world.violations.extend(snapshot.broken(&before));
    world.violations.extend(snapshot.flows_broken(&flows));
    snapshot
}

/// Faults stop. Within 15 minutes contract and flow agree; then everybody ends what they began, and everything comes to its end.
async fn comes_to_rest(world: &mut World<'_>, people: &mut People, before: Snapshot) -> Snapshot {
    world.weather.clear();
    world.note("nothing goes wrong any more");
    fair_minutes(world, people, SETTLED_WITHIN).await;
    let mut now = judged(world, before).await;
    let flows_now = flows(world);
    world.violations.extend(now.unsettled(&flows_now));
    // Twice, for what staff accept goes on to the archive, and what was waiting for staff may have to be ended too.
    for _ in 0..2 {
        end_all(world, people, &now).await;
        fair_minutes(world, people, SETTLED_WITHIN).await;
        now = judged(world, now).await;
    }
    redriven(world).await;
    fair_minutes(world, people, SETTLED_WITHIN).await;
    now = judged(world, now).await;
    let flows_now = flows(world);
    world.violations.extend(now.unsettled(&flows_now));
    world.violations.extend(now.at_rest());
    world.violations.extend(now.mails_broken(&world.mails));
    now
}

/// Everybody ends what they began: drafts are revoked, flows signed, what is held is closed.
async fn end_all(world: &mut World<'_>, people: &mut People, now: &Snapshot) {
    for (id, kept) in &now.contracts {
        let state = kept.contract.state.name().as_str();
        let path = |call: &str| format!("/v1/staff/contracts/{id}/{call}");
        let staff = people.staff.clone();
        if kept.contract.review.is_some() {
            let body = json!({ "decision": "close", "reason": "已核实" });
            world.call(&staff, "POST", &path("review"), &body, None);
            quiet(world, people).await;
            // Where that was not enough, a colleague confirms it.
            let colleague = people.colleague.clone();
            world.call(&colleague, "POST", &path("review"), &body, None);
        } else if state == "draft" || state == "confirmed" {
            world.call(&staff, "POST", &path("revoke"), &json!({ "reason": "不再需要" }), None);
        } else if state == "signing" {
            let flow = flows_of(world, &id.to_string()).into_iter().find(|flow| flow["status"] == 1);
            if let Some(flow) = flow.as_ref().and_then(|flow| flow["id"].as_str()) {
                world.sandbox("POST", &format!("/sandbox/flows/{flow}/sign"), &json!({}));
            }
        }
        quiet(world, people).await;
    }
}

/// What the runs of many seeds came to.
#[derive(Debug, Default)]
pub struct Figures {
    pub seeds: u64,
    pub operations: u64,
    pub effects: u64,
    pub faults: BTreeMap<&'static str, u64>,
    pub ends: BTreeMap<&'static str, u64>,
    /// Runs in which a promise was broken.
    pub broken: Vec<Report>,
}

impl Figures {
    pub fn add(&mut self, report: Report) {
        self.seeds += 1;
        self.operations += report.operations;
        self.effects += report.effects;
        for (name, count) in &report.faults {
            *self.faults.entry(name).or_default() += count;
        }
        for (name, count) in &report.ends {
            *self.ends.entry(name).or_default() += count;
        }
        if !report.violations.is_empty() {
            self.broken.push(report);
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = |of: &BTreeMap<&'static str, u64>| {
            of.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "seeds {}, operations {}, effects {}", self.seeds, self.operations, self.effects)?;
        writeln!(f, "faults: {}", listed(&self.faults))?;
        writeln!(f, "contracts: {}", listed(&self.ends))?;
        write!(f, "violations: {}", self.broken.len())
    }
}
