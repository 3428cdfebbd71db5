//! The same step twice: Idempotency-Key, revisions, and answers that were lost.

use crate::harness::{Contract, World};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn step_1_with_the_same_key_and_body_is_one_contract() {
    let world = World::shared().await;
    for customer in world.both().await {
        let keyed = customer.api.with("idempotency-key", &format!("key-{}", customer.id));
        let body = customer.application();
        let first = keyed.post("/v1/contracts", &body).await.is(201);
        assert_eq!(keyed.post("/v1/contracts", &body).await.is(201), first);

        // The repeat's answer is the contract as it stands.
        let contract = Contract::of(&customer, &first);
        contract.confirm().await.is(200);
        let again = keyed.post("/v1/contracts", &body).await.is(201);
        assert_eq!((&again["id"], &again["state"]), (&first["id"], &json!("confirmed")));

        let mut other = body.clone();
        other["billingEmail"] = json!("other@acme.example");
        keyed.refused(Method::POST, "/v1/contracts", Some(&other), 422, "idempotency_key_reused").await;
        let fresh = customer.api.with("idempotency-key", "another-key");
        for api in [&customer.api, &fresh] {
            let refused = api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_open").await;
            refused.shows(refused.json()["contractId"] == first["id"], "the open contract is named");
        }
        assert_eq!(customer.api.get("/v1/contracts").await.is(200)["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_customer_and_has_a_form() {
    let world = World::shared().await;
    let [acme, person] = world.both().await;
    let one = acme.api.with("idempotency-key", "the-same-key").post("/v1/contracts", &acme.application()).await.is(201);
    let other = person.api.with("idempotency-key", "the-same-key").post("/v1/contracts", &person.application()).await;
    assert_ne!(other.is(201)["id"], one["id"]);
    for key in ["", "two words", &"k".repeat(65)] {
        let answer = acme.api.with("idempotency-key", key).post("/v1/contracts", &acme.application()).await;
        answer.invalid(&[("/Idempotency-Key", "bad_format")]);
    }
}

#[tokio::test]
async fn step_1_submitted_many_times_at_once_is_one_contract() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let keyed = acme.api.with("idempotency-key", "at-once");
    let body = acme.application();
    let (one, two, three) =
        tokio::join!(keyed.post("/v1/contracts", &body), keyed.post("/v1/contracts", &body), acme.asks());
    let ids: Vec<_> = [&one, &two]
        .into_iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.json()["id"].clone())
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{}\n{}", one.story(), two.story());
    let created = [&one, &two, &three].iter().filter(|answer| answer.status == 201).count();
    assert!(created >= 1, "{}\n{}\n{}", one.story(), two.story(), three.story());
    for answer in [&one, &two, &three] {
        if answer.status != 201 {
            answer.refused(409, "contract_open");
        }
    }
    assert_eq!(acme.api.get("/v1/contracts").await.is(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stale_revision_is_refused_and_a_lost_answer_is_repeated() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let mut edit = customer.application();
        edit["partyA"]["phone"] = json!("0571-8700 9999");
        edit["revision"] = json!(1);
        let edited = contract.edit(&edit).await.is(200);
        assert_eq!(edited["revision"], 2);
        // The answer was lost, and the page sends the same again.
        assert_eq!(contract.edit(&edit).await.is(200), edited);
        assert_eq!(contract.kinds().await, ["applied", "edited"]);

        let mut other = edit.clone();
        other["partyA"]["phone"] = json!("0571-8700 0000");
        let path = contract.path("/party-a");
        customer.api.refused(Method::PUT, &path, Some(&other), 409, "stale_revision").await;
        other["revision"] = json!(7);
        customer.api.refused(Method::PUT, &path, Some(&other), 409, "stale_revision").await;
        other.as_object_mut().unwrap().remove("revision");
        contract.edit(&other).await.invalid(&[("/revision", "required")]);

        // Once it is confirmed, the repeat would undo the confirmation.
        contract.confirm().await.is(200);
        customer.api.refused(Method::PUT, &path, Some(&edit), 409, "stale_revision").await;
        assert_eq!(contract.state().await, "confirmed");
    }
}

#[tokio::test]
async fn step_3_submitted_twice_at_once_is_one_flow() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let (one, two) = tokio::join!(contract.submit_signer(), contract.submit_signer());
        for answer in [&one, &two] {
            assert_eq!(answer.is(200)["contract"]["state"], "signing");
        }
        let flows = world.flows_of(&contract.number).await;
        let started: Vec<_> = flows.iter().filter(|flow| flow["started"] == true).collect();
        assert_eq!(started.len(), 1, "one started flow: {flows:?}");
        assert_eq!(started[0]["id"], contract.flow().await);
        let (one, two) = tokio::join!(contract.revoke(), contract.revoke());
        for answer in [&one, &two] {
            answer.shows(matches!(answer.status, 200 | 202), "both revocations are answered alike");
        }
        contract.until("revoked").await;
        assert_eq!(contract.kinds().await.iter().filter(|kind| *kind == "revocation_requested").count(), 1);
    }
}
