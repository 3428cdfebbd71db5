//! Lists: a customer's own contracts page by page, and staff's search by each criterion.

use crate::harness::{Contract, Kind, World};
use serde_json::{Value, json};

/// All pages of a list that `page` fetches by cursor, and how long each was.
async fn all_pages(mut page: impl AsyncFnMut(Option<String>) -> Value) -> (Vec<Value>, Vec<usize>) {
    let (mut items, mut lengths, mut cursor) = (Vec::new(), Vec::new(), None);
    loop {
        let shown = page(cursor.take()).await;
        let found = shown["items"].as_array().unwrap_or_else(|| panic!("no items in {shown}")).clone();
        lengths.push(found.len());
        items.extend(found);
        match shown["cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return (items, lengths),
        }
    }
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_customers_contracts_come_20_a_page_newest_first() {
    let world = World::shared().await;
    let person = world.person("李大山").await;
    assert_eq!(person.api.get("/v1/contracts").await.is(200), json!({ "items": [], "cursor": null }));
    let mut made = Vec::new();
    for _ in 0..25 {
        let contract = person.apply().await;
        contract.revoke().await.is(200);
        made.insert(0, contract.id);
    }
    let (items, lengths) = all_pages(async |cursor| {
        let query = cursor.map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
        person.api.get(&format!("/v1/contracts{query}")).await.is(200)
    })
    .await;
    assert_eq!((ids(&items), lengths), (made, vec![20, 5]));
    let one = Contract::of(&person, &items[3]);
    assert_eq!(one.shown().await, items[3], "a list shows contracts as they are shown alone");

    let found = all_pages(async |cursor| {
        let body = json!({ "customerId": person.id, "state": "revoked", "cursor": cursor });
        world.staff().await.post("/v1/staff/contracts/search", &body).await.is(200)
    })
    .await;
    assert_eq!((ids(&found.0), found.1), (ids(&items), vec![20, 5]), "staff see the same");

    for cursor in ["x", "%00", "AAAA"] {
        person.api.get(&format!("/v1/contracts?cursor={cursor}")).await.invalid(&[("/cursor", "bad_format")]);
    }
    let other = world.person("李小山").await;
    assert_eq!(other.api.get("/v1/contracts").await.is(200)["items"], json!([]), "nobody sees another's contracts");
}

#[tokio::test]
async fn staff_search_by_each_criterion() {
    let world = World::shared().await;
    let staff = world.staff().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let revoked = acme.apply().await;
    revoked.revoke().await.is(200);
    let held = acme.signing().await;
    held.at_provider("sign", &json!({ "signerName": "别的科技有限公司" })).await.is(200);
    held.until_held("signer_mismatch").await;
    let sibling = world.sibling(&acme).await;
    let stranger = world.person("李大山").await.apply().await;

    let search = async |body: Value| {
        let (items, _) = all_pages(async |cursor| {
            let mut body = body.clone();
            body["cursor"] = json!(cursor);
            staff.post("/v1/staff/contracts/search", &body).await.is(200)
        })
        .await;
        ids(&items)
    };
    let both = vec![held.id.clone(), revoked.id.clone()];
    assert_eq!(search(json!({ "customerId": acme.id })).await, both);
    assert_eq!(search(json!({ "credentialNumber": acme.number })).await, both);
    assert_eq!(search(json!({ "credentialNumber": acme.number.to_lowercase() })).await, both);
    assert_eq!(search(json!({ "customerId": sibling.id })).await, Vec::<String>::new());
    assert_eq!(search(json!({ "number": revoked.number })).await, vec![revoked.id.clone()]);
    assert_eq!(search(json!({ "number": revoked.number, "state": "draft" })).await, Vec::<String>::new());
    assert_eq!(search(json!({ "customerId": acme.id, "state": "completing" })).await, vec![held.id.clone()]);
    assert_eq!(search(json!({ "customerId": acme.id, "needsReview": false })).await, vec![revoked.id.clone()]);
    assert!(search(json!({ "needsReview": true })).await.contains(&held.id));
    let drafts = search(json!({ "state": "draft" })).await;
    assert!(drafts.contains(&stranger.id) && !drafts.contains(&held.id), "{drafts:?}");
    let everything = search(json!({})).await;
    assert!(both.iter().chain([&stranger.id]).all(|id| everything.contains(id)), "{everything:?}");

    let shown = staff.post("/v1/staff/contracts/search", &json!({ "number": held.number })).await.is(200);
    let item = &shown["items"][0];
    assert_eq!((&item["customerId"], &item["flowId"]), (&json!(acme.id), &json!(held.flow().await)));
    assert!(item.get("events").is_none(), "a list carries no histories: {item}");
    for (body, pointer, code) in [
        (json!({ "state": "lost" }), "/state", "unknown_value"),
        (json!({ "number": "HT-1" }), "/number", "bad_format"),
        (json!({ "credentialNumber": "?" }), "/credentialNumber", "bad_format"),
        (json!({ "needsReview": "yes" }), "/needsReview", "wrong_type"),
        (json!({ "cursor": "x" }), "/cursor", "bad_format"),
        (json!({ "name": "某某" }), "/name", "unknown_field"),
    ] {
        staff.post("/v1/staff/contracts/search", &body).await.invalid(&[(pointer, code)]);
    }
}

#[tokio::test]
async fn staff_read_one_contract_with_history_and_flow() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signing().await;
    let shown = contract.for_staff().await;
    assert_eq!(shown["customerId"], contract.customer.id);
    assert_eq!(shown["state"], "signing");
    let own: Vec<_> = contract.events().await.iter().map(|item| item["hash"].clone()).collect();
    let staffs: Vec<_> = shown["events"].as_array().unwrap().iter().map(|item| item["hash"].clone()).collect();
    assert_eq!(own, staffs, "both see one history");
    assert_eq!(shown["events"][0]["detail"]["by"]["id"], contract.customer.id, "staff see who it was: {shown}");
    let unknown = world.staff().await.get("/v1/staff/contracts/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    unknown.refused(404, "not_found");
    let draft = world.unverified(Kind::Person, "李大山").await;
    draft.verify().await;
    assert_eq!(draft.apply().await.for_staff().await["flowId"], Value::Null);
}
