//! Who signs what: Z1, Z6 to Z8, Z24.

use crate::harness::tools::{run, squeezed, words};
use crate::harness::{BUSINESS, Kind, LANGUAGES, VENDOR, World, tools};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn z01_the_contract_is_about_cloud_services_and_can_be_downloaded_and_printed() {
    let world = World::shared().await;
    for (customer, language) in world.both().await.into_iter().zip(LANGUAGES) {
        let contract = customer.reading(language).signed().await;
        let download = world.download(&contract.document().await.is(200)).await;
        download.is(200);
        assert_eq!(download.header("content-type"), Some("application/pdf"));
        let disposition = download.header("content-disposition").unwrap_or_default();
        assert!(disposition.contains(&format!("{}.pdf", contract.number)), "{disposition}");
        let text = words(&download.bytes);
        for part in [VENDOR, customer.name.as_str(), "甲方", "乙方", "云服务"] {
            assert!(text.contains(&squeezed(part)), "the contract does not name {part}:\n{text}");
        }
        let folder = tools::Folder::new();
        let file = folder.keep("signed.pdf", &download.bytes);
        let facts = run("pdfinfo", &[&file.display().to_string()]).succeeds();
        let encrypted = facts.lines().find(|line| line.starts_with("Encrypted:")).unwrap_or_default();
        assert!(encrypted.ends_with("no"), "printing must not be restricted:\n{facts}");
        assert!(facts.contains("595") && facts.contains("A4"), "it prints on A4:\n{facts}");
    }
}

#[tokio::test]
async fn z06_only_the_standard_agreement_can_be_signed() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    for field in ["terms", "template", "clauses"] {
        let mut body = acme.application();
        body[field] = json!("赔偿上限为合同金额的三倍");
        acme.api.post("/v1/contracts", &body).await.invalid(&[(&format!("/{field}"), "unknown_field")]);
    }
    let wish = json!({ "topic": "non_standard_terms", "message": "希望赔偿上限为合同金额的三倍。\n请联系我们。" });
    for (customer, language) in [(acme, "zh-CN"), (world.person("李大山").await, "en")] {
        let asked = customer.reading(language).api.post("/v1/enquiries", &wish).await.is(201);
        assert_eq!((&asked["topic"], &asked["message"]), (&wish["topic"], &wish["message"]));
        assert_eq!(asked["contact"]["email"], BUSINESS);
        let mails = world.staff_mails_until(asked["id"].as_str().unwrap(), 1).await;
        mails[0].says("非标准条款", "Enquiry");
        assert!(mails[0].text.contains("三倍") && mails[0].text.contains(&customer.name), "{mails:#?}");
    }
}

#[tokio::test]
async fn z07_the_signing_type_follows_the_real_name_type() {
    let world = World::shared().await;
    for customer in world.both().await {
        for field in ["type", "signingType", "subject"] {
            let mut body = customer.application();
            body[field] = json!("personal");
            customer.api.post("/v1/contracts", &body).await.invalid(&[(&format!("/{field}"), "unknown_field")]);
        }
        assert_eq!(customer.eligibility().await["subject"]["type"], customer.kind.as_str());
        let contract = customer.signing().await;
        assert_eq!(contract.shown().await["subject"]["type"], customer.kind.as_str());
        let flow = contract.flow_shown().await;
        let [vendor, party_a] = flow["signers"].as_array().unwrap().as_slice() else { panic!("two signers: {flow}") };
        assert_eq!((&vendor["kind"], &vendor["automatic"]), (&json!("enterprise"), &json!(true)));
        assert_eq!((&party_a["kind"], &party_a["automatic"]), (&json!(customer.kind.as_str()), &json!(false)));
    }
}

#[tokio::test]
async fn z08_the_signing_subject_is_the_verified_subject() {
    let world = World::shared().await;
    let mut acme = world.enterprise("某某科技有限公司").await;
    let mut body = acme.application();
    body["invoice"]["title"] = json!("另一家科技有限公司");
    acme.api.post("/v1/contracts", &body).await.invalid(&[("/invoice/title", "not_subject_name")]);

    let first = acme.signing().await;
    assert_eq!(first.shown().await["subject"]["name"], "某某科技有限公司");
    assert_eq!(first.flow_shown().await["signers"][1]["name"], "某某科技有限公司");
    assert!(words(&first.draft_pdf().await).contains(&acme.number), "the draft names the verified subject's code");
    first.revoke().await.is(202);
    first.until("revoked").await;

    // To sign as B, the verification is changed to B first.
    acme.name = "另一家科技有限公司".to_owned();
    acme.number = world.unverified(Kind::Enterprise, "").await.number;
    acme.asks().await.invalid(&[("/invoice/title", "not_subject_name")]);
    acme.verify().await;
    let second = acme.signing().await;
    assert_eq!(second.shown().await["subject"]["name"], "另一家科技有限公司");
    assert_eq!(second.flow_shown().await["signers"][1]["name"], "另一家科技有限公司");
}

#[tokio::test]
async fn z24_after_a_change_of_subject_the_new_one_may_sign_and_the_old_contract_stays() {
    let world = World::shared().await;
    let customer = world.enterprise("甲公司有限公司").await;
    let old = customer.signed().await;
    let before = old.shown().await;

    let mut moved = world.unverified(Kind::Person, "李大山").await;
    moved.id.clone_from(&customer.id);
    moved.api = customer.api.clone();
    let told = moved.verify().await;
    assert!(told["revokedContractId"].is_null(), "{told}");
    assert_eq!(moved.eligibility().await["eligible"], true);
    let new = moved.signed().await;
    assert_eq!(new.shown().await["subject"]["type"], "personal");

    assert_eq!(old.shown().await, before, "the old subject's contract stays");
    assert!(!old.signed_pdf().await.is_empty());
    let list = customer.api.get("/v1/contracts").await.is(200);
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, [json!(new.id), json!(old.id)]);

    // Back to A: signed is signed.
    customer.told(&{ customer.identity() }).await.is(200);
    let body = customer.application();
    customer.api.refused(Method::POST, "/v1/contracts", Some(&body), 409, "contract_signed").await;
}
