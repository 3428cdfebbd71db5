//! The provider is away for a day. Nothing is lost, nobody storms it meanwhile, and soon after its return everything has caught up.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::simulation::calm::each_minute;
use crate::simulation::journeys::Walk;
use crate::simulation::people::{People, company};
use crate::simulation::promise::{Snapshot, flows};
use crate::simulation::world::{Caller, World};
use crate::simulation::{Plant, Weather, in_virtual_time};

/// Contracts in each situation.
const EACH: u32 = 3;

/// What one contract that waits may cost in calls while the provider is away: its looks after 1, 3 and 5 minutes and then every 10, and the one that
/// was under way, each with two repetitions.
#[must_use]
pub fn most_calls(hours: u64) -> u64 {
    3 * (1 + 3 + 6 * hours)
}

#[derive(Debug)]
pub struct Figures {
    pub hours: u64,
    /// Contracts that waited for the provider.
    pub waiting: u64,
    /// Calls to the provider that nobody answered, customers' steps not among them.
    pub calls: u64,
    /// Virtual time from the provider's return until contract and flow agreed everywhere.
    pub drained_after: Duration,
    pub ends: BTreeMap<&'static str, u64>,
    pub violations: Vec<String>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hours, waiting, calls, drained_after, .. } = self;
        let bound = waiting * most_calls(*hours);
        write!(
            f,
            "{hours} h away: {waiting} contracts waited, {calls} calls (at most {bound}), drained {} s after the return, violations: {}",
            drained_after.as_secs(),
            self.violations.len()
        )
    }
}

/// An outage of so many hours.
#[must_use]
pub fn run(plant: &Plant, hours: u64) -> Figures {
    in_virtual_time(away(plant, hours))
}

async fn away(plant: &Plant, hours: u64) -> Figures {
    let mut world = World::new(plant, 1, Weather::fair());
    let mut people = People::new();
    let mut walk = Walk { world: &mut world, people: &mut people, astray: Vec::new() };
    let customer = |number: u32| Caller { sub: format!("user-{number}"), customer: Some(format!("company-{number}")) };
    let mut number = 0;
    let mut ids: BTreeMap<&str, Vec<(Caller, u32, String)>> = BTreeMap::new();
    for situation in ["confirmed", "signing", "completed", "revoking"] {
        for _ in 0..EACH {
            number += 1;
            let (by, subject) = (customer(number), company(number));
            walk.is_verified(by.customer.as_deref().unwrap_or_default(), subject, 1).await;
            let contract = match situation {
                "confirmed" => walk.confirms(&by, subject).await,
                _ => walk.submits(&by, subject).await,
            };
            ids.entry(situation).or_default().push((by, number, contract));
        }
    }
    walk.world.provider_is_away = true;
    let before = walk.world.provider_calls;
    for (_, _, contract) in &ids["completed"] {
        // The callbacks are lost too.
        walk.at_provider_quietly(contract, "sign", &json!({}));
    }
    walk.world.settle().await;
    walk.world.callbacks.clear();
    for (by, _, contract) in &ids["revoking"] {
        walk.asks(by, "POST", &format!("/v1/contracts/{contract}/revoke"), Value::Null).await;
    }
    let mut violations = std::mem::take(&mut walk.astray);
    each_minute(walk.world, hours * 60).await;
    let calls = walk.world.provider_calls - before;
    // A customer is told at once, and keeps what there is.
    for (by, number, contract) in &ids["confirmed"] {
        let answer = walk
            .asks_once(by, &format!("/v1/contracts/{contract}/signer"), &company(*number).signer("13900000012"))
            .await;
        if answer != (503, "provider_unavailable".to_owned()) {
            violations.push(format!("step 3 while the provider is away: {answer:?}"));
        }
    }
    walk.world.provider_is_away = false;
    let returned = tokio::time::Instant::now();
    let mut drained_after = Duration::MAX;
    for _ in 0..15 {
        each_minute(walk.world, 1).await;
        let (snapshot, flows) = (Snapshot::of(walk.world).await, flows(walk.world));
        if drained_after == Duration::MAX && snapshot.unsettled(&flows).is_empty() {
            drained_after = returned.elapsed();
        }
    }
    if drained_after == Duration::MAX {
        violations.push("not drained within 15 minutes".to_owned());
    }
    for (by, number, contract) in &ids["confirmed"] {
        walk.submits_signer(by, company(*number), contract).await;
    }
    for (_, _, contract) in ids["confirmed"].iter().chain(&ids["signing"]) {
        walk.at_provider(contract, "sign", json!({})).await;
    }
    each_minute(walk.world, 15).await;
    violations.append(&mut walk.astray);
    let waiting = u64::from(EACH) * 3;
    if calls > waiting * most_calls(hours) {
        violations.push(format!("{calls} calls to a provider that was away"));
    }
    let snapshot = Snapshot::of(&world).await;
    violations.extend(snapshot.broken(&Snapshot::default()));
    violations.extend(snapshot.at_rest());
    violations.extend(snapshot.mails_broken(&world.mails));
    violations.append(&mut world.violations);
    let ends = snapshot.states();
    let expected = u64::from(EACH);
    if ends != BTreeMap::from([("signed", expected * 3), ("revoked", expected)]) {
        violations.push(format!("ends in {ends:?}"));
    }
    violations.extend(dead_letters(&world).await);
    Figures { hours, waiting, calls, drained_after, ends, violations }
}

/// A dead-letter queue holds defects, never outages.
async fn dead_letters(world: &World<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for queue in ["SettlementsDeadLetterQueue", "NotificationsDeadLetterQueue"] {
        let waiting = world.messages(queue).await;
        if waiting > 0 {
            found.push(format!("{waiting} messages in {queue}"));
        }
    }
    found
}
