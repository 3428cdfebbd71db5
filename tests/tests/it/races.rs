//! What happens where two things meet: each race the product knows, and what it resolves to.
//!
//! A race cannot be won on demand, so both orders are forced by faults where that is possible, and where it is not, it is run a few times and
//! whatever came of it must hold together.

mod callbacks;
mod creating;
mod outages;
mod revocations;
mod steps;
mod subjects;

use crate::harness::{Contract, World};
use serde_json::{Value, json};

/// All calls of the provider that can fail.
const CALLS: [&str; 12] =
    ["upload", "put", "file", "check", "create", "start", "link", "status", "revoke", "download", "fetch", "verify"];

/// The fault that a call fails from now on, for good.
fn fails(call: &str, how: &str) -> Value {
    json!({ "call": call, "times": 100_000, "how": how })
}

/// The flows of a contract that were started. There is one at most, and it is the recorded one.
async fn started(world: &World, contract: &Contract) -> Option<Value> {
    let flows = world.flows_of(&contract.number).await;
    let mut started: Vec<Value> = flows.iter().filter(|flow| flow["started"] == true).cloned().collect();
    assert!(started.len() <= 1, "one contract, one started flow: {flows:#?}");
    let started = started.pop()?;
    let recorded = contract.for_staff().await;
    assert_eq!(started["id"], recorded["flowId"], "what was started is what was recorded: {flows:#?}\n{recorded:#}");
    Some(started)
}

/// How often something stands in a contract's history.
async fn times(contract: &Contract, kind: &str) -> usize {
    contract.kinds().await.iter().filter(|found| *found == kind).count()
}

/// The contract once its flow was started at the provider.
async fn until_started(world: &World, contract: &Contract) -> Value {
    crate::harness::until(&format!("the flow of {} to be started", contract.id), async || {
        match started(world, contract).await {
            Some(flow) => Ok(flow),
            None => Err(contract.shown().await),
        }
    })
    .await
}
