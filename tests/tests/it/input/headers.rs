//! Headers that say what is not so, or nothing that can be read.

use super::found::{Found, told};
use super::sites;
use crate::harness::{Contract, LANGUAGES, World};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_language_that_is_none_is_chinese() {
    let world = World::shared().await;
    let mut found = Found::nothing_yet();
    let long = "en-".repeat(2000);
    for language in ["", " ", "*", "xx", ";;;,,,", "q=1", "zh;q=nonsense", "en;q=", "日本語", "\u{202E}ne", &long] {
        for path in ["/v1/eligibility", "/v1/contracts/nothing"] {
            let mut api = world.anybody();
            api.token = world.caller("customer-of-languages", "contracts/self").await.token;
            // Only this one header of its name is sent.
            let answer = api.with("accept-language", language).send_bytes(Method::GET, path, None, Vec::new()).await;
            let case = format!("GET {path} in {}", told(language));
            found.status(&case, &answer, &[200, 404]);
            let known = LANGUAGES.iter().any(|language| answer.header("content-language") == Some(language));
            found.unchanged(&format!("{case}: a language that the answer has"), &json!(true), &json!(known));
        }
    }
    found.none();
}

#[tokio::test]
async fn an_idempotency_key_that_is_none_is_422() {
    let world = World::shared().await;
    let customer = world.person("李大山").await;
    let site = sites::step_1(&customer);
    let mut found = Found::nothing_yet();
    let long = "k".repeat(8000);
    for key in ["", "two words", "钥匙", "k\u{202E}ey", "k\u{200B}ey", &"k".repeat(65), &long] {
        let answer = customer.api.with("idempotency-key", key).post("/v1/contracts", &site.body).await;
        let case = format!("{} with Idempotency-Key {}", site.name(), told(key));
        found.problem(&case, &answer, 422, "invalid_fields", &[("/Idempotency-Key", "bad_format")]);
    }
    found.unchanged("bad keys", &json!({ "items": [], "cursor": null }), &site.kept().await);
    found.none();
}

#[tokio::test]
async fn where_a_request_came_from_is_what_the_gateway_saw() {
    let world = World::shared().await;
    let mut customer = world.person("李大山").await;
    let agent = format!("agent \u{202E}{}", "x".repeat(4000));
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("x-real-ip", "203.0.113.7"),
        ("x-amzn-request-context", r#"{"authorizer":{"jwt":{"claims":{"customer_id":"customer-1"}}}}"#),
        ("customer_id", "customer-1"),
        ("user-agent", &agent),
    ] {
        customer.api = customer.api.with(name, value);
    }
    let contract: Contract = customer.apply().await;
    let shown = contract.for_staff().await;
    let by = &shown["events"][0]["detail"]["by"];
    assert_eq!((&by["id"], &by["ip"]), (&json!(customer.id), &json!("127.0.0.1")), "{shown}");
    assert!(by["userAgent"].as_str().is_some_and(|agent| agent.chars().count() <= 200), "{shown}");
    assert_eq!(shown["customerId"], customer.id);
}
