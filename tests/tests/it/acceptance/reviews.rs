//! Contracts that are held for staff to look at, and what staff decide.

use crate::harness::{Contract, World};
use contract::Sha256;
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
        let closed = contract.closed_by_two("签署人与主体不符").await;
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
        contract.reviewed("accept", "看起来没问题").await.refused(409, "document_broken");
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

/// A file that is changed on its way: the provider's own copy is whole, so it sees nothing wrong.
#[tokio::test]
async fn a_broken_document_is_shown_and_never_accepted_and_two_people_close_it() {
    let world = World::quick().await;
    let customer = world.enterprise("某某科技有限公司").await;
    let contract = customer.signing().await;
    world.faults(&json!({ "failNext": { "call": "download", "times": 1000, "how": "tampered" } })).await;
    contract.sign().await;
    held(&contract, "document_mismatch", "completing", json!([])).await;

    let shown = contract.for_staff().await;
    let found = &shown["held"];
    assert_eq!((&found["outcome"], &found["providerVerdict"]), (&json!("broken"), &json!("unmodified")), "{found}");
    let finding = &found["findings"][0];
    assert!(finding["code"].as_str().is_some_and(|code| !code.is_empty()), "{found}");
    assert!(finding["text"].as_str().is_some_and(|text| !text.is_ascii()), "in Chinese: {found}");
    assert_eq!(shown["decisions"], json!(["retry", "close"]));
    let link = held_document(&contract).await;
    let pdf = world.download(&link).await.bytes;
    assert_eq!(Sha256::of(&pdf).to_string(), found["documentSha256"].as_str().unwrap(), "the file is kept");
    let event = contract.events().await.into_iter().rfind(|item| item["kind"] == "held_for_review").unwrap();
    let detail = &event["detail"];
    assert_eq!((&detail["outcome"], &detail["documentSha256"]), (&json!("broken"), &found["documentSha256"]));
    assert_eq!((&detail["findings"][0], &detail["providerVerdict"]), (&finding["code"], &json!("unmodified")));

    contract.reviewed("accept", "看起来没问题").await.refused(409, "document_broken");
    let asked = contract.reviewed("close", "文件被改动").await.is(200);
    assert_eq!(
        (&asked["state"], &asked["needsReview"]),
        (&json!("completing"), &json!(true)),
        "one alone does not close"
    );
    assert_eq!(asked["closeRequestedBy"], "staff-1");
    contract.reviewed("close", "再点一次").await.refused(409, "second_person_required");
    assert_eq!(customer.eligibility().await["reason"], "contract_open", "the slot stays taken");
    let closed = contract.reviewed_by(&world.colleague().await, "close", "已复核").await.is(200);
    assert_eq!((&closed["state"], &closed["held"]), (&json!("closed"), &Value::Null));
    assert_eq!(customer.eligibility().await["eligible"], true);
    let kinds = contract.kinds().await;
    assert!(kinds.ends_with(&["close_requested", "reviewed", "closed"].map(str::to_owned)), "{kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "signed"));
}

/// Party A's seal stands on a page where nobody asked for it.
#[tokio::test]
async fn a_document_that_nobody_can_judge_is_accepted_as_it_is_held() {
    let world = World::quick().await;
    let contract = world.person("李大山").await.signing().await;
    contract.at_provider("sign", &json!({ "page": 1, "x": 40.0, "y": 40.0 })).await.is(200);
    held(&contract, "document_mismatch", "completing", json!([])).await;
    let shown = contract.for_staff().await;
    let found = &shown["held"];
    assert_eq!(
        (&found["outcome"], &found["findings"][0]["code"]),
        (&json!("unjudged"), &json!("seal_place")),
        "{found}"
    );
    assert_eq!(shown["decisions"], json!(["accept", "retry", "close"]));

    // One wants to close it; who accepts withdraws that.
    contract.reviewed("close", "印章位置不对").await.is(200);
    let pdf = world.download(&held_document(&contract).await).await.bytes;
    // From now on the provider hands out another file: what was accepted is what is archived.
    world.faults(&json!({ "failNext": { "call": "download", "times": 1000, "how": "tampered" } })).await;
    let accepted = contract.reviewed_by(&world.colleague().await, "accept", "客户确认").await.is(200);
    assert_eq!(accepted["closeRequestedBy"], Value::Null);
    let signed = contract.until("signed").await;
    assert_eq!(signed["document"], json!({ "sha256": Sha256::of(&pdf).to_string(), "chainChecked": true }));
    assert_eq!(contract.signed_pdf().await, pdf);
    assert_eq!(last_review(&contract).await["detail"]["documentSha256"], signed["document"]["sha256"]);
    let events = contract.events().await;
    let facts = &events.iter().find(|item| item["kind"] == "signed").unwrap()["detail"];
    let signatures = facts["signatures"].as_array().unwrap();
    let parties: Vec<_> = signatures.iter().filter_map(|signature| signature["party"].as_str()).collect();
    assert_eq!((parties, &signatures[1]["page"]), (vec!["party_b", "party_a"], &json!(1)), "{facts}");
    let staff = world.staff().await;
    staff.get(&format!("/v1/staff/contracts/{}/held-document", contract.id)).await.refused(409, "wrong_state");
}

#[tokio::test]
async fn a_verdict_that_the_provider_does_not_give_is_null() {
    let world = World::quick().await;
    let contract = world.person("李大山").await.signing().await;
    let away = json!({ "call": "verify", "times": 1000, "how": "500" });
    let tampered = json!({ "call": "download", "times": 1000, "how": "tampered" });
    world.faults(&json!({ "failNext": [away, tampered] })).await;
    contract.sign().await;
    contract.until_held("document_mismatch").await;
    let found = contract.for_staff().await["held"].clone();
    assert_eq!((&found["outcome"], &found["providerVerdict"]), (&json!("broken"), &Value::Null), "{found}");
}

/// The link to the PDF that is held.
async fn held_document(contract: &Contract) -> Value {
    let path = format!("/v1/staff/contracts/{}/held-document", contract.id);
    assert_eq!(contract.customer.api.get(&path).await.status, 403, "for staff alone");
    contract.customer.world.staff().await.get(&path).await.is(200)
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
