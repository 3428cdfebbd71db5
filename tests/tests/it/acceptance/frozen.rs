//! From step 3 on the content is frozen, and how to get out of it: Z18, Z25.

use crate::harness::{Contract, World};
use reqwest::Method;
use serde_json::json;

/// Every change of a contract in signing is refused.
async fn nothing_can_be_changed(contract: &Contract) {
    let before = contract.shown().await;
    let customer = &contract.customer;
    let mut edit = customer.application();
    edit["partyA"]["contactName"] = json!("孙联络");
    edit["revision"] = before["revision"].clone();
    let confirm = json!({ "draftSha256": before["draft"]["sha256"] });
    customer.api.refused(Method::PUT, &contract.path("/party-a"), Some(&edit), 409, "wrong_state").await;
    customer.api.refused(Method::POST, &contract.path("/confirm"), Some(&confirm), 409, "wrong_state").await;
    assert_eq!(contract.shown().await, before);
}

#[tokio::test]
async fn z18_the_content_is_frozen_until_it_is_revoked() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        nothing_can_be_changed(&contract).await;

        let revoking = customer.api.post(&contract.path("/revoke"), &json!({ "reason": "地址写错了" })).await.is(202);
        assert_eq!((&revoking["state"], &revoking["allowed"]), (&json!("revoking"), &json!([])));
        let revoked = contract.until("revoked").await;
        assert_eq!(revoked["allowed"], json!([]));
        assert_eq!(contract.flow_shown().await["status"], 3, "revoked at the provider, too");
        let kinds = contract.kinds().await;
        assert_eq!(kinds, ["applied", "confirmed", "flow_created", "revocation_requested", "revoked"]);
        let asked = &contract.events().await[3];
        assert_eq!((&asked["actor"], &asked["detail"]["cause"]), (&json!("customer"), &json!("customer")));
        assert_eq!(asked["detail"]["reason"], "地址写错了");

        let again = customer.apply().await;
        assert_ne!(again.number, contract.number);
        assert_eq!(again.state().await, "draft", "a new application is possible at once");
    }
}

#[tokio::test]
async fn a_link_is_given_only_while_signing() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let path = contract.path("/signing-session");
        customer.api.refused(Method::POST, &path, None, 409, "wrong_state").await;
        contract.confirm().await.is(200);
        customer.api.refused(Method::POST, &path, None, 409, "wrong_state").await;
        contract.submit_signer().await.is(200);
        for _ in 0..3 {
            let link = contract.open_signing().await.is(200);
            assert!(link["url"].is_string() && link["expiresAt"].is_string(), "{link}");
        }
        contract.revoke().await.is(202);
        contract.until("revoked").await;
        customer.api.refused(Method::POST, &path, None, 409, "wrong_state").await;
    }
}

#[tokio::test]
async fn z25_wrong_information_before_signing_is_revoked_and_applied_for_again() {
    let world = World::shared().await;
    for customer in world.both().await {
        for state in ["draft", "confirmed", "signing"] {
            let contract = match state {
                "draft" => customer.apply().await,
                "confirmed" => customer.confirmed().await,
                _ => customer.signing().await,
            };
            assert!(contract.shown().await["allowed"].as_array().unwrap().contains(&json!("revoke")));
            let answer = contract.revoke().await;
            if state == "signing" {
                assert_eq!(answer.is(202)["state"], "revoking", "never an early revoked");
            } else {
                assert_eq!(answer.is(200)["state"], "revoked");
            }
            contract.until("revoked").await;
            let again = contract.revoke().await.is(200);
            assert_eq!(again["state"], "revoked", "a second revocation is the first one's answer");
        }
        assert_eq!(customer.eligibility().await["eligible"], true);
    }
}

#[tokio::test]
async fn z25_wrong_information_after_signing_goes_to_the_business_contact() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signed().await;
        let refused = customer.api.refused(Method::POST, &contract.path("/revoke"), None, 409, "contract_signed").await;
        refused.refused_with_contact(409, "contract_signed");
        let asked = json!({ "topic": "change_signed", "message": "开票地址需要变更" });
        let asked = customer.api.post("/v1/enquiries", &asked).await.is(201);
        assert!(asked["contact"]["phone"].is_string(), "{asked}");
        assert_eq!(contract.state().await, "signed");
    }
}

#[tokio::test]
async fn a_reason_has_at_most_50_characters() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    let path = contract.path("/revoke");
    let api = &contract.customer.api;
    api.post(&path, &json!({ "reason": "字".repeat(51) })).await.invalid(&[("/reason", "too_long")]);
    assert_eq!(contract.state().await, "draft");
    api.post(&path, &json!({ "reason": "字".repeat(50) })).await.is(200);
    assert_eq!(contract.events().await[1]["detail"]["reason"], "字".repeat(50));
}
