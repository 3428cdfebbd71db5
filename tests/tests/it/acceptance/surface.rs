//! Who may call what, and the shapes that all answers share.

use crate::harness::{LANGUAGES, World};
use reqwest::Method;
use serde_json::{Value, json};

/// The gateway's own refusal: a message, and no problem document.
#[track_caller]
fn by_the_gateway(answer: &crate::harness::Answer, status: u16) {
    let body = answer.is(status);
    answer.shows(body["message"].is_string() && body.get("code").is_none(), "the gateway answers with a message");
}

#[tokio::test]
async fn tokens_open_their_own_routes_only() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let contract = acme.apply().await;
    let staff = world.staff().await;
    let customers =
        ["/v1/eligibility".to_owned(), "/v1/contracts".to_owned(), contract.path(""), contract.path("/draft")];
    let staffs = [
        format!("/v1/staff/contracts/{}", contract.id),
        "/v1/staff/enquiries".to_owned(),
        "/v1/staff/paper-contracts".to_owned(),
        format!("/v1/staff/customers/{}/identity", acme.id),
    ];
    for path in &customers {
        by_the_gateway(&world.anybody().get(path).await, 401);
        by_the_gateway(&staff.get(path).await, 403);
        acme.api.get(path).await.is(200);
    }
    for path in &staffs {
        by_the_gateway(&world.anybody().get(path).await, 401);
        by_the_gateway(&acme.api.get(path).await, 403);
        staff.get(path).await.is(200);
    }
    let mut forged = acme.api.clone();
    forged.token.replace_range(forged.token.len() - 6.., "AAAAAA");
    by_the_gateway(&forged.get("/v1/eligibility").await, 401);
    for (method, path) in [(Method::DELETE, "/v1/contracts"), (Method::GET, "/v1/nothing")] {
        by_the_gateway(&acme.api.send(method, path, None).await, 404);
    }
}

#[tokio::test]
async fn refusals_come_in_their_order() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signed().await;
    let stranger = world.person("李大山").await;
    let garbage = json!({ "draftSha256": 7, "x": true });
    let path = contract.path("/confirm");
    // Another customer's contract is unknown, whatever is sent; one's own is looked at field by field before its state counts.
    stranger.api.refused(Method::POST, &path, Some(&garbage), 404, "not_found").await;
    let errors = [("/draftSha256", "wrong_type"), ("/x", "unknown_field")];
    contract.customer.api.post(&path, &garbage).await.invalid(&errors);
    let good = json!({ "draftSha256": "0".repeat(64) });
    contract.customer.api.refused(Method::POST, &path, Some(&good), 409, "contract_signed").await;
    for id in ["nothing", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "%F0%9F%99%82"] {
        stranger.api.get(&format!("/v1/contracts/{id}")).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_contract_has_the_shape_that_was_promised() {
    let world = World::shared().await;
    for (customer, language) in world.both().await.into_iter().zip(LANGUAGES) {
        let contract = customer.reading(language).signed().await;
        let shown = contract.shown().await;
        let mut names: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        let promised = [
            "allowed",
            "billingEmail",
            "createdAt",
            "document",
            "draft",
            "id",
            "invoice",
            "language",
            "needsReview",
            "number",
            "partyA",
            "reviewReason",
            "revision",
            "signedAt",
            "signer",
            "state",
            "subject",
            "updatedAt",
        ];
        assert_eq!(names, promised);
        assert_eq!(shown["language"], language);
        let number = shown["number"].as_str().unwrap();
        let parts: Vec<_> = number.split('-').collect();
        assert_eq!((parts[0], parts[1].len(), parts[2].len(), parts.len()), ("HT", 8, 10, 3), "{number}");
        assert!(parts[2].bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte)), "{number}");
        assert_eq!(shown["id"].as_str().unwrap().len(), 26);
        for time in ["createdAt", "updatedAt", "signedAt"] {
            assert!(shown[time].as_str().unwrap().ends_with('Z'), "{time} in {shown}");
        }
        let texts = [&customer.number, &customer.mobile];
        let mut without = shown.clone();
        without["invoice"] = Value::Null;
        assert!(texts.iter().all(|text| !without.to_string().contains(*text)), "masked: {without}");
    }
}

#[tokio::test]
async fn the_interface_describes_itself() {
    let world = World::shared().await;
    let document = world.anybody().get("/v1/openapi.json").await.is(200);
    assert!(document["openapi"].as_str().unwrap_or_default().starts_with("3.1"), "{document}");
    for (path, method) in [
        ("/v1/eligibility", "get"),
        ("/v1/contracts", "post"),
        ("/v1/contracts", "get"),
        ("/v1/contracts/{id}", "get"),
        ("/v1/contracts/{id}/party-a", "put"),
        ("/v1/contracts/{id}/draft", "get"),
        ("/v1/contracts/{id}/confirm", "post"),
        ("/v1/contracts/{id}/signer", "post"),
        ("/v1/contracts/{id}/signing-session", "post"),
        ("/v1/contracts/{id}/revoke", "post"),
        ("/v1/contracts/{id}/document", "get"),
        ("/v1/contracts/{id}/events", "get"),
        ("/v1/enquiries", "post"),
        ("/v1/esign/callback", "post"),
        ("/v1/staff/customers/{customerId}/identity", "put"),
        ("/v1/staff/customers/{customerId}/identity", "get"),
        ("/v1/staff/customers/{customerId}/identity", "delete"),
        ("/v1/staff/paper-contracts", "post"),
        ("/v1/staff/paper-contracts/{id}", "delete"),
        ("/v1/staff/contracts/search", "post"),
        ("/v1/staff/contracts/{id}", "get"),
        ("/v1/staff/contracts/{id}/revoke", "post"),
        ("/v1/staff/contracts/{id}/review", "post"),
        ("/v1/staff/enquiries", "get"),
        ("/v1/openapi.json", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path} is not described");
    }
    world.anybody().get("/dev/ready").await.is(200);
}
