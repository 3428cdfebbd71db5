//! Contracts that are held for staff to look at, and what staff decide.

use crate::harness::{Contract, World};
use reqwest::Method;
use serde_json::{Value, json};

/// What a held contract looks like to everybody while staff have not decided.
async fn held(contract: &Contract, reason: &str, state: &str, allowed: Value) {
    let shown = contract.until_held(reason).await;
    assert_eq!((&shown["state"], &shown["allowed"]), (&json!(state), &allowed));
    let customer = &contract.customer;
    assert_eq!(customer.eligibility().await["reason"], "contract_open");
    contract.document().await.refused(409, "wrong_state");
    let held = contract.events().await.into_iter().rfind(|item| item["kind"] == "held_for_review").unwrap();
    assert_eq!(held["detail"]["reviewReason"], reason);
    let mails = customer.world.staff_mails_until(&contract.number, 1).await;
    mails[0].says("合同待人工核实", "held for review");
}

/// The history's last review.
async fn last_review(contract: &Contract) -> Value {
    contract.events().await.into_iter().rfind(|item| item["kind"] == "reviewed").unwrap_or_default()
}

#[tokio::test]
async fn another_signer_is_held_and_accepted() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
        held(&contract, "signer_mismatch", "completing", json!([])).await;
        let refused = customer.api.refused(Method::POST, &contract.path("/revoke"), None, 409, "wrong_state").await;
        refused.refused_with_contact(409, "wrong_state");
        let edit = contract.submit_signer().await;
        edit.refused_with_contact(409, "wrong_state");

        let reviewed = contract.reviewed("accept", "客户已书面确认").await.is(200);
        assert_eq!((&reviewed["needsReview"], &reviewed["reviewReason"]), (&json!(false), &Value::Null));
        contract.until("signed").await;
        assert!(!contract.signed_pdf().await.is_empty());
        let review = last_review(&contract).await;
        assert_eq!((&review["actor"], &review["detail"]["decision"]), (&json!("staff"), &json!("accept")));
        assert_eq!(review["detail"]["reason"], "客户已书面确认");
        assert_eq!(customer.eligibility().await["reason"], "contract_signed");
    }
}

#[tokio::test]
async fn another_signer_is_held_and_closed() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
        contract.until_held("signer_mismatch").await;
        let by = |events: &Value| {
            let events = events.as_array().cloned().unwrap_or_default();
            let completed = events.into_iter().find(|event| event["kind"] == "completed").unwrap();
            completed["detail"]["signedBy"].clone()
        };
        assert_eq!(by(&contract.for_staff().await["events"]), "陈别人", "staff see who signed");
        assert_eq!(by(&Value::Array(contract.events().await)), Value::Null, "customers do not");
        let closed = contract.reviewed("close", "签署人与主体不符").await.is(200);
        assert_eq!((&closed["state"], &closed["needsReview"]), (&json!("closed"), &json!(false)));
        assert_eq!(contract.shown().await["allowed"], json!([]));
        assert_eq!(customer.eligibility().await["eligible"], true, "the subject is free again");
        let mails = world.mails_until(&customer.email, 1).await;
        mails[0].says("合同已关闭", "Contract closed");
        contract.reviewed("accept", "改变主意").await.refused(409, "wrong_state");
        assert_eq!(customer.signed().await.state().await, "signed");
        assert_eq!(contract.state().await, "closed");
    }
}

#[tokio::test]
async fn another_signer_is_held_again_where_staff_only_retry() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.signing().await;
    contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
    contract.until_held("signer_mismatch").await;
    contract.reviewed("retry", "再核对一次").await.is(200);
    contract.until_held("signer_mismatch").await;
    assert_eq!(contract.kinds().await.iter().filter(|kind| *kind == "held_for_review").count(), 2);
}

#[tokio::test]
async fn a_start_that_is_refused_is_held_and_retried() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        world.faults(&json!({ "failNext": { "call": "start", "times": 1000, "how": "quota" } })).await;
        let away = contract.submit_signer().await;
        away.refused(503, "provider_unavailable");
        away.shows(away.header("retry-after").is_some(), "it says when to try again");
        held(&contract, "start_refused", "signing", json!(["revoke"])).await;
        contract.open_signing().await.refused(409, "wrong_state");
        contract.reviewed("accept", "没有可归档的文件").await.refused(409, "wrong_state");
        assert_eq!(contract.flow_shown().await["started"], false);

        world.faults(&json!({})).await;
        contract.reviewed("retry", "已充值").await.is(200);
        contract.until("signing").await;
        crate::harness::until("the flow to be started", async || {
            let flow = contract.flow_shown().await;
            if flow["started"] == true { Ok(()) } else { Err(flow) }
        })
        .await;
        contract.open_signing().await.is(200);
        contract.sign().await;
        contract.until("signed").await;
        assert_eq!(world.flows_of(&contract.number).await.len(), 1, "the recorded flow is the one that is started");
    }
}

#[tokio::test]
async fn a_document_that_does_not_hold_is_held_and_retried() {
    let world = World::quick().await;
    for (customer, how) in world.both().await.into_iter().zip(["tampered", "appended"]) {
        let contract = customer.signing().await;
        world.faults(&json!({ "failNext": { "call": "download", "times": 1000, "how": how } })).await;
        contract.sign().await;
        held(&contract, "document_mismatch", "completing", json!([])).await;
        contract.reviewed("retry", "再取一次").await.is(200);
        contract.until_held("document_mismatch").await;
        let shown = contract.shown().await;
        assert_eq!((&shown["state"], &shown["document"]), (&json!("completing"), &Value::Null), "nothing is archived");
        world.faults(&json!({})).await;
        contract.reviewed("retry", "平台已修复").await.is(200);
        contract.until("signed").await;
        assert_eq!(last_review(&contract).await["detail"]["reviewReason"], "document_mismatch");
    }
}

#[tokio::test]
async fn a_flow_that_the_provider_does_not_know_is_held() {
    let world = World::quick().await;
    let customer = world.enterprise("某某科技有限公司").await;
    let contract = customer.signing().await;
    world.faults(&json!({ "failNext": { "call": "status", "times": 1000, "how": "unknown" } })).await;
    held(&contract, "flow_unknown", "signing", json!(["revoke"])).await;
    world.faults(&json!({})).await;
    contract.reviewed("retry", "平台已恢复").await.is(200);
    contract.until("signing").await;
    contract.sign().await;
    contract.until("signed").await;
}

#[tokio::test]
async fn only_what_is_held_is_reviewed_and_only_by_staff() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signing().await;
    for decision in ["accept", "retry", "close"] {
        contract.reviewed(decision, "没有挂起").await.refused(409, "wrong_state");
    }
    contract.reviewed("forget", "没有挂起").await.invalid(&[("/decision", "unknown_value")]);
    contract.reviewed("retry", "").await.invalid(&[("/reason", "required")]);
    let path = format!("/v1/staff/contracts/{}/review", contract.id);
    let body = json!({ "decision": "close", "reason": "我自己来" });
    assert_eq!(contract.customer.api.post(&path, &body).await.status, 403);
    assert_eq!(contract.state().await, "signing");
}

#[tokio::test]
async fn staff_revoke_with_a_reason() {
    let world = World::shared().await;
    for customer in world.both().await {
        for state in ["draft", "signing"] {
            let contract = if state == "draft" { customer.apply().await } else { customer.signing().await };
            let path = format!("/v1/staff/contracts/{}/revoke", contract.id);
            let staff = world.staff().await;
            staff.post(&path, &json!({})).await.invalid(&[("/reason", "required")]);
            let answer = staff.post(&path, &json!({ "reason": "客户来电要求" })).await;
            answer.is(if state == "draft" { 200 } else { 202 });
            contract.until("revoked").await;
            let items = contract.events().await;
            let asked = items.iter().find(|item| item["actor"] == "staff").unwrap();
            assert_eq!(
                (&asked["detail"]["cause"], &asked["detail"]["reason"]),
                (&json!("staff"), &json!("客户来电要求"))
            );
            assert!(asked["detail"].get("by").is_none(), "customers do not see who of staff it was: {asked}");
        }
    }
}
