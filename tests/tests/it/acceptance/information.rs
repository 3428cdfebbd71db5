//! Step 1 and the draft: Z9 to Z13.

use crate::harness::tools::{squeezed, words};
use crate::harness::{Answer, Contract, Customer, LANGUAGES, World, credentials};
use contract::Sha256;
use reqwest::Method;
use serde_json::{Value, json};

/// Applies with something taken out of the body, or something else in its place.
async fn with(customer: &Customer, pointer: &str, value: Option<Value>) -> Answer {
    let mut body = customer.application();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let object = body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
    customer.api.post("/v1/contracts", &body).await
}

#[tokio::test]
async fn z09_party_a_gives_address_contact_phone_and_email() {
    let world = World::shared().await;
    for customer in world.both().await {
        for field in ["address", "contactName", "phone", "email"] {
            let pointer = format!("/partyA/{field}");
            for missing in [None, Some(Value::Null), Some(json!("")), Some(json!("  "))] {
                with(&customer, &pointer, missing).await.invalid(&[(&pointer, "required")]);
            }
        }
        with(&customer, "/partyA/phone", Some(json!("call me"))).await.invalid(&[("/partyA/phone", "bad_format")]);
        with(&customer, "/partyA/email", Some(json!("nobody"))).await.invalid(&[("/partyA/email", "bad_format")]);
        with(&customer, "/partyA", None).await.invalid(&[("/partyA", "required")]);
        let unprintable = with(&customer, "/partyA/address", Some(json!("杭州🙂路"))).await;
        unprintable.invalid(&[("/partyA/address", "unprintable_character")]);
        unprintable.shows(unprintable.text().contains("U+1F642"), "the character that cannot be printed is named");

        let contract = customer.apply().await;
        assert_eq!(contract.shown().await["partyA"], customer.application()["partyA"]);
        let text = words(&contract.draft_pdf().await);
        for (field, value) in customer.application()["partyA"].as_object().unwrap() {
            assert!(text.contains(&squeezed(value.as_str().unwrap())), "the draft does not show {field}:\n{text}");
        }
    }
}

#[tokio::test]
async fn z10_the_billing_email_is_required() {
    let world = World::shared().await;
    for customer in world.both().await {
        with(&customer, "/billingEmail", None).await.invalid(&[("/billingEmail", "required")]);
        with(&customer, "/billingEmail", Some(json!("a@b"))).await.invalid(&[("/billingEmail", "bad_format")]);
        let contract = customer.apply().await;
        let billing = customer.application()["billingEmail"].clone();
        assert_eq!(contract.shown().await["billingEmail"], billing);
        let text = words(&contract.draft_pdf().await);
        assert!(text.contains(billing.as_str().unwrap()), "the draft does not show the billing e-mail:\n{text}");
    }
}

#[tokio::test]
async fn z11_an_enterprise_gives_invoice_information() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    for missing in [None, Some(Value::Null)] {
        with(&acme, "/invoice", missing).await.invalid(&[("/invoice", "required")]);
    }
    for field in ["title", "taxNumber", "type", "registeredAddress", "registeredPhone", "bank", "bankAccount"] {
        let pointer = format!("/invoice/{field}");
        with(&acme, &pointer, None).await.invalid(&[(&pointer, "required")]);
    }
    let wrong = json!(credentials::mistyped(&acme.number));
    with(&acme, "/invoice/taxNumber", Some(wrong)).await.invalid(&[("/invoice/taxNumber", "bad_checksum")]);
    with(&acme, "/invoice/type", Some(json!("none"))).await.invalid(&[("/invoice/type", "unknown_value")]);

    let general = json!({ "title": acme.name, "taxNumber": acme.number, "type": "general" });
    let contract = with(&acme, "/invoice", Some(general)).await.is(201);
    assert_eq!(contract["invoice"]["type"], "general");
    assert_eq!(contract["invoice"]["bank"], Value::Null, "only a special invoice asks for the bank");
    let contract = Contract::of(&acme, &contract);
    contract.revoke().await.is(200);
    let contract = acme.apply().await;
    assert_eq!(contract.shown().await["invoice"], acme.invoice());
    let text = words(&contract.draft_pdf().await);
    for (field, value) in acme.invoice().as_object().unwrap() {
        let shown = field == "type" || text.contains(&squeezed(value.as_str().unwrap()));
        assert!(shown, "the draft does not show {field}:\n{text}");
    }
}

#[tokio::test]
async fn z11_a_person_is_not_asked_for_invoice_information() {
    let world = World::shared().await;
    let person = world.person("李大山").await;
    let invoice = json!({ "title": "李大山", "taxNumber": "91350100M000100Y43", "type": "general" });
    with(&person, "/invoice", Some(invoice)).await.invalid(&[("/invoice", "not_allowed")]);
    let contract = with(&person, "/invoice", Some(Value::Null)).await.is(201);
    assert_eq!(contract["invoice"], Value::Null, "null is the same as absent");
    Contract::of(&person, &contract).revoke().await.is(200);
    assert_eq!(person.apply().await.shown().await["invoice"], Value::Null);
}

#[tokio::test]
async fn z12_the_draft_is_rendered() {
    let world = World::shared().await;
    for customer in world.both().await {
        for language in LANGUAGES {
            let contract = customer.reading(language).apply().await;
            let shown = contract.shown().await;
            assert_eq!((&shown["state"], &shown["language"]), (&json!("draft"), &json!(language)));
            assert_eq!(shown["allowed"], json!(["edit", "confirm", "revoke"]));
            let draft = contract.draft().await;
            assert_eq!((&draft["sha256"], &draft["pages"]), (&shown["draft"]["sha256"], &shown["draft"]["pages"]));
            assert!(draft["expiresAt"].as_str().unwrap() > shown["createdAt"].as_str().unwrap(), "{draft}");
            let pdf = contract.draft_pdf().await;
            assert_eq!(draft["sha256"], Sha256::of(&pdf).to_string());
            let pages = draft["pages"].as_u64().unwrap();
            assert!((6..=30).contains(&pages), "{pages} pages");
            let text = words(&pdf);
            assert!(text.contains(&contract.number) && text.contains("甲方") && text.contains("乙方"));
            assert_eq!(text.contains("referenceonly") || text.contains("forreference"), language == "en", "{text}");
            contract.revoke().await.is(200);
        }
    }
}

#[tokio::test]
async fn z13_from_the_preview_one_can_go_back_and_change_the_information() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        for from in ["draft", "confirmed"] {
            if from == "confirmed" {
                contract.confirm().await.is(200);
            }
            let before = contract.shown().await;
            assert_eq!(before["state"], from);
            assert!(before["allowed"].as_array().unwrap().contains(&json!("edit")), "{before}");
            let mut body = customer.application();
            let street = format!("浙江省宁波市{from}路 8 号");
            body["partyA"]["address"] = json!(street);
            body["revision"] = before["revision"].clone();
            let after = contract.edit(&body).await.is(200);
            assert_eq!((&after["state"], &after["partyA"]), (&json!("draft"), &body["partyA"]));
            assert_eq!(after["revision"].as_u64(), before["revision"].as_u64().map(|revision| revision + 1));
            assert_ne!(after["draft"]["sha256"], before["draft"]["sha256"]);
            assert_eq!((&after["number"], &after["language"]), (&before["number"], &before["language"]));
            let text = words(&contract.draft_pdf().await);
            assert!(text.contains(&squeezed(&street)) && !text.contains("江南大道"), "the new draft:\n{text}");
        }
        let unconfirmed = customer.signer();
        let path = contract.path("/signer");
        customer.api.refused(Method::POST, &path, Some(&unconfirmed), 409, "wrong_state").await;
    }
}
