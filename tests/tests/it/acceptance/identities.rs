//! What the real-name system tells, and what a change of it does to an open contract.

use crate::harness::{Customer, World, credentials};
use reqwest::Method;
use serde_json::{Value, json};

fn at(customer: &Customer, verified_at: &str) -> Value {
    let mut identity = customer.identity();
    identity["verifiedAt"] = json!(verified_at);
    identity
}

fn path(customer: &Customer) -> String {
    format!("/v1/staff/customers/{}/identity", customer.id)
}

#[tokio::test]
async fn the_newest_verification_counts() {
    let world = World::shared().await;
    for customer in world.both().await {
        let staff = world.staff().await;
        let shown = staff.get(&path(&customer)).await.is(200);
        assert_eq!((&shown["type"], &shown["name"]), (&json!(customer.kind.as_str()), &json!(customer.name)));
        assert!(!shown.to_string().contains(&customer.number), "the document is masked: {shown}");
        assert_eq!(shown["version"], 1);

        let older = at(&customer, "2024-01-05T01:59:59Z");
        staff.refused(Method::PUT, &path(&customer), Some(&older), 409, "stale_revision").await;
        let equal = customer.told(&at(&customer, "2024-01-05T02:00:00Z")).await.is(200);
        assert_eq!(equal["version"], 2);
        let newer = customer.told(&at(&customer, "2024-03-01T08:00:00+08:00")).await.is(200);
        assert_eq!(newer["verifiedAt"], "2024-03-01T00:00:00Z");
        assert_eq!(staff.get(&path(&customer)).await.is(200)["version"], 3);

        let future = at(&customer, "2999-01-01T00:00:00Z");
        customer.told(&future).await.invalid(&[("/verifiedAt", "in_future")]);
        let mut unfit = customer.identity();
        unfit["type"] = json!(if customer.kind.as_str() == "personal" { "enterprise" } else { "personal" });
        customer.told(&unfit).await.invalid(&[("/credentialType", "not_allowed")]);
        let mut wrong = customer.identity();
        wrong["credentialNumber"] = json!(credentials::mistyped(&customer.number));
        customer.told(&wrong).await.invalid(&[("/credentialNumber", "bad_checksum")]);
    }
}

#[tokio::test]
async fn the_same_verification_again_leaves_an_open_contract_alone() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let told = customer.told(&at(&customer, "2024-04-01T00:00:00Z")).await.is(200);
        assert!(told.get("revokedContractId").is_none(), "{told}");
        assert_eq!(contract.state().await, "confirmed");
    }
}

#[tokio::test]
async fn a_new_name_revokes_what_has_not_reached_the_signer() {
    let world = World::shared().await;
    for mut customer in world.both().await {
        for confirmed in [false, true] {
            let contract = if confirmed { customer.confirmed().await } else { customer.apply().await };
            customer.name = format!("{}新", customer.name);
            let told = customer.verify().await;
            assert_eq!(told["revokedContractId"], contract.id);
            assert_eq!(contract.state().await, "revoked");
            let revoked = contract.events().await.pop().unwrap();
            assert_eq!((&revoked["actor"], &revoked["detail"]["cause"]), (&json!("staff"), &json!("subject_changed")));
            let eligibility = customer.eligibility().await;
            assert_eq!(
                (&eligibility["eligible"], &eligibility["subject"]["name"]),
                (&json!(true), &json!(customer.name))
            );
        }
        assert_eq!(customer.signed().await.shown().await["subject"]["name"], customer.name);
    }
}

#[tokio::test]
async fn a_new_subject_revokes_a_contract_in_signing_at_the_provider() {
    let world = World::shared().await;
    for mut customer in world.both().await {
        let contract = customer.signing().await;
        customer.number = world.unverified(customer.kind, "").await.number;
        let told = customer.verify().await;
        assert_eq!(told["revokedContractId"], contract.id);
        contract.until("revoked").await;
        assert_eq!(contract.flow_shown().await["status"], 3);
        assert!(contract.kinds().await.contains(&"revocation_requested".to_owned()));
        customer.signing().await;
    }
}

#[tokio::test]
async fn where_signing_wins_the_contract_stays_with_the_old_subject() {
    let world = World::quick().await;
    let mut customer = world.enterprise("老名科技有限公司").await;
    let contract = customer.signing().await;
    world
        .faults(&json!({ "dropCallbacks": true, "failNext": { "call": "status", "times": 1000, "how": "500" } }))
        .await;
    contract.sign().await;
    let old = customer.clone();
    customer.name = "新名科技有限公司".to_owned();
    assert_eq!(customer.verify().await["revokedContractId"], contract.id);
    assert_eq!(contract.state().await, "revoking");
    world.faults(&json!({})).await;
    let signed = contract.until("signed").await;
    assert_eq!(signed["subject"]["name"], old.name);
    // The credential is the same, so the slot is taken for good.
    customer.asks().await.refused_with_contact(409, "contract_signed");
}

#[tokio::test]
async fn a_verification_that_is_taken_back_revokes_too() {
    let world = World::shared().await;
    for customer in world.both().await {
        let staff = world.staff().await;
        let contract = customer.apply().await;
        let gone = staff.delete(&path(&customer)).await.is(200);
        assert_eq!(gone["revokedContractId"], contract.id);
        assert_eq!(contract.state().await, "revoked");
        staff.get(&path(&customer)).await.refused(404, "not_found");
        staff.delete(&path(&customer)).await.refused(404, "not_found");
        assert_eq!(customer.eligibility().await["reason"], "unverified");
        customer.told(&at(&customer, "2023-01-01T00:00:00Z")).await.refused(409, "stale_revision");
        let told = customer.told(&at(&customer, "2024-05-01T00:00:00Z")).await.is(200);
        assert_eq!(told["version"], 3, "versions go on counting");
        assert_eq!(customer.eligibility().await["eligible"], true);
    }
}
