//! Step 3's fields and the identity check: Z14 to Z16.

use crate::harness::{Answer, Contract, LANGUAGES, World, credentials};
use reqwest::Method;
use serde_json::{Value, json};

/// Step 3 with some fields changed; null takes one out.
async fn with(contract: &Contract, changes: &[(&str, Value)]) -> Answer {
    let mut body = contract.customer.signer();
    for (name, value) in changes {
        match value {
            Value::Null => body.as_object_mut().unwrap().remove(*name),
            value => body.as_object_mut().unwrap().insert((*name).to_owned(), value.clone()),
        };
    }
    contract.customer.api.post(&contract.path("/signer"), &body).await
}

#[tokio::test]
async fn z14_an_enterprise_names_its_signer() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let contract = acme.confirmed().await;
    for (field, pointer) in [("name", "/name"), ("idNumber", "/idNumber"), ("mobile", "/mobile")] {
        with(&contract, &[(field, Value::Null)]).await.invalid(&[(pointer, "required")]);
    }
    let wrong = credentials::mistyped(&acme.transactor_number);
    with(&contract, &[("idNumber", json!(wrong))]).await.invalid(&[("/idNumber", "bad_checksum")]);
    with(&contract, &[("mobile", json!("12345678901"))]).await.invalid(&[("/mobile", "bad_format")]);
    for kind in ["uscc", "driving_licence"] {
        let refused = with(&contract, &[("idType", json!(kind))]).await.refused(422, "invalid_fields");
        assert_eq!(refused["errors"][0]["pointer"], "/idType", "{refused}");
    }
    assert_eq!(contract.state().await, "confirmed");

    // 身份证 is what is meant where no kind of document is named.
    let answer = with(&contract, &[("idType", Value::Null)]).await.is(200);
    let signer = &answer["contract"]["signer"];
    assert_eq!((&signer["name"], &signer["idType"]), (&json!(acme.transactor), &json!("id_card")));
    let (number, mobile) = (signer["idNumber"].as_str().unwrap(), signer["mobile"].as_str().unwrap());
    assert!(number.contains("**********") && number.starts_with(&acme.transactor_number[..4]), "{number}");
    assert_eq!(mobile, format!("{}****{}", &acme.mobile[..3], &acme.mobile[7..]));
    let everything = format!("{}{}", contract.for_staff().await, json!(contract.events().await));
    assert!(!everything.contains(&acme.transactor_number) && !everything.contains(&acme.mobile), "{everything}");
}

#[tokio::test]
async fn z14_other_documents_are_taken() {
    let world = World::shared().await;
    for (kind, number) in [("passport", "E12345678"), ("hk_macao_permit", "H12345678"), ("taiwan_permit", "12345678")] {
        let contract = world.enterprise("某某科技有限公司").await.confirmed().await;
        let answer = with(&contract, &[("idType", json!(kind)), ("idNumber", json!(number))]).await.is(200);
        assert_eq!(answer["contract"]["signer"]["idType"], kind);
        let created = contract.events().await.into_iter().find(|item| item["kind"] == "flow_created").unwrap();
        assert_eq!(created["detail"]["identityCheck"], Value::Null, "checked on the provider's page, not before");
    }
}

#[tokio::test]
async fn z15_a_person_gives_the_mobile_number_only() {
    let world = World::shared().await;
    for language in LANGUAGES {
        let person = world.person("李大山").await.reading(language);
        let contract = person.confirmed().await;
        for (field, value) in [("name", "王小明"), ("idType", "id_card"), ("idNumber", &credentials::id_card())] {
            let pointer = format!("/{field}");
            with(&contract, &[(field, json!(value))]).await.invalid(&[(&pointer, "unknown_field")]);
        }
        with(&contract, &[("mobile", Value::Null)]).await.invalid(&[("/mobile", "required")]);
        let answer = with(&contract, &[]).await.is(200);
        let signer = &answer["contract"]["signer"];
        assert_eq!(signer["name"], "李大山", "the name comes from the verified identity");
        assert_eq!(signer["idNumber"], answer["contract"]["subject"]["credential"]);
        assert_eq!(contract.flow_shown().await["signers"][1]["name"], "李大山");
    }
}

#[tokio::test]
async fn z16_a_mobile_number_that_does_not_match_starts_nothing() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let before = contract.shown().await;
        let mut body = customer.signer();
        body["mobile"] = json!(credentials::foreign_mobile());
        let path = contract.path("/signer");
        customer.api.refused(Method::POST, &path, Some(&body), 422, "identity_mismatch").await;

        let after = contract.shown().await;
        assert_eq!((&after["state"], &after["signer"]), (&json!("confirmed"), &Value::Null));
        assert_eq!(after["draft"], before["draft"]);
        assert_eq!(world.flows_of(&contract.number).await, Vec::<Value>::new(), "nothing is started");
        let checks = contract.events().await.split_off(2);
        assert_eq!(checks.len(), 2, "each refusal is in the history: {checks:?}");
        for check in checks {
            assert_eq!((&check["kind"], &check["detail"]["passed"]), (&json!("identity_checked"), &json!(false)));
            assert!(check["detail"]["verifyId"].is_string(), "{check}");
        }

        // The right number goes on.
        contract.submit_signer().await.is(200);
        let created = contract.events().await.pop().unwrap();
        assert_eq!(created["detail"]["identityCheck"]["passed"], true, "{created}");
    }
}

#[tokio::test]
async fn z16_without_a_check_before_it_the_provider_refuses_the_flow() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let contract = acme.confirmed().await;
    let changes = [
        ("idType", json!("passport")),
        ("idNumber", json!("E7654321")),
        ("mobile", json!(credentials::foreign_mobile())),
    ];
    with(&contract, &changes).await.refused(422, "identity_mismatch");
    assert_eq!(contract.state().await, "confirmed");
    assert_eq!(world.flows_of(&contract.number).await, Vec::<Value>::new());
}
