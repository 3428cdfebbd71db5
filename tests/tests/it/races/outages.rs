//! The provider is away, and the archive is: the contract goes on afterwards, and nothing lands among the dead letters.

use super::{CALLS, fails};
use crate::harness::{Contract, World, until};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stores::Action;

/// The queues once nobody has work: messages that were acknowledged are gone, dead letters are not.
async fn until_no_messages(world: &World) {
    until("all queues to be empty", async || {
        let messages = world.messages().await;
        if messages.iter().all(|(_, count)| *count == 0) { Ok(()) } else { Err(messages) }
    })
    .await;
}

#[tokio::test]
async fn the_provider_is_away() {
    let world = World::quick().await;
    let [acme, person] = world.both().await;
    let confirmed = world.enterprise("另一家科技有限公司").await.confirmed().await;
    let signing = acme.signing().await;
    let revoking = person.signing().await;
    let completing = world.person("李小山").await.signing().await;
    let away: Vec<Value> = CALLS.iter().map(|call| fails(call, "500")).collect();
    world.faults(&json!({ "failNext": away })).await;
    revoking.revoke().await.is(202);
    completing.sign().await;
    confirmed.submit_signer().await.refused(503, "provider_unavailable");
    signing.open_signing().await.refused(503, "provider_unavailable");

    // Several looks of the timer, each in vain; their messages are acknowledged all the same.
    tokio::time::sleep(Duration::from_millis(3500)).await;
    let stand = [(&confirmed, "confirmed"), (&signing, "signing"), (&revoking, "revoking"), (&completing, "signing")];
    for (contract, state) in stand {
        let shown = contract.shown().await;
        assert_eq!((&shown["state"], &shown["needsReview"]), (&json!(state), &json!(false)), "{shown}");
    }
    let dead: Vec<_> = world.messages().await.into_iter().filter(|(name, _)| name.contains("dead")).collect();
    assert_eq!(dead.len(), 3, "each queue has its dead letters: {dead:?}");
    assert!(dead.iter().all(|(_, count)| *count == 0), "a dead-letter queue holds defects, never outages: {dead:?}");

    world.faults(&json!({})).await;
    completing.until("signed").await;
    revoking.until("revoked").await;
    signing.open_signing().await.is(200);
    signing.sign().await;
    signing.until("signed").await;
    confirmed.submit_signer().await.is(200);
    until_no_messages(&world).await;
}

#[tokio::test]
async fn the_provider_loses_each_answer_once() {
    let world = World::quick().await;
    for customer in world.both().await {
        let lost: Vec<Value> = CALLS.iter().map(|call| json!({ "call": call, "how": "lost_reply" })).collect();
        world.faults(&json!({ "failNext": lost })).await;
        let contract = customer.apply().await;
        until("step 2", async || {
            let answer = contract.confirm().await;
            if answer.status == 200 { Ok(()) } else { Err(answer.story()) }
        })
        .await;
        until("step 3", async || {
            let answer = contract.submit_signer().await;
            if answer.status == 200 { Ok(()) } else { Err(answer.story()) }
        })
        .await;
        assert!(super::started(&world, &contract).await.is_some());
        contract.sign().await;
        contract.until("signed").await;
        world.faults(&json!({})).await;
    }
    until_no_messages(&world).await;
}

/// Waits for the provider's word, and sees that nothing more comes while the archive is away.
async fn waits(contract: &Contract) {
    contract.until("completing").await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let shown = contract.shown().await;
    assert_eq!((&shown["state"], &shown["document"]), (&json!("completing"), &Value::Null), "{shown}");
    assert_eq!((&shown["needsReview"], &shown["allowed"]), (&json!(false), &json!([])));
    let customer = &contract.customer;
    assert_eq!(customer.eligibility().await["reason"], "contract_open");
    let revoked = customer.api.refused(Method::POST, &contract.path("/revoke"), None, 409, "wrong_state").await;
    revoked.refused_with_contact(409, "wrong_state");
    contract.document().await.refused(409, "wrong_state");
}

#[tokio::test]
async fn crash_between_completed_and_archived() {
    let world = World::quick().await;
    let [acme, person] = world.both().await;
    let contract = acme.signing().await;
    world.aws_refuses("PutObject");
    contract.sign().await;
    waits(&contract).await;
    world.aws_is_well();
    contract.until("signed").await;
    assert!(!contract.signed_pdf().await.is_empty());

    // Where only the draft cannot be had (it may be forgotten by then), the signed file begins with it.
    let contract = person.signing().await;
    world.aws_refuses("GetObject");
    contract.sign().await;
    contract.until("signed").await;
    world.aws_is_well();
    assert!(!contract.signed_pdf().await.is_empty());
}

#[tokio::test]
async fn crash_between_the_archive_and_its_record() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let archived = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&archived);
        world.aws(move |request| match request.operation {
            "PutObject" => {
                seen.store(true, Ordering::SeqCst);
                Action::Pass
            }
            "TransactWriteItems" if seen.load(Ordering::SeqCst) => {
                Action::FailBefore(503, "ServiceUnavailable".to_owned())
            }
            _ => Action::Pass,
        });
        contract.sign().await;
        waits(&contract).await;
        assert!(archived.load(Ordering::SeqCst), "the document is kept, and nobody has written so");
        world.aws_is_well();
        let signed = contract.until("signed").await;
        assert_eq!(contract.signed_pdf().await.len() > 1000, signed["document"]["sha256"].is_string());
        assert_eq!(super::times(&contract, "signed").await, 1);
    }
}
