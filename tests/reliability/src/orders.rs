//! Callbacks in every order. A flow ends at the provider, whose callbacks about it are kept back; then they are delivered in one order after the other,
//! each up to three times or not at all, to a contract that each time stands where it stood before. Whatever the order, it comes to the same end; and it
//! does so where none of them ever arrives, within 15 minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::simulation::calm::{each_minute, fair_minutes, quiet};
use crate::simulation::journeys::Walk;
use crate::simulation::people::{People, SUBJECTS};
use crate::simulation::promise::{Snapshot, flows};
use crate::simulation::world::{Outgoing, World, table};
use crate::simulation::{How, Plant, Weather, in_virtual_time};

/// Each callback is delivered so often at most.
const MOST_COPIES: usize = 3;

/// How a flow ends at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Signed,
    Declined,
    Expired,
    Revoked,
}

impl End {
    pub const ALL: [Self; 4] = [Self::Signed, Self::Declined, Self::Expired, Self::Revoked];

    fn state(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

#[derive(Debug, Default)]
pub struct Figures {
    pub orders: u64,
    /// How many callbacks each end has.
    pub callbacks: BTreeMap<&'static str, usize>,
    pub violations: Vec<String>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "orders {}, callbacks {:?}, violations: {}", self.orders, self.callbacks, self.violations.len())
    }
}

/// So many orders are gone through in one world, for its stream keeps all that ever happened in it.
const ORDERS_PER_WORLD: usize = 50;

/// Goes through every `step`th order of every end. With `step` 1 that is all of them.
///
/// # Panics
/// Where the simulation itself is broken.
#[must_use]
pub fn all(step: usize, progress: &impl Fn(u64)) -> Figures {
    let plant = Plant::new();
    let mut figures = Figures::default();
    for end in End::ALL {
        let callbacks = in_virtual_time(async {
            ended_at_provider(&mut World::new(&plant, 1, Weather::fair()), end, 0).await.len()
        });
        figures.callbacks.insert(end.state(), callbacks);
        let orders: Vec<_> = orders(callbacks).into_iter().step_by(step).collect();
        for some in orders.chunks(ORDERS_PER_WORLD) {
            in_virtual_time(of_one_world(&plant, end, some, &mut figures));
            progress(figures.orders);
        }
    }
    figures
}

async fn of_one_world(plant: &Plant, end: End, orders: &[Vec<usize>], figures: &mut Figures) {
    let mut world = World::new(plant, 1, Weather::fair());
    let callbacks = ended_at_provider(&mut world, end, 0).await;
    let kept = items(&world).await;
    for order in orders {
        restore(&mut world, &kept).await;
        for at in order {
            world.callbacks.push(callbacks[*at].clone());
            world.callbacks[0].due = tokio::time::Instant::now();
            world.post(0);
            quiet(&mut world, &mut People::new()).await;
        }
        let told = order.iter().any(|at| callbacks[*at].posted.action == "SIGN_FLOW_COMPLETE");
        if !told {
            // Only the timer can find it.
            fair_minutes(&mut world, &mut People::new(), Duration::from_secs(15 * 60)).await;
        }
        let snapshot = Snapshot::of(&world).await;
        let mut broken = snapshot.broken(&Snapshot::default());
        let flows = flows(&mut world);
        broken.extend(snapshot.unsettled(&flows));
        broken.extend(snapshot.mails_broken(&world.mails));
        if world.mails.len() != 1 {
            broken.push(format!("{} mails", world.mails.len()));
        }
        if snapshot.states() != BTreeMap::from([(end.state(), 1)]) {
            broken.push(format!("ends in {:?}", snapshot.states()));
        }
        figures.violations.extend(broken.iter().map(|what| format!("{end:?} {order:?}: {what}")));
        figures.orders += 1;
    }
}

/// Minutes from the start of a flow to its end at the provider: just before and just behind the looks of the timer.
const OFFSETS: [u64; 6] = [0, 2, 4, 7, 13, 29];

/// What came of the ends of which no callback told.
#[derive(Debug, Default)]
pub struct Dropped {
    pub runs: u64,
    /// The longest time, in whole minutes, from the provider's event to the right end.
    pub longest: u64,
    pub violations: Vec<String>,
}

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { runs, longest, violations } = self;
        write!(f, "no callback at all: {runs} runs, the longest took {longest} min, violations: {}", violations.len())
    }
}

/// Every end, so long after the start, and no callback arrives.
#[must_use]
pub fn dropped(plant: &Plant) -> Dropped {
    let mut came = Dropped::default();
    for end in End::ALL {
        for offset in OFFSETS {
            let took = in_virtual_time(of_one_silence(plant, end, offset));
            came.runs += 1;
            match took {
                Ok(took) => came.longest = came.longest.max(took),
                Err(states) => {
                    came.violations
                        .push(format!("{end:?} {offset} minutes after the start: 15 minutes later {states:?}"));
                }
            }
        }
    }
    came
}

/// How many minutes pass until the contract is where it should be; how it stands where 15 are not enough.
async fn of_one_silence(plant: &Plant, end: End, offset: u64) -> Result<u64, BTreeMap<&'static str, u64>> {
    let mut world = World::new(plant, 1, Weather::fair());
    ended_at_provider(&mut world, end, offset).await;
    world.hold_callbacks = true;
    let mut states = BTreeMap::new();
    for minute in 1..=15 {
        each_minute(&mut world, 1).await;
        let snapshot = Snapshot::of(&world).await;
        states = snapshot.states();
        if states == BTreeMap::from([(end.state(), 1)]) && snapshot.unsettled(&flows(&mut world)).is_empty() {
            return Ok(minute);
        }
    }
    Err(states)
}

/// A contract whose flow has ended at the provider so many minutes after its start, of which nobody here has heard: the callbacks.
async fn ended_at_provider(world: &mut World<'_>, end: End, offset: u64) -> Vec<Outgoing> {
    let mut people = People::new();
    let mut walk = Walk { world, people: &mut people, astray: Vec::new() };
    walk.is_verified("customer-1", SUBJECTS[0], 1).await;
    let by = walk.customer(0);
    let contract = walk.confirms(&by, SUBJECTS[0]).await;
    // From here on nothing is delivered.
    walk.world.hold_callbacks = true;
    walk.submits_signer(&by, SUBJECTS[0], &contract).await;
    each_minute(walk.world, offset).await;
    match end {
        End::Signed => walk.at_provider_quietly(&contract, "sign", &json!({})),
        End::Declined => walk.at_provider_quietly(&contract, "decline", &json!({})),
        End::Expired => walk.at_provider_quietly(&contract, "expire", &Value::Null),
        End::Revoked => {
            // The function dies once the provider has revoked the flow, before it records that.
            walk.world.strike_call = Some(("settle-signing e签宝 revoke", How::CrashAfter));
            walk.asks(&by, "POST", &format!("/v1/contracts/{contract}/revoke"), Value::Null).await;
        }
    }
    assert!(walk.astray.is_empty(), "{:?}", walk.astray);
    world.settle().await;
    assert!(world.strike_call.is_none(), "the flow was not revoked");
    world.hold_callbacks = false;
    std::mem::take(&mut world.callbacks)
}

/// All orders of so many callbacks, each up to three times or not at all.
fn orders(callbacks: usize) -> Vec<Vec<usize>> {
    fn extend(left: &mut [usize], so_far: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
        all.push(so_far.clone());
        for at in 0..left.len() {
            if left[at] > 0 {
                left[at] -= 1;
                so_far.push(at);
                extend(left, so_far, all);
                so_far.pop();
                left[at] += 1;
            }
        }
    }
    let mut all = Vec::new();
    extend(&mut vec![MOST_COPIES; callbacks], &mut Vec::new(), &mut all);
    all
}

/// All items of the table.
async fn items(world: &World<'_>) -> Vec<Value> {
    let asked = json!({ "TableName": table(world.plant), "ConsistentRead": true });
    let answer = world.aws("dynamodb", "DynamoDB_20120810.Scan", &asked).await;
    assert!(answer["LastEvaluatedKey"].is_null(), "one contract fits into one page");
    answer["Items"].as_array().cloned().unwrap_or_default()
}

/// Puts the table back to what it was, as if nothing had happened since.
async fn restore(world: &mut World<'_>, kept: &[Value]) {
    let key = |item: &Value| json!({ "pk": item["pk"], "sk": item["sk"] });
    for item in items(world).await {
        if !kept.iter().any(|before| key(before) == key(&item)) {
            let delete = json!({ "TableName": table(world.plant), "Key": key(&item) });
            world.aws("dynamodb", "DynamoDB_20120810.DeleteItem", &delete).await;
        }
    }
    for item in kept {
        let put = json!({ "TableName": table(world.plant), "Item": item });
        world.aws("dynamodb", "DynamoDB_20120810.PutItem", &put).await;
    }
    world.skip_stream().await;
    world.mails.clear();
    world.callbacks.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_all_there_and_no_two_are_equal() {
        // Of two callbacks: 1 + 2 + 4 + 8 + 14 + 20 + 20.
        let mut two = orders(2);
        assert_eq!(two.len(), 69);
        two.sort();
        two.dedup();
        assert_eq!(two.len(), 69);
        assert_eq!(orders(3).len(), 5248);
    }
}
