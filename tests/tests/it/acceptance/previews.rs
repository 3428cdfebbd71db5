//! Step 2, seen: the pages of the draft as pictures.

use crate::harness::{Answer, Contract, World};
use serde_json::{Value, json};

/// Width and height of a picture, as PNG's first chunk tells them.
fn size(picture: &Answer) -> (u32, u32) {
    picture.is(200);
    assert_eq!(picture.header("content-type"), Some("image/png"), "{}", picture.asked);
    assert!(picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{}", picture.asked);
    let number = |at: usize| u32::from_be_bytes(picture.bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

async fn page(contract: &Contract, page: &str) -> Answer {
    contract.customer.api.get(&contract.path(&format!("/draft/pages/{page}"))).await
}

/// What an answer says about keeping it.
fn kept(answer: &Answer) -> &str {
    answer.header("cache-control").unwrap_or_default()
}

#[tokio::test]
async fn every_page_is_drawn_from_the_draft_itself() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        let (pdf, pages) = (contract.draft_pdf().await, contract.shown().await["draft"]["pages"].as_u64().unwrap());
        for number in 1..=u32::try_from(pages).unwrap() {
            let picture = page(&contract, &format!("{number}?width=300")).await;
            assert_eq!(size(&picture), (300, 424), "A4");
            assert!(picture.bytes == preview::page(&pdf, number, 300).unwrap(), "page {number} is another picture");
        }
        assert_eq!(size(&page(&contract, "1").await).0, 1000);
        assert_eq!(
            (size(&page(&contract, "1?width=200").await).0, size(&page(&contract, "1?width=2000").await).0),
            (200, 2000)
        );
    }
}

#[tokio::test]
async fn a_draft_can_be_seen_in_every_state_it_exists_in() {
    let world = World::shared().await;
    let customer = world.person("罗看图").await;
    let contract = customer.confirmed().await;
    for state in ["confirmed", "signing", "signed"] {
        match state {
            "signing" => drop(contract.submit_signer().await.is(200)),
            "signed" => contract.sign().await,
            _ => {}
        }
        contract.until(state).await;
        size(&page(&contract, "1?width=200").await);
    }
    let revoked = world.person("罗撤销").await.apply().await;
    revoked.revoke().await.is(200);
    size(&page(&revoked, "1?width=200").await);
}

#[tokio::test]
async fn a_picture_is_kept_only_where_its_address_names_the_draft() {
    let world = World::shared().await;
    let customer = world.person("罗缓存").await;
    let contract = customer.apply().await;
    let first = contract.draft().await["sha256"].as_str().unwrap().to_owned();
    let named = format!("1?width=200&sha256={first}");
    assert_eq!(kept(&page(&contract, "1?width=200").await), "no-store");
    let picture = page(&contract, &named).await;
    size(&picture);
    assert_eq!(kept(&picture), "private, max-age=3600, immutable");
    assert!(picture.header("vary").is_some_and(|vary| vary.contains("authorization")), "{:?}", picture.headers);

    let mut body = customer.application();
    body["partyA"]["contactName"] = json!("钱联络");
    body["revision"] = json!(1);
    contract.edit(&body).await.is(200);
    let stale = page(&contract, &named).await;
    stale.refused(409, "draft_changed");
    assert_eq!(kept(&stale), "no-store");
    size(&page(&contract, "1?width=200").await);
}

#[tokio::test]
async fn what_is_not_there_or_not_ones_own_is_not_found() {
    let world = World::shared().await;
    let contract = world.person("罗甲").await.apply().await;
    let pages = contract.shown().await["draft"]["pages"].as_u64().unwrap();
    for number in ["0", "-1", "01", "+1", "1.0", "x", "99999999999", &(pages + 1).to_string()] {
        page(&contract, &format!("{number}?width=1")).await.refused(404, "not_found");
    }
    let other = Contract { customer: world.person("罗乙").await, ..contract.clone() };
    page(&other, "1").await.refused(404, "not_found");
    let malformed = Contract { id: "nothing".to_owned(), ..contract.clone() };
    page(&malformed, "1").await.refused(404, "not_found");
    let mut stranger = contract.clone();
    stranger.customer.api.token = String::new();
    page(&stranger, "1").await.is(401);
    stranger.customer.api.token = world.staff().await.token;
    page(&stranger, "1").await.is(403);
}

#[tokio::test]
async fn a_width_or_a_hash_that_is_none_is_refused_by_its_name() {
    let world = World::shared().await;
    let contract = world.person("罗宽").await.apply().await;
    for width in ["199", "2001", "-300", "300px", "", "1e3", "99999999", "0300"] {
        page(&contract, &format!("1?width={width}")).await.invalid(&[("/width", "bad_format")]);
    }
    let both = page(&contract, "1?width=x&sha256=abc").await;
    both.invalid(&[("/width", "bad_format"), ("/sha256", "bad_format")]);
    assert_ne!(both.json()["detail"], Value::Null);
}
