//! Step 2: the customer confirms exactly what was shown.

use crate::harness::World;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn only_the_draft_that_was_shown_is_confirmed() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let shown = contract.draft().await;
        let mut body = customer.application();
        body["partyA"]["contactName"] = json!("钱联络");
        body["revision"] = json!(1);
        contract.edit(&body).await.is(200);

        let old = json!({ "draftSha256": shown["sha256"] });
        let path = contract.path("/confirm");
        customer.api.refused(Method::POST, &path, Some(&old), 409, "draft_changed").await;
        assert_eq!(contract.state().await, "draft");
        let confirmed = contract.confirm().await.is(200);
        assert_eq!(confirmed["state"], "confirmed");
        assert_eq!(confirmed["allowed"], json!(["edit", "submitSigner", "revoke"]));
        customer.api.refused(Method::POST, &path, Some(&old), 409, "draft_changed").await;
        assert_eq!(contract.confirm().await.is(200), confirmed, "confirming again is the first one's answer");
        assert_eq!(contract.kinds().await, ["applied", "edited", "confirmed"]);
    }
}

#[tokio::test]
async fn a_hash_that_is_none_is_refused_by_its_pointer() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    let path = contract.path("/confirm");
    let api = &contract.customer.api;
    api.post(&path, &json!({})).await.invalid(&[("/draftSha256", "required")]);
    api.post(&path, &json!({ "draftSha256": 7 })).await.invalid(&[("/draftSha256", "wrong_type")]);
    api.post(&path, &json!({ "draftSha256": "abc" })).await.invalid(&[("/draftSha256", "bad_format")]);
    assert_eq!(contract.state().await, "draft");
}
