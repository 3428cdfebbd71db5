//! A crash around creating the flow, and a start that nobody confirmed: one started flow, and it is the recorded one.

use super::{fails, started, times, until_started};
use crate::harness::{Contract, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use stores::Action;

/// The signer signs the contract's one flow, and the contract is signed.
async fn signed_to_the_end(world: &World, contract: &Contract) {
    contract.sign().await;
    contract.until("signed").await;
    assert_eq!(started(world, contract).await.map(|flow| flow["status"].clone()), Some(json!(2)));
    assert_eq!(times(contract, "flow_created").await, 1);
}

#[tokio::test]
async fn crash_around_creating_the_flow_before_it_is_recorded() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        world.aws_refuses("TransactWriteItems");
        let answer = contract.submit_signer().await;
        answer.shows((500..=503).contains(&answer.status), "what is not recorded has not happened");
        world.aws_is_well();
        let before = contract.shown().await;
        assert_eq!((&before["state"], &before["signer"]), (&json!("confirmed"), &Value::Null));
        assert_eq!(started(&world, &contract).await, None, "a flow that nobody recorded was never started");
        let orphans = world.flows_of(&contract.number).await;
        assert!(!orphans.is_empty(), "the provider has one that nobody knows");

        contract.submit_signer().await.is(200);
        let known = contract.flow().await;
        assert!(orphans.iter().all(|orphan| orphan["id"] != known), "the next try makes another: {orphans:#?}");
        signed_to_the_end(&world, &contract).await;
    }
}

#[tokio::test]
async fn crash_around_creating_the_flow_where_the_record_is_not_confirmed() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let lost = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&lost);
        world.aws(move |request| {
            let first = request.operation == "TransactWriteItems" && count.fetch_add(1, Ordering::SeqCst) == 0;
            if first { Action::LoseReply } else { Action::Pass }
        });
        let answer = contract.submit_signer().await;
        world.aws_is_well();
        assert!(lost.load(Ordering::SeqCst) >= 1, "the record was written, and its answer lost");
        assert_eq!(contract.state().await, "signing");
        if answer.status != 200 {
            answer.shows(answer.status >= 500, "a step that does not know what became of it says so");
        }
        contract.submit_signer().await.is(200);
        signed_to_the_end(&world, &contract).await;
    }
}

#[tokio::test]
async fn start_not_confirmed() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        world.faults(&json!({ "failNext": fails("start", "500") })).await;
        let answer = contract.submit_signer().await;
        answer.refused(503, "provider_unavailable");
        assert_eq!(contract.state().await, "signing", "the flow is recorded");
        assert_eq!(started(&world, &contract).await, None);
        world.faults(&json!({})).await;

        let flow = until_started(&world, &contract).await;
        assert_eq!(world.flows_of(&contract.number).await.len(), 1, "the timer starts the recorded flow: {flow}");
        contract.submit_signer().await.is(200);
        signed_to_the_end(&world, &contract).await;
    }
}

#[tokio::test]
async fn start_confirmed_to_nobody() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        // Done at the provider, but neither the answer arrives nor any other.
        world
            .faults(
                &json!({ "failNext": [fails("start", "lost_reply"), fails("status", "500"), fails("link", "500")] }),
            )
            .await;
        contract.submit_signer().await.refused(503, "provider_unavailable");
        assert!(started(&world, &contract).await.is_some());
        world.faults(&json!({})).await;
        contract.submit_signer().await.is(200);
        signed_to_the_end(&world, &contract).await;
    }
}

#[tokio::test]
async fn revoke_while_the_start_is_not_confirmed() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        world
            .faults(
                &json!({ "failNext": [fails("start", "lost_reply"), fails("status", "500"), fails("link", "500")] }),
            )
            .await;
        contract.submit_signer().await.refused(503, "provider_unavailable");
        assert_eq!(contract.revoke().await.is(202)["state"], "revoking");
        world.faults(&json!({})).await;
        contract.until("revoked").await;
        let flow = started(&world, &contract).await.unwrap_or_default();
        assert_eq!(flow["status"], 3, "what reached the signer is revoked there: {flow}");
    }
}
