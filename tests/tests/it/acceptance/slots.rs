//! One contract per legal subject: Z2 to Z5, Z26.

use crate::harness::{LANGUAGES, World};
use reqwest::Method;
use serde_json::{Value, json};

/// What eligibility must say of an account that cannot apply.
#[track_caller]
fn barred(eligibility: &Value, reason: &str, contract: Option<&str>, contact: bool) {
    assert_eq!(eligibility["eligible"], false, "{eligibility}");
    assert_eq!(eligibility["reason"], reason, "{eligibility}");
    assert_eq!(eligibility["contractId"], json!(contract), "{eligibility}");
    assert_eq!(eligibility["contact"]["email"].is_string(), contact, "{eligibility}");
}

#[tokio::test]
async fn z02_accounts_of_one_subject_share_one_contract() {
    let world = World::shared().await;
    for first in world.both().await {
        let second = world.sibling(&first).await;
        assert_eq!(second.eligibility().await["eligible"], true);
        let contract = first.apply().await;
        barred(&first.eligibility().await, "contract_open", Some(&contract.id), false);
        barred(&second.eligibility().await, "contract_open", None, false);

        let body = second.application();
        let refused = second.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_open").await;
        refused.shows(refused.json()["contractId"].is_null(), "another account's contract must not be named");
        second.api.refused(Method::GET, &contract.path(""), None, 404, "not_found").await;

        assert_eq!(contract.revoke().await.is(200)["state"], "revoked");
        let taken = second.signed().await;
        barred(&second.eligibility().await, "contract_signed", Some(&taken.id), true);
        barred(&first.eligibility().await, "contract_signed", None, true);
        first.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_signed").await;
    }
}

#[tokio::test]
async fn z02_a_credential_in_small_letters_is_the_same_subject() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let mut other = world.sibling(&acme).await;
    other.number = other.number.to_lowercase();
    other.verify().await;
    acme.apply().await;
    barred(&other.eligibility().await, "contract_open", None, false);
}

#[tokio::test]
async fn z03_signed_on_paper_cannot_apply() {
    let world = World::shared().await;
    for customer in world.both().await {
        let paper = json!({ "subject": customer.subject(), "reference": format!("P-{}", customer.id), "signedOn": "2024-02-03" });
        let paper = world.staff().await.post("/v1/staff/paper-contracts", &paper).await.is(201);
        assert_eq!(paper["status"], "recorded");
        barred(&customer.eligibility().await, "signed_on_paper", None, true);
        for language in LANGUAGES {
            let answer = customer.reading(language).asks().await;
            answer.refused_with_contact(409, "signed_on_paper");
        }
        let body = customer.application();
        customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "signed_on_paper").await;
        assert_eq!(customer.api.get("/v1/contracts").await.is(200)["items"], json!([]));
    }
}

#[tokio::test]
async fn z04_signed_electronically_cannot_apply_again() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signed().await;
        barred(&customer.eligibility().await, "contract_signed", Some(&contract.id), true);
        for language in LANGUAGES {
            customer.reading(language).asks().await.refused_with_contact(409, "contract_signed");
        }
        let items = customer.api.get("/v1/contracts").await.is(200)["items"].as_array().unwrap().len();
        assert_eq!(items, 1, "no second contract");
    }
}

#[tokio::test]
async fn z05_a_signed_contract_cannot_be_changed_or_voided() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signed().await;
        let before = contract.shown().await;
        assert_eq!(before["allowed"], json!(["download"]));
        let mut edit = customer.application();
        edit["revision"] = before["revision"].clone();
        edit["partyA"]["address"] = json!("浙江省杭州市另一条路 1 号");
        let confirm = json!({ "draftSha256": before["draft"]["sha256"] });
        let signer = customer.signer();
        let calls = [
            (Method::PUT, contract.path("/party-a"), Some(&edit)),
            (Method::POST, contract.path("/confirm"), Some(&confirm)),
            (Method::POST, contract.path("/signer"), Some(&signer)),
            (Method::POST, contract.path("/signing-session"), None),
            (Method::POST, contract.path("/revoke"), None),
        ];
        for (method, path, body) in calls {
            let refused = customer.api.refused(method, &path, body, 409, "contract_signed").await;
            refused.refused_with_contact(409, "contract_signed");
        }
        let path = format!("/v1/staff/contracts/{}/revoke", contract.id);
        let staff = world.staff().await.post(&path, &json!({ "reason": "客户要求作废" })).await;
        staff.refused(409, "contract_signed");
        assert_eq!(contract.shown().await, before, "nothing has changed");
    }
}

#[tokio::test]
async fn z26_an_open_contract_blocks_until_it_ends() {
    let world = World::shared().await;
    for customer in world.both().await {
        let body = customer.application();
        let mut ends = Vec::new();
        for end in ["revoked", "declined", "expired"] {
            let contract = customer.apply().await;
            for step in ["draft", "confirmed", "signing"] {
                match step {
                    "confirmed" => contract.confirm().await.is(200),
                    "signing" => contract.submit_signer().await.is(200),
                    _ => Value::Null,
                };
                barred(&customer.eligibility().await, "contract_open", Some(&contract.id), false);
                let refused =
                    customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_open").await;
                refused
                    .shows(refused.json()["contractId"] == contract.id.as_str(), "the caller's own contract is named");
            }
            match end {
                "revoked" => contract.revoke().await.is(202),
                "declined" => contract.at_provider("decline", &json!({ "reason": "不同意" })).await.is(200),
                _ => contract.at_provider("expire", &json!({})).await.is(200),
            };
            let ended = contract.until(end).await;
            assert_eq!(ended["allowed"], json!([]));
            assert_eq!(customer.eligibility().await["eligible"], true, "{end} frees the subject");
            ends.push((contract, ended));
        }
        customer.apply().await;
        for (contract, ended) in ends {
            assert_eq!(contract.shown().await, ended, "an end never changes");
        }
    }
}

#[tokio::test]
async fn z26_without_verification_there_is_no_contract() {
    let world = World::shared().await;
    let nobody = world.unverified(crate::harness::Kind::Person, "李大山").await;
    let eligibility = nobody.eligibility().await;
    barred(&eligibility, "unverified", None, false);
    assert_eq!(eligibility["subject"], Value::Null);
    let body = nobody.application();
    nobody.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "unverified").await;
    nobody.verify().await;
    let eligibility = nobody.eligibility().await;
    assert_eq!((&eligibility["eligible"], &eligibility["reason"]), (&json!(true), &Value::Null));
    let subject = &eligibility["subject"];
    assert_eq!((&subject["type"], &subject["name"]), (&json!("personal"), &json!("李大山")));
    let masked = subject["credential"].as_str().unwrap();
    assert!(masked.contains("****") && masked != nobody.number && masked.ends_with(&nobody.number[14..]), "{masked}");

    let path = format!("/v1/staff/customers/{}/identity", nobody.id);
    world.staff().await.delete(&path).await.is(200);
    barred(&nobody.eligibility().await, "unverified", None, false);
    nobody.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "unverified").await;
}
