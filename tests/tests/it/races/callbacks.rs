//! Duplicate, late, out-of-order and lost callbacks. A callback is only a reason to ask.

use super::{fails, times};
use crate::harness::{Contract, World, until};
use countersign::Options;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The contract's flow once all of its callbacks have been delivered.
async fn until_delivered(contract: &Contract) -> Value {
    until("all callbacks to be delivered", async || {
        let flow = contract.flow_shown().await;
        let delivered = flow["callbacksPending"] == 0 && flow["callbacksDelivered"].as_u64() >= Some(1);
        if delivered { Ok(flow) } else { Err(flow) }
    })
    .await
}

/// Gives what a delivered callback set off the time to be done. That nothing comes of it can only be waited for.
async fn settled() {
    tokio::time::sleep(Duration::from_millis(700)).await;
}

#[tokio::test]
async fn duplicate_and_out_of_order_callbacks() {
    let world = World::quick().await;
    world.faults(&json!({ "duplicateCallbacks": 4, "shuffleCallbacks": true })).await;
    for customer in world.both().await {
        for (done, end) in [("sign", "signed"), ("decline", "declined"), ("expire", "expired")] {
            let contract = customer.signing().await;
            contract.at_provider(done, &json!({})).await.is(200);
            let ended = contract.until(end).await;
            let items = contract.events().await;
            let flow = until_delivered(&contract).await;
            assert!(flow["callbacksDelivered"].as_u64() >= Some(10), "five copies of two callbacks and more: {flow}");
            settled().await;
            assert_eq!(contract.shown().await, ended, "an end never changes");
            assert_eq!(contract.events().await, items, "each thing happens once");
            assert_eq!(times(&contract, end).await, 1);
            if end == "signed" {
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_callback_of_one_signer_never_completes_a_contract() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        // The vendor's own automatic seal has been set, and the provider has said so.
        let flow = until_delivered(&contract).await;
        assert_eq!(flow["signers"][0]["signed"], true, "{flow}");
        settled().await;
        assert_eq!(contract.state().await, "signing");
        assert_eq!(times(&contract, "completed").await, 0);
    }
}

#[tokio::test]
async fn callbacks_all_lost_while_a_revocation_is_under_way() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        world.faults(&json!({ "dropCallbacks": true, "failNext": fails("revoke", "500") })).await;
        contract.revoke().await.is(202);
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert_eq!(contract.state().await, "revoking");
        world.faults(&json!({ "dropCallbacks": true })).await;
        contract.until("revoked").await;
        assert_eq!(contract.flow_shown().await["status"], 3);
    }
}

#[tokio::test]
async fn revoke_apply_again_then_a_late_callback_of_the_old_flow() {
    let often = Duration::from_millis(200);
    let options = Options {
        register_customers: false,
        look_schedule: "1,1".to_owned(),
        watch_every: Duration::from_secs(1),
        callback_retries: vec![often; 300],
        ..Options::default()
    };
    let world = World::own(options).await;
    for customer in world.both().await {
        let old = customer.signing().await;
        until_delivered(&old).await;
        // Callbacks are not taken for a while, so the provider calls again later.
        world.aws_refuses("PutItem");
        let refused = old.flow_shown().await["callbacksSent"].clone();
        old.revoke().await.is(202);
        let ended = old.until("revoked").await;
        let items = old.events().await;
        let new = customer.signing().await;
        until("the provider to have called in vain", async || {
            let flow = old.flow_shown().await;
            if flow["callbacksPending"] != 0 && flow["callbacksSent"].as_u64() > refused.as_u64() {
                Ok(())
            } else {
                Err(flow)
            }
        })
        .await;
        assert_ne!(old.flow().await, new.flow().await);

        world.aws_is_well();
        until_delivered(&old).await;
        settled().await;
        assert_eq!(
            (old.shown().await, old.events().await),
            (ended, items),
            "it belongs to the old contract, whose end stays"
        );
        let shown = new.shown().await;
        assert_eq!((&shown["state"], &shown["needsReview"]), (&json!("signing"), &json!(false)), "{shown}");
        let body = customer.application();
        customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_open").await;
        new.sign().await;
        new.until("signed").await;
        assert_eq!(old.state().await, "revoked");
    }
}
