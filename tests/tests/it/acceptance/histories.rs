//! The history: every change is one item, and nothing of it is ever changed.

use crate::harness::{Contract, World};
use serde_json::{Value, json};

/// Items count from 1, each with a hash of its own, in the order of time.
#[track_caller]
fn in_order(items: &[Value]) {
    let seqs: Vec<_> = items.iter().map(|item| item["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=items.len() as u64).collect::<Vec<_>>());
    let mut hashes: Vec<_> = items.iter().map(|item| item["hash"].as_str().unwrap()).collect();
    assert!(hashes.iter().all(|hash| hash.len() == 64 && hex::decode(hash).is_ok()), "{hashes:?}");
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), items.len(), "no two items have one hash");
    let times: Vec<_> = items.iter().map(|item| item["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times.iter().all(|time| time.ends_with('Z')), "{times:?}");
}

async fn grown(contract: &Contract, before: &[Value]) -> Vec<Value> {
    let items = contract.events().await;
    in_order(&items);
    assert_eq!(&items[..before.len()], before, "what is recorded does not change");
    items
}

#[tokio::test]
async fn every_change_is_one_item_and_stays() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let mut items = grown(&contract, &[]).await;
        let mut edit = customer.application();
        edit["partyA"]["contactName"] = json!("孙联络");
        edit["revision"] = json!(1);
        contract.edit(&edit).await.is(200);
        items = grown(&contract, &items).await;
        contract.confirm().await.is(200);
        items = grown(&contract, &items).await;
        contract.submit_signer().await.is(200);
        items = grown(&contract, &items).await;
        contract.sign().await;
        let shown = contract.until("signed").await;
        items = grown(&contract, &items).await;
        let kinds: Vec<_> = items.iter().map(|item| item["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["applied", "edited", "confirmed", "flow_created", "completed", "signed"]);
        let actors: Vec<_> = items.iter().map(|item| item["actor"].as_str().unwrap()).collect();
        assert_eq!(actors, ["customer", "customer", "customer", "customer", "provider", "system"]);

        assert_eq!(items[0]["detail"]["number"], contract.number);
        assert_eq!(items[2]["detail"]["draftSha256"], shown["draft"]["sha256"]);
        assert_eq!(items[3]["detail"]["consent"], "2026-01", "the consent is recorded");
        assert_eq!(items[3]["detail"]["identityCheck"]["passed"], true);
        assert!(items[3]["detail"]["identityCheck"]["verifyId"].is_string(), "{}", items[3]);
        assert_eq!(items[4]["detail"]["signWon"], false);
        assert_eq!(items[5]["detail"]["documentSha256"], shown["document"]["sha256"]);
        assert_eq!(items[5]["detail"]["chainChecked"], true);

        let everything = json!(items).to_string();
        let secrets = [&customer.mobile, &customer.number, &customer.transactor_number];
        assert!(secrets.iter().all(|secret| !everything.contains(*secret)), "personal values are masked: {everything}");
        customer.api.get(&contract.path("/events")).await.is(200);
        let stranger = world.person("李小山").await;
        stranger.api.get(&contract.path("/events")).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn only_a_changed_history_has_another_hash() {
    let world = World::shared().await;
    let [acme, person] = world.both().await;
    let (one, other) = (acme.apply().await, person.apply().await);
    assert_ne!(one.events().await[0]["hash"], other.events().await[0]["hash"]);
    assert_eq!(one.events().await, one.events().await);
    // A refusal is no change.
    let before = one.events().await;
    one.submit_signer().await.refused(409, "wrong_state");
    one.customer
        .api
        .post(&one.path("/confirm"), &json!({ "draftSha256": "0".repeat(64) }))
        .await
        .refused(409, "draft_changed");
    assert_eq!(one.events().await, before);
}
