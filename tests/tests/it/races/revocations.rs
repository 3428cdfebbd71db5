//! Revoke against sign: the provider decides, and the customer is never told too early.

use super::{fails, times};
use crate::harness::{Answer, World, until};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The signer acts at the provider, without any look at the contract before.
async fn act(world: &World, flow: &str, act: &str, body: &Value) -> Answer {
    world.sandbox().post(&format!("/sandbox/flows/{flow}/{act}"), body).await
}

#[tokio::test]
async fn revoke_against_sign_at_once() {
    let world = World::shared().await;
    let customers = [world.both().await, world.both().await, world.both().await];
    for (round, customer) in (0..).zip(customers.into_iter().flatten()) {
        let contract = customer.signing().await;
        let flow = contract.flow().await;
        // The signer comes a little later in each round, so that not all rounds end alike.
        let signs = async {
            tokio::time::sleep(Duration::from_millis(round * 15)).await;
            act(&world, &flow, "sign", &json!({})).await
        };
        let (revoked, signed) = tokio::join!(contract.revoke(), signs);
        let asked = revoked.status == 202;
        if asked {
            assert_eq!(revoked.json()["state"], "revoking", "never an early revoked: {}", revoked.story());
        } else {
            assert_eq!((revoked.status, signed.status), (409, 200), "{}\n{}", revoked.story(), signed.story());
            revoked.refused_with_contact(409, revoked.json()["code"].as_str().unwrap_or_default());
        }
        if signed.status == 200 {
            contract.until("signed").await;
            let items = contract.events().await;
            let completed = items.iter().find(|item| item["kind"] == "completed").unwrap();
            assert_eq!(completed["detail"]["signWon"], asked, "the customer is told that the revocation came too late");
            assert_eq!(contract.flow_shown().await["status"], 2);
            customer.asks().await.refused_with_contact(409, "contract_signed");
        } else {
            signed.is(409);
            contract.until("revoked").await;
            assert_eq!(contract.flow_shown().await["status"], 3);
            assert_eq!(customer.eligibility().await["eligible"], true);
        }
        assert_eq!(times(&contract, "signed").await + times(&contract, "revoked").await, 1, "one end");
    }
}

#[tokio::test]
async fn revoke_against_sign_where_the_revocations_reply_is_lost() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let flow = contract.flow().await;
        // Done at the provider, but nobody here hears of it: neither by an answer nor by a callback.
        world.faults(&json!({ "dropCallbacks": true, "failNext": fails("revoke", "lost_reply") })).await;
        contract.revoke().await.is(202);
        until("the provider to have revoked", async || {
            let shown = contract.flow_shown().await;
            if shown["status"] == 3 { Ok(()) } else { Err(shown) }
        })
        .await;
        act(&world, &flow, "sign", &json!({})).await.is(409);
        contract.until("revoked").await;
        world.faults(&json!({})).await;
        assert_eq!(times(&contract, "revoked").await, 1);
        assert_eq!(customer.eligibility().await["eligible"], true);
    }
}

#[tokio::test]
async fn revoke_against_sign_where_the_provider_is_slow_to_revoke() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        world.faults(&json!({ "failNext": fails("revoke", "500") })).await;
        contract.revoke().await.is(202);
        contract.revoke().await.is(202);
        // While the revocation waits, nobody gets a link, nothing can be applied for, and the signer who has the page open signs.
        customer.api.refused(Method::POST, &contract.path("/signing-session"), None, 409, "wrong_state").await;
        let body = customer.application();
        customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_open").await;
        contract.sign().await;
        contract.until("signed").await;
        let items = contract.events().await;
        let completed = items.iter().find(|item| item["kind"] == "completed").unwrap();
        assert_eq!(completed["detail"]["signWon"], true);
        contract.revoke().await.refused_with_contact(409, "contract_signed");
        world.faults(&json!({})).await;
    }
}

#[tokio::test]
async fn revoke_against_the_signers_refusal_and_the_deadline() {
    let world = World::quick().await;
    for customer in world.both().await {
        for (done, end) in [("decline", "declined"), ("expire", "expired")] {
            let contract = customer.signing().await;
            world.faults(&json!({ "failNext": fails("revoke", "500") })).await;
            contract.revoke().await.is(202);
            contract.at_provider(done, &json!({})).await.is(200);
            contract.until(end).await;
            assert_eq!(times(&contract, "revoked").await, 0, "one end, and it is the provider's");
            assert_eq!(customer.eligibility().await["eligible"], true);
            world.faults(&json!({})).await;
        }
    }
}

#[tokio::test]
async fn revoke_against_another_signer_than_the_recorded_subject() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        world.faults(&json!({ "failNext": fails("revoke", "500") })).await;
        contract.revoke().await.is(202);
        contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
        let held = contract.until_held("signer_mismatch").await;
        assert_eq!((&held["state"], &held["document"]), (&json!("completing"), &Value::Null), "held, not settled");
        world.faults(&json!({})).await;
        // The timer does not settle it either.
        tokio::time::sleep(Duration::from_millis(2200)).await;
        assert_eq!(contract.shown().await, held);
        assert_eq!(customer.eligibility().await["reason"], "contract_open");
        contract.closed_by_two("签署人与主体不符").await;
        contract.until("closed").await;
    }
}
