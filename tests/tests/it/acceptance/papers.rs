//! Contracts signed on paper: recorded, waiting for a revocation, refused where signing won, withdrawn.

use crate::harness::{Answer, Customer, World, until};
use reqwest::Method;
use serde_json::{Value, json};

const PAPERS: &str = "/v1/staff/paper-contracts";

async fn registered(customer: &Customer, reference: &str) -> Answer {
    let body = json!({ "subject": customer.subject(), "reference": reference, "signedOn": "2024-02-03" });
    customer.world.staff().await.post(PAPERS, &body).await
}

async fn shown(world: &World, paper: &Value) -> Value {
    world.staff().await.get(&format!("{PAPERS}/{}", paper["id"].as_str().unwrap())).await.is(200)
}

async fn until_status(world: &World, paper: &Value, status: &str) -> Value {
    until(&format!("the paper contract to be {status}"), async || {
        let now = shown(world, paper).await;
        if now["status"] == status { Ok(now) } else { Err(now) }
    })
    .await
}

async fn withdrawn(world: &World, paper: &Value) -> Answer {
    world.staff().await.delete(&format!("{PAPERS}/{}", paper["id"].as_str().unwrap())).await
}

#[tokio::test]
async fn a_free_subject_is_recorded_and_withdrawing_frees_it() {
    let world = World::shared().await;
    for customer in world.both().await {
        let reference = format!("2026/{} A", customer.id);
        let paper = registered(&customer, &reference).await.is(201);
        assert_eq!((&paper["status"], &paper["reason"]), (&json!("recorded"), &Value::Null));
        assert_eq!((&paper["reference"], &paper["signedOn"]), (&json!(reference), &json!("2024-02-03")));
        assert_eq!(paper["subject"]["name"], customer.name);
        assert!(!paper.to_string().contains(&customer.number), "the document is masked: {paper}");
        assert_eq!(shown(&world, &paper).await, paper);
        let list = world.staff().await.get(PAPERS).await.is(200);
        assert!(list["items"].as_array().unwrap().contains(&paper), "{list}");

        assert_eq!(registered(&customer, &reference).await.is(201), paper, "the same again is the same answer");
        let mut other = json!({ "subject": customer.subject(), "reference": reference, "signedOn": "2024-02-04" });
        world.staff().await.refused(Method::POST, PAPERS, Some(&other), 409, "reference_taken").await;
        other["reference"] = json!(format!("{reference} B"));
        world.staff().await.refused(Method::POST, PAPERS, Some(&other), 409, "signed_on_paper").await;

        let back = withdrawn(&world, &paper).await.is(200);
        assert_eq!(back["status"], "withdrawn");
        assert_eq!(withdrawn(&world, &paper).await.is(200), back, "twice is once");
        assert_eq!(customer.eligibility().await["eligible"], true);
        assert_ne!(registered(&customer, &reference).await.is(201)["id"], paper["id"], "the reference is free again");
    }
}

#[tokio::test]
async fn a_contract_that_has_not_reached_the_signer_is_revoked_with_it() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let paper = registered(&customer, &format!("P-{}", customer.id)).await.is(201);
        assert_eq!((&paper["status"], &paper["contractId"]), (&json!("recorded"), &json!(contract.id)));
        assert_eq!(contract.state().await, "revoked");
        let revoked = contract.events().await.pop().unwrap();
        assert_eq!((&revoked["actor"], &revoked["detail"]["cause"]), (&json!("staff"), &json!("paper_contract")));
        assert_eq!(customer.eligibility().await["reason"], "signed_on_paper");
    }
}

#[tokio::test]
async fn a_contract_in_signing_is_revoked_first_and_the_paper_one_waits() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        // The provider does not take the revocation yet.
        world.faults(&json!({ "failNext": { "call": "revoke", "times": 1000, "how": "500" } })).await;
        let reference = format!("P-{}", customer.id);
        let paper = registered(&customer, &reference).await.is(202);
        assert_eq!((&paper["status"], &paper["reason"]), (&json!("waiting"), &json!("revoking_contract")));
        assert_eq!(paper["contractId"], contract.id);
        assert_eq!(contract.state().await, "revoking");
        assert_eq!(registered(&customer, &reference).await.is(202)["id"], paper["id"]);
        let body = customer.application();
        customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_open").await;
        registered(&customer, "P-another").await.refused(409, "signed_on_paper");

        world.faults(&json!({})).await;
        let recorded = until_status(&world, &paper, "recorded").await;
        assert_eq!((&recorded["id"], &recorded["reason"]), (&paper["id"], &Value::Null));
        assert_eq!(contract.state().await, "revoked");
        customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "signed_on_paper").await;
    }
}

#[tokio::test]
async fn a_waiting_one_that_is_withdrawn_leaves_the_subject_free() {
    let world = World::quick().await;
    let customer = world.enterprise("某某科技有限公司").await;
    let contract = customer.signing().await;
    world.faults(&json!({ "failNext": { "call": "revoke", "times": 1000, "how": "500" } })).await;
    let paper = registered(&customer, "P-1").await.is(202);
    assert_eq!(withdrawn(&world, &paper).await.is(200)["status"], "withdrawn");
    world.faults(&json!({})).await;
    contract.until("revoked").await;
    assert_eq!(shown(&world, &paper).await["status"], "withdrawn");
    assert_eq!(customer.eligibility().await["eligible"], true);
}

#[tokio::test]
async fn where_signing_wins_the_paper_one_is_refused_and_staff_are_told() {
    let world = World::quick().await;
    let customer = world.enterprise("某某科技有限公司").await;
    let contract = customer.signing().await;
    // Signed at the provider, before we hear of it; and when we ask, the answer does not come for a while.
    world
        .faults(&json!({ "dropCallbacks": true, "failNext": { "call": "status", "times": 1000, "how": "500" } }))
        .await;
    contract.sign().await;
    let paper = registered(&customer, "纸 2026-7").await.is(202);
    world.faults(&json!({})).await;
    contract.until("signed").await;
    let refused = until_status(&world, &paper, "refused").await;
    assert_eq!((&refused["reason"], &refused["contractId"]), (&json!("contract_signed"), &json!(contract.id)));
    let completed = contract.events().await.into_iter().find(|item| item["kind"] == "completed").unwrap();
    assert_eq!(completed["detail"]["signWon"], true);

    let mails = world.staff_mails_until("纸 2026-7", 1).await;
    mails[0].says("纸质合同登记被拒绝", "Paper contract refused");
    withdrawn(&world, &paper).await.refused(409, "wrong_state");
    let again = registered(&customer, "纸 2026-8").await;
    again.refused_with_contact(409, "contract_signed");
    assert_eq!(world.staff_mails("纸 2026-7").await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_told_by_its_pointer() {
    let world = World::shared().await;
    let staff = world.staff().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let (rest, last) = acme.number.split_at(acme.number.len() - 1);
    let mistyped = format!("{rest}{}", if last == "1" { "2" } else { "1" });
    let good = json!({ "subject": acme.subject(), "reference": "P-9", "signedOn": "2024-02-03" });
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, pointer, code) in [
        (with("/signedOn", json!("2999-01-01")), "/signedOn", "in_future"),
        (with("/signedOn", json!("3.2.2026")), "/signedOn", "bad_format"),
        (with("/reference", json!("")), "/reference", "required"),
        (with("/subject/type", json!("personal")), "/subject/credentialType", "not_allowed"),
        (with("/subject/credentialNumber", json!(mistyped)), "/subject/credentialNumber", "bad_checksum"),
    ] {
        staff.post(PAPERS, &body).await.invalid(&[(pointer, code)]);
    }
    staff.get(&format!("{PAPERS}/01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.refused(404, "not_found");
    staff.delete(&format!("{PAPERS}/nothing")).await.refused(404, "not_found");
    assert_eq!(acme.eligibility().await["eligible"], true, "nothing was registered");
}
