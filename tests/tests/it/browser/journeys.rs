//! From the log-in to the signed PDF: an enterprise and a person, in each language, on a desktop and on a phone. Party A's seal is dropped at
//! a different place each time, and found there in the PDF.

use super::seal::Spot;
use super::{Browser, Look, visit};
use crate::harness::{Contract, Customer, Kind, VENDOR, World};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// What the pages of one language say at each step.
struct Words {
    apply: &'static str,
    steps: [&'static str; 4],
    signed: &'static str,
}

fn words(language: &str) -> Words {
    if language == "en" {
        Words {
            apply: "Apply for an electronic contract",
            steps: ["Party A's information", "Confirm the content", "Name the signer", "Sign online"],
            signed: "The contract is signed and in force",
        }
    } else {
        Words {
            apply: "申请电子合同",
            steps: ["填写甲方信息", "确认合同内容", "填写签署方信息", "在线签署"],
            signed: "合同已签署并生效",
        }
    }
}

/// Where one is in the four steps.
async fn at_step(browser: &Browser, step: usize) {
    let words = words(browser.look.language);
    browser.until_says("h1", words.steps[step - 1]).await;
    browser.until_says(".stepper [aria-current='step']", words.steps[step - 1]).await;
    assert_eq!(browser.count(".stepper .done").await, step as u64 - 1);
}

/// All of it.
async fn journey(browser: &Browser, customer: &Customer, spot: Option<Spot>, pictures: bool) -> Contract {
    let words = words(browser.look.language);
    let kind = customer.kind.as_str();
    let place = if browser.look.phone { "phone" } else { "desktop" };
    let picture = async |name: &str| {
        if pictures {
            // The seal's page scrolls to the seal by itself.
            let seen = if name == "seal" { "'.stamp'" } else { "'body'" };
            let block = if name == "seal" { "center" } else { "start" };
            let script =
                format!("document.querySelector({seen}).scrollIntoView({{ block: '{block}', behavior: 'instant' }})");
            browser.script(&script, vec![]).await;
            browser.picture(&format!("{name}-{kind}-{}-{place}", browser.look.language)).await;
        }
    };
    browser.open("/").await;
    browser.log_in(&customer.id).await;
    browser.until_says("#apply", words.apply).await;
    browser.is_sound().await;
    picture("overview").await;

    browser.press("#apply").await;
    at_step(browser, 1).await;
    browser.until_says("#party-a .facts", &customer.name).await;
    browser.is_sound().await;
    picture("party-a").await;
    let contract = browser.apply(customer).await;

    at_step(browser, 2).await;
    let draft = contract.draft().await;
    browser.until_says("#checked", draft["sha256"].as_str().unwrap()).await;
    browser.until("[data-page='1'] img").await;
    browser.is_sound().await;
    picture("confirm").await;
    browser.confirm().await;

    at_step(browser, 3).await;
    browser.name_signer(customer).await;
    browser.is_sound().await;
    picture("signer").await;
    browser.press("#next").await;

    browser.until_at_provider().await;
    browser.until("#code").await;
    browser.is_sound().await;
    browser.log_in_there().await;
    browser.is_sound().await;
    match spot {
        // The seals belong on the signature page, which is where the place for it is marked.
        Some(spot) => {
            let page = browser.property("#page", "value").await;
            let page = page.as_str().and_then(|page| page.parse().ok()).expect("the signing page names a page");
            browser.drop_seal(Spot { page, ..spot }).await;
        }
        None => browser.press("#into-area").await,
    }
    picture("seal").await;
    browser.certify().await;

    browser.until_at(&format!("/contracts/{}", contract.id)).await;
    browser.until("#standing[data-state='signed']").await;
    browser.until_says("#standing .notice", words.signed).await;
    browser.until("#history [data-kind='signed']").await;
    browser.is_sound().await;
    picture("signed").await;
    contract
}

/// What the customer has in the end: the signed PDF, signed by both, with the seal where it was dropped.
async fn has_the_signed_pdf(browser: &Browser, contract: &Contract, spot: Option<Spot>) {
    browser.press("#download").await;
    let pdf = browser.downloaded(&format!("{}.pdf", contract.number)).await;
    let shown = contract.shown().await;
    assert_eq!(hex::encode(Sha256::digest(&pdf)), shown["document"]["sha256"].as_str().unwrap());
    browser.until_says("#document .hash", shown["document"]["sha256"].as_str().unwrap()).await;
    let root = browser.world.root_pem().await;
    let said = crate::harness::tools::pdfsig(&pdf, &root);
    assert_eq!(said.matches("Signature Validation: Signature is Valid.").count(), 2, "{said}");
    let verified = super::seal::signatures(contract, &pdf, &root).await;
    let [party_b, party_a] = verified.as_slice() else { panic!("{verified:?}") };
    assert_eq!((party_b.signer.as_str(), party_a.signer.as_str()), (VENDOR, contract.customer.name.as_str()));
    if let Some(spot) = spot {
        Spot { page: party_b.page, ..spot }.is_where(party_a);
    }
    assert_eq!(shown["allowed"], json!(["download"]));
}

async fn all_the_way(kind: Kind, look: Look, spot: Option<Spot>, pictures: bool) {
    let world = World::shared().await;
    let customer = match kind {
        Kind::Enterprise => world.enterprise("杭州云上示例科技有限公司").await,
        Kind::Person => world.person("李大山").await,
    };
    let customer = customer.reading(look.language);
    visit(&world, look, async |browser| {
        let contract = journey(browser, &customer, spot, pictures).await;
        has_the_signed_pdf(browser, &contract, spot).await;
        assert_eq!(contract.shown().await["language"], look.language);
    })
    .await;
}

#[tokio::test]
async fn an_enterprise_signs_in_chinese_on_a_desktop() {
    all_the_way(Kind::Enterprise, Look::desktop("zh-CN"), Some(Spot { page: 0, x: 130.0, y: 250.0 }), true).await;
}

#[tokio::test]
async fn an_enterprise_signs_in_english_on_a_desktop() {
    all_the_way(Kind::Enterprise, Look::desktop("en"), None, true).await;
}

#[tokio::test]
async fn an_enterprise_signs_in_chinese_on_a_phone() {
    all_the_way(Kind::Enterprise, Look::phone("zh-CN"), Some(Spot { page: 0, x: 430.0, y: 130.0 }), true).await;
}

#[tokio::test]
async fn an_enterprise_signs_in_english_on_a_phone() {
    all_the_way(Kind::Enterprise, Look::phone("en"), None, false).await;
}

#[tokio::test]
async fn a_person_signs_in_chinese_on_a_desktop() {
    all_the_way(Kind::Person, Look::desktop("zh-CN"), None, false).await;
}

#[tokio::test]
async fn a_person_signs_in_english_on_a_desktop() {
    all_the_way(Kind::Person, Look::desktop("en"), Some(Spot { page: 0, x: 300.0, y: 220.0 }), true).await;
}

#[tokio::test]
async fn a_person_signs_in_chinese_on_a_phone() {
    all_the_way(Kind::Person, Look::phone("zh-CN"), None, false).await;
}

#[tokio::test]
async fn a_person_signs_in_english_on_a_phone() {
    all_the_way(Kind::Person, Look::phone("en"), Some(Spot { page: 0, x: 200.0, y: 250.0 }), true).await;
}
