//! What customers are told by mail: each thing once, in both languages.

use crate::harness::{Contract, Customer, World};
use serde_json::json;
use std::time::Duration;

/// The customer's mails are these and no others, each naming the contract.
async fn mailed(customer: &Customer, contract: &Contract, expected: &[(&str, &str)]) {
    let mails = customer.world.mails_to(&customer.email).await;
    assert_eq!(mails.len(), expected.len(), "{mails:#?}");
    let mut ids: Vec<_> = mails.iter().map(|mail| mail.message_id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), mails.len(), "each mail has an id of its own");
    for (chinese, english) in expected {
        let mail = mails.iter().find(|mail| mail.subject.contains(chinese));
        let mail = mail.unwrap_or_else(|| panic!("no mail says {chinese}: {mails:#?}"));
        mail.says(chinese, english);
        for part in [&contract.number, &customer.name, crate::harness::BUSINESS] {
            assert!(mail.text.matches(part).count() >= 2, "{part} stands in both languages: {mail:#?}");
        }
        assert!(mail.message_id.to_lowercase().contains(&contract.id.to_lowercase()), "{mail:#?}");
    }
}

#[tokio::test]
async fn every_end_is_mailed_once_however_often_the_provider_calls() {
    let world = World::quick().await;
    world.faults(&json!({ "duplicateCallbacks": 3, "shuffleCallbacks": true })).await;
    let mut ended = Vec::new();
    for (customer, language) in world.both().await.into_iter().zip(crate::harness::LANGUAGES) {
        let customer = customer.reading(language);
        for end in ["revoked", "declined", "expired", "signed"] {
            let mut one = customer.clone();
            one.email = format!("{end}@{}.example", customer.id);
            let contract = one.signing().await;
            match end {
                "revoked" => contract.revoke().await.is(202),
                "declined" => contract.at_provider("decline", &json!({ "reason": "不同意" })).await.is(200),
                "expired" => contract.at_provider("expire", &json!({})).await.is(200),
                _ => contract.at_provider("sign", &json!({})).await.is(200),
            };
            contract.until(end).await;
            ended.push((one, contract, end));
        }
    }
    for (customer, _, _) in &ended {
        world.mails_until(&customer.email, 1).await;
    }
    // Whatever else would come has come by then: the copies of callbacks, and two rounds of the timer.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    for (customer, contract, end) in &ended {
        let words = match *end {
            "revoked" => ("合同已撤销", "Contract revoked"),
            "declined" => ("合同已拒签", "Contract declined"),
            "expired" => ("合同已过期", "Contract expired"),
            _ => ("合同已签署", "Contract signed"),
        };
        mailed(customer, contract, &[words]).await;
    }
}

#[tokio::test]
async fn a_revocation_that_came_too_late_is_told() {
    let world = World::quick().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let away = json!({ "call": "status", "times": 1000, "how": "500" });
        world.faults(&json!({ "dropCallbacks": true, "failNext": away })).await;
        contract.sign().await;
        assert_eq!(contract.revoke().await.is(202)["state"], "revoking", "the provider decides, not the customer");
        world.faults(&json!({})).await;
        contract.until("signed").await;
        world.mails_until(&customer.email, 2).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let words = [("撤销未成功", "Not revoked"), ("合同已签署", "Contract signed")];
        mailed(&customer, &contract, &words).await;
    }
}

#[tokio::test]
async fn a_draft_that_is_revoked_is_mailed_too() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        contract.revoke().await.is(200);
        world.mails_until(&customer.email, 1).await;
        mailed(&customer, &contract, &[("合同已撤销", "Contract revoked")]).await;
    }
}
