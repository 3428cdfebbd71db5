//! The process dies without warning, in any state, and goes on where it was when it is started again on the same folder.

mod journeys;
mod process;
mod states;

use crate::harness::{Contract, until_within};
use serde_json::Value;
use std::time::Duration;

/// The command looks at what waits ten seconds after it began to wait, when its timer comes, which is every ten seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// The contract once it has this state and is not held for review.
async fn until_state(contract: &Contract, state: &str) -> Value {
    until_within(PATIENCE, &format!("contract {} to be {state}", contract.id), async || {
        let shown = contract.shown().await;
        if shown["state"] == state && shown["needsReview"] == false { Ok(shown) } else { Err(shown) }
    })
    .await
}

/// The flows of a contract that were started at the provider; where one is recorded it is that one.
async fn one_started_flow(contract: &Contract) {
    let flows = contract.customer.world.flows_of(&contract.number).await;
    let started: Vec<&Value> = flows.iter().filter(|flow| flow["started"] == true).collect();
    assert_eq!(started.len(), 1, "exactly one flow reached the signer: {flows:#?}");
    assert_eq!(started[0]["id"], contract.flow().await);
}

/// What was recorded before stands unchanged at the beginning of what is recorded now.
#[track_caller]
fn goes_on(before: &[Value], now: &[Value]) {
    assert!(now.starts_with(before), "recorded before:\n{before:#?}\nrecorded now:\n{now:#?}");
}
