//! The limit on identity checks, and a provider that is away.

use crate::harness::{Answer, Contract, World, credentials};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Step 3 with a number that matches nobody.
async fn mismatched(contract: &Contract) -> Answer {
    let mut body = contract.customer.signer();
    body["mobile"] = json!(credentials::foreign_mobile());
    contract.customer.api.post(&contract.path("/signer"), &body).await
}

#[track_caller]
fn away(answer: &Answer) {
    answer.refused(503, "provider_unavailable");
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
    answer.shows(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "Retry-After says when to try again");
}

#[tokio::test]
async fn ten_identity_checks_an_hour_for_one_subject() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        for _ in 0..10 {
            mismatched(&contract).await.refused(422, "identity_mismatch");
        }
        for answer in [mismatched(&contract).await, contract.submit_signer().await] {
            answer.refused(429, "too_many_checks");
            let seconds: u64 = answer.header("retry-after").unwrap_or_default().parse().unwrap();
            answer.shows((3500..=3600).contains(&seconds), "the first check falls out of the hour then");
        }
        assert_eq!(contract.state().await, "confirmed");

        // The subject is counted, not the contract or the account.
        contract.revoke().await.is(200);
        let sibling = world.sibling(&customer).await.confirmed().await;
        sibling.submit_signer().await.refused(429, "too_many_checks");
        let english = sibling.reading("en").submit_signer().await.refused(429, "too_many_checks");
        assert!(english["detail"].as_str().unwrap().starts_with("The identity checks"), "{english}");
    }
    world.person("李小山").await.signing().await;
}

#[tokio::test]
async fn while_the_provider_is_away_every_step_stays_where_it_was() {
    let world = World::quick().await;
    for customer in world.both().await {
        let fails = async |call: &str| {
            world.faults(&json!({ "failNext": { "call": call, "times": 1000, "how": "500" } })).await;
        };
        let contract = customer.apply().await;
        for call in ["upload", "put"] {
            fails(call).await;
            away(&contract.confirm().await);
            assert_eq!(contract.state().await, "draft");
        }
        world.faults(&json!({})).await;
        contract.confirm().await.is(200);

        for call in ["check", "create"] {
            fails(call).await;
            let before = contract.shown().await;
            for _ in 0..6 {
                away(&contract.submit_signer().await);
            }
            let after = contract.shown().await;
            assert_eq!((&after["state"], &after["signer"]), (&json!("confirmed"), &Value::Null));
            assert_eq!(after["draft"], before["draft"]);
        }
        // A check that was not made is not counted, or the hour's ten would be used up by now.
        world.faults(&json!({})).await;
        contract.submit_signer().await.is(200);

        fails("link").await;
        away(&contract.open_signing().await);
        away(&contract.submit_signer().await);
        assert_eq!(contract.state().await, "signing");
        world.faults(&json!({})).await;
        contract.open_signing().await.is(200);

        fails("status").await;
        contract.revoke().await.is(202);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(contract.state().await, "revoking");
        world.faults(&json!({})).await;
        contract.until("revoked").await;
    }
}

#[tokio::test]
async fn a_provider_that_never_answers_costs_at_most_ten_seconds() {
    let world = World::quick().await;
    let contract = world.enterprise("某某科技有限公司").await.confirmed().await;
    world.faults(&json!({ "failNext": { "call": "create", "times": 1000, "how": "timeout" } })).await;
    let started = Instant::now();
    away(&contract.submit_signer().await);
    assert!(started.elapsed() < Duration::from_millis(10_500), "{:?}", started.elapsed());
    assert_eq!(contract.state().await, "confirmed");
    world.faults(&json!({})).await;
    contract.submit_signer().await.is(200);
}

#[tokio::test]
async fn answers_that_are_lost_lead_to_one_flow() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        world.faults(&json!({ "failNext": [{ "call": "create", "how": "lost_reply" }, { "call": "start", "how": "lost_reply" }] })).await;
        for _ in 0..3 {
            if contract.submit_signer().await.status == 200 {
                break;
            }
        }
        world.faults(&json!({})).await;
        contract.submit_signer().await.is(200);
        let flows = world.flows_of(&contract.number).await;
        let started: Vec<_> = flows.iter().filter(|flow| flow["started"] == true).collect();
        assert_eq!(started.len(), 1, "a flow that nobody recorded was never started: {flows:#?}");
        assert_eq!(started[0]["id"], contract.flow().await);
        contract.sign().await;
        contract.until("signed").await;
    }
}

#[tokio::test]
async fn a_draft_that_the_provider_has_lost_is_handed_to_it_again() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let uploads = || async { world.sandbox().get("/sandbox/calls").await.is(200)["upload"].as_u64().unwrap_or(0) };
        let before = uploads().await;
        // What e签宝 answers where a file is unknown to it (Open API V3, error 1437511).
        world.faults(&json!({ "failNext": { "call": "create", "times": 1, "how": "1437511" } })).await;
        contract.submit_signer().await.is(200);
        assert_eq!(uploads().await, before + 1);
        contract.sign().await;
        contract.until("signed").await;
    }
}
