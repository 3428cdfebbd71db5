//! The same step submitted twice, and steps that exclude each other submitted at once.

use super::{fails, started, times};
use crate::harness::{Answer, World};
use serde_json::{Value, json};

/// One call five times at once.
async fn five<F: Future<Output = Answer>>(call: impl Fn() -> F) -> [Answer; 5] {
    let (one, two, three, four, five) = tokio::join!(call(), call(), call(), call(), call());
    [one, two, three, four, five]
}

/// All answers are this status, with the same body, which is returned.
#[track_caller]
fn the_same(answers: &[Answer], status: u16) -> Value {
    let first = answers[0].is(status);
    for answer in answers {
        assert_eq!(answer.is(status), first, "the second gets the first one's answer");
    }
    first
}

#[tokio::test]
async fn step_1_at_once_by_two_accounts_of_one_subject() {
    let world = World::shared().await;
    for customer in world.both().await {
        let sibling = world.sibling(&customer).await;
        let (one, other) = tokio::join!(customer.asks(), sibling.asks());
        let (won, lost) = if one.status == 201 { (&one, &other) } else { (&other, &one) };
        let contract = won.is(201);
        let refused = lost.refused(409, "contract_open");
        assert!(
            refused.get("contractId").is_none_or(Value::is_null),
            "another account's contract is not named: {refused}"
        );
        let mut held = 0;
        for account in [&customer, &sibling] {
            assert_eq!(account.eligibility().await["reason"], "contract_open");
            let list = account.api.get("/v1/contracts").await.is(200);
            held += list["items"].as_array().unwrap().iter().filter(|item| item["id"] == contract["id"]).count();
        }
        assert_eq!(held, 1, "one contract, of one account");
    }
}

#[tokio::test]
async fn step_2_submitted_many_times_at_once() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let body = json!({ "draftSha256": contract.draft().await["sha256"] });
        let path = contract.path("/confirm");
        let answers = five(|| customer.api.post(&path, &body)).await;
        assert_eq!(the_same(&answers, 200)["state"], "confirmed");
        assert_eq!(contract.kinds().await, ["applied", "confirmed"]);
    }
}

#[tokio::test]
async fn step_3_submitted_many_times_at_once() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let answers = five(|| contract.submit_signer()).await;
        let first = answers[0].is(200)["contract"].clone();
        for answer in &answers {
            let answer = answer.is(200);
            assert_eq!(answer["contract"], first, "the second gets the first one's contract");
            assert!(answer["signing"]["url"].is_string(), "{answer}");
        }
        assert_eq!(first["state"], "signing");
        assert!(started(&world, &contract).await.is_some());
        assert_eq!(times(&contract, "flow_created").await, 1);
    }
}

#[tokio::test]
async fn step_3_submitted_many_times_while_the_start_takes_its_time() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        // The first tries to start it fail, and a moment later it is started.
        world.faults(&json!({ "failNext": { "call": "start", "times": 2, "how": "500" } })).await;
        let answers = five(|| contract.submit_signer()).await;
        for answer in &answers {
            assert!(answer.is(200)["signing"]["url"].is_string(), "{}", answer.story());
        }
        assert!(started(&world, &contract).await.is_some());
        assert_eq!(times(&contract, "flow_created").await, 1);
    }
}

#[tokio::test]
async fn step_3_by_two_signers_at_once() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let mut other = customer.signer();
        other["mobile"] = json!(crate::harness::credentials::mobile());
        let path = contract.path("/signer");
        let (one, two) = tokio::join!(contract.submit_signer(), customer.api.post(&path, &other));
        let (won, lost) = if one.status == 200 { (&one, &two) } else { (&two, &one) };
        let signer = won.is(200)["contract"]["signer"].clone();
        lost.refused(409, "wrong_state");
        assert_eq!(contract.shown().await["signer"], signer, "who was first is the signer");
        assert!(started(&world, &contract).await.is_some());
    }
}

#[tokio::test]
async fn step_4_asked_for_many_times_at_once() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let mut links: Vec<String> =
            five(|| contract.open_signing()).await.iter().map(|answer| answer.is(200)["url"].to_string()).collect();
        links.sort();
        links.dedup();
        assert_eq!(links.len(), 5, "each is a fresh link: {links:?}");
        assert_eq!(times(&contract, "flow_created").await, 1);
    }
}

#[tokio::test]
async fn revoke_submitted_many_times_at_once() {
    let world = World::quick().await;
    for customer in world.both().await {
        for state in ["draft", "confirmed", "signing"] {
            world.faults(&json!({ "failNext": fails("revoke", "500") })).await;
            let contract = match state {
                "draft" => customer.apply().await,
                "confirmed" => customer.confirmed().await,
                _ => customer.signing().await,
            };
            let answers = five(|| contract.revoke()).await;
            if state == "signing" {
                assert_eq!(the_same(&answers, 202)["state"], "revoking", "never an early revoked");
                assert_eq!(times(&contract, "revocation_requested").await, 1);
                world.faults(&json!({})).await;
            } else {
                assert_eq!(the_same(&answers, 200)["state"], "revoked");
            }
            contract.until("revoked").await;
            assert_eq!(times(&contract, "revoked").await, 1);
        }
    }
}

#[tokio::test]
async fn back_to_step_1_against_the_confirmation() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let shown = contract.draft().await;
        let mut body = customer.application();
        body["partyA"]["contactName"] = json!("孙联络");
        body["revision"] = json!(1);
        let path = contract.path("/confirm");
        let confirmation = json!({ "draftSha256": shown["sha256"] });
        let (edited, confirmed) = tokio::join!(contract.edit(&body), customer.api.post(&path, &confirmation));
        // Whoever was first, the customer has changed the information, and what was confirmed of the old draft is gone.
        assert_eq!(edited.is(200)["state"], "draft");
        if confirmed.status != 200 {
            confirmed.refused(409, "draft_changed");
        }
        let now = contract.shown().await;
        assert_eq!((&now["state"], &now["revision"]), (&json!("draft"), &json!(2)), "{now}");
        assert_ne!(now["draft"]["sha256"], shown["sha256"]);
        assert_eq!(contract.confirm().await.is(200)["draft"], now["draft"]);
    }
}

#[tokio::test]
async fn back_to_step_1_against_step_3() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let draft = contract.draft().await["sha256"].clone();
        let mut body = customer.application();
        body["partyA"]["contactName"] = json!("孙联络");
        body["revision"] = json!(1);
        let (edited, submitted) = tokio::join!(contract.edit(&body), contract.submit_signer());
        let now = contract.shown().await;
        if submitted.status == 200 {
            edited.refused(409, "wrong_state");
            assert_eq!(
                (&now["state"], &now["draft"]["sha256"]),
                (&json!("signing"), &draft),
                "what was confirmed is frozen"
            );
            assert!(started(&world, &contract).await.is_some());
        } else {
            submitted.refused(409, "wrong_state");
            assert_eq!(edited.is(200)["state"], "draft");
            assert_ne!(now["draft"]["sha256"], draft);
            assert_eq!(started(&world, &contract).await, None, "a flow of the old draft reaches nobody");
        }
    }
}

#[tokio::test]
async fn step_3_against_revoke() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let (submitted, revoked) = tokio::join!(contract.submit_signer(), contract.revoke());
        match revoked.status {
            // The revocation came before the flow was recorded: nothing has reached the signer, and nothing will.
            200 => {
                submitted.refused(409, "wrong_state");
                assert_eq!(revoked.json()["state"], "revoked");
            }
            _ => assert_eq!(revoked.is(202)["state"], "revoking"),
        }
        contract.until("revoked").await;
        if let Some(flow) = started(&world, &contract).await {
            assert_eq!(flow["status"], 3, "revoked at the provider, too: {flow}");
        }
        assert_eq!(customer.eligibility().await["eligible"], true);
    }
}
