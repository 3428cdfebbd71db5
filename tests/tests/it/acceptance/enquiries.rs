//! Enquiries: recorded, and carried to staff.

use crate::harness::{Kind, World, until};
use serde_json::{Value, json};

#[tokio::test]
async fn an_enquiry_reaches_staff_once() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let nobody = world.unverified(Kind::Person, "李大山").await;
    for (customer, topic, name) in [
        (&acme, "non_standard_terms", json!(acme.name)),
        (&acme, "change_signed", json!(acme.name)),
        (&nobody, "other", Value::Null),
    ] {
        let body = json!({ "topic": topic, "message": "第一行\r\n第二行" });
        let asked = customer.api.post("/v1/enquiries", &body).await.is(201);
        assert_eq!((&asked["topic"], &asked["message"]), (&json!(topic), &json!("第一行\n第二行")));
        let id = asked["id"].as_str().unwrap();

        let list = world.staff().await.get("/v1/staff/enquiries").await.is(200);
        let item = list["items"].as_array().unwrap().iter().find(|item| item["id"] == id);
        let item = item.unwrap_or_else(|| panic!("the enquiry is not in {list}"));
        assert_eq!((&item["customerId"], &item["topic"]), (&json!(customer.id), &json!(topic)));
        assert_eq!(item.get("subjectName").cloned().unwrap_or_default(), name);

        let mails = world.staff_mails_until(id, 1).await;
        mails[0].says("客户咨询", "Enquiry");
        assert!(mails[0].text.contains("第一行") && mails[0].text.contains(&customer.id), "{mails:#?}");
    }
    assert_eq!(acme.api.get("/v1/staff/enquiries").await.status, 403, "customers see no enquiries");
}

#[tokio::test]
async fn enquiries_come_newest_first_page_by_page() {
    let world = World::quick().await;
    let acme = world.enterprise("某某科技有限公司").await;
    let mut asked = Vec::new();
    for count in 0..23 {
        let body = json!({ "topic": "other", "message": format!("问题 {count}") });
        asked.insert(0, acme.api.post("/v1/enquiries", &body).await.is(201)["id"].clone());
    }
    let staff = world.staff().await;
    let first = staff.get("/v1/staff/enquiries").await.is(200);
    let cursor = first["cursor"].as_str().unwrap();
    let second = staff.get(&format!("/v1/staff/enquiries?cursor={cursor}")).await.is(200);
    let ids: Vec<Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()))
        .collect();
    assert_eq!((ids, &second["cursor"]), (asked, &Value::Null));
    staff.get("/v1/staff/enquiries?cursor=x").await.invalid(&[("/cursor", "bad_format")]);
    let mails = until("23 mails", async || {
        let mails = world.mails_to(crate::harness::BUSINESS).await;
        if mails.len() >= 23 { Ok(mails) } else { Err(mails.len()) }
    })
    .await;
    assert_eq!(mails.len(), 23, "one mail each");
}

#[tokio::test]
async fn what_is_wrong_with_an_enquiry_is_told_by_its_pointer() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    for (body, errors) in [
        (json!({}), vec![("/topic", "required"), ("/message", "required")]),
        (json!({ "topic": "gossip", "message": "x" }), vec![("/topic", "unknown_value")]),
        (json!({ "topic": "other", "message": "字".repeat(2001) }), vec![("/message", "too_long")]),
        (json!({ "topic": "other", "message": "a\u{202E}b" }), vec![("/message", "invisible_character")]),
    ] {
        acme.api.post("/v1/enquiries", &body).await.invalid(&errors);
    }
}
