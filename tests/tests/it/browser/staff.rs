//! The staff's pages: looking contracts up, deciding on those that are held, paper contracts, identities and enquiries.

use super::{Browser, Look, visit};
use crate::harness::{Customer, World};
use serde_json::{Value, json};

/// Opens a page as a member of staff.
async fn as_staff(browser: &Browser, path: &str) {
    let token = browser.world.staff().await.token;
    browser.enter_with(&token, path).await;
}

#[tokio::test]
async fn staff_log_in_and_go_through_all_their_pages() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signed().await;
    for (look, titles) in [
        (Look::phone("zh-CN"), ["合同查询", "人工核实", "纸质合同", "客户实名", "客户咨询"]),
        (Look::desktop("en"), ["Search contracts", "Reviews", "Paper contracts", "Identities", "Enquiries"]),
    ] {
        visit(&world, look, async |browser| {
            browser.open("/").await;
            browser.press("#log-in").await;
            browser.press("input[name='staff']").await;
            browser.choose("staff-browser").await;
            browser.until_at("/staff").await;
            let pages = ["/staff", "/staff/reviews", "/staff/papers", "/staff/identities", "/staff/enquiries"];
            for (page, title) in pages.into_iter().zip(titles) {
                browser.press(&format!("nav.second a[href='{page}']")).await;
                browser.until_at(page).await;
                browser.until_says("h1", title).await;
                browser.until_gone(".skeleton").await;
                browser.is_sound().await;
            }
            browser.open(&format!("/staff/contracts/{}", contract.id)).await;
            browser.until_says("h1", &contract.number).await;
            browser.until("#history [data-kind='signed']").await;
            browser.is_sound().await;
            browser.picture(&format!("staff-{}-{}", look.language, if look.phone { "phone" } else { "desktop" })).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_contract_is_found_by_number_and_by_document_and_revoked() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signing().await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        as_staff(browser, "/staff").await;
        browser.until("#results > *").await;
        browser.fill("/credentialNumber", &contract.customer.number).await;
        browser.press("#search").await;
        browser.until_gone("#contracts tbody tr:nth-child(2)").await;
        browser.until(&format!("[data-contract='{}']", contract.id)).await;
        let kept = browser
            .script("return JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href])", vec![])
            .await;
        let kept = kept.as_str().unwrap_or_default();
        assert!(!kept.contains(&contract.customer.number), "a document's number is kept nowhere: {kept}");

        browser.press("#clear").await;
        browser.fill("/number", &contract.number).await;
        browser.press("#search").await;
        browser.until_gone("#contracts tbody tr:nth-child(2)").await;
        browser.press(&format!("[data-contract='{}'] a", contract.id)).await;
        browser.until("#waits").await;
        browser.press("#revoke").await;
        browser.until("dialog[open]").await;
        browser.is_sound().await;
        browser.press("#revoke-now").await;
        browser.until("dialog [aria-invalid='true']").await;
        browser.fill("/reason", "客户来电要求").await;
        browser.press("#revoke-now").await;
        browser.until("#history [data-kind='revoked']").await;
        browser.until_says("#history", "客户来电要求").await;

        browser.back().await;
        browser.until("#search").await;
        assert_eq!(
            browser.property("[name='/number']", "value").await,
            contract.number.as_str(),
            "what was asked stays"
        );
        browser.fill("/number", "HT-20000101-0000000000").await;
        browser.press("#search").await;
        browser.until_says("#results", "没有符合条件的合同。").await;
    })
    .await;
    contract.until("revoked").await;
}

#[tokio::test]
async fn a_contract_that_is_held_is_decided_on() {
    let world = World::shared().await;
    for (look, decision, end) in [(Look::desktop("en"), "accept", "signed"), (Look::phone("zh-CN"), "close", "closed")]
    {
        let contract = world.person("李大山").await.signing().await;
        contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
        contract.until_held("signer_mismatch").await;
        visit(&world, look, async |browser| {
            as_staff(browser, "/staff/reviews").await;
            browser.press(&format!("[data-contract='{}'] a.button", contract.id)).await;
            browser.until("#review [data-reason='signer_mismatch']").await;
            browser.is_sound().await;
            browser.press("#decide").await;
            browser.until("#review [aria-invalid='true']").await;
            browser.is_sound().await;
            browser.press(&format!("[name='/decision'][value='{decision}']")).await;
            browser.fill("/reason", "已电话核实").await;
            browser.press("#decide").await;
            if decision == "close" {
                browser.until("#close-requested").await;
                browser.is_sound().await;
                contract.reviewed_by(&world.colleague().await, "close", "已复核").await.is(200);
                as_staff(browser, &format!("/staff/contracts/{}", contract.id)).await;
            }
            browser.until(&format!("#history [data-kind='{end}']")).await;
            assert_eq!(browser.count("#review").await, 0);
            browser.is_sound().await;
        })
        .await;
        contract.until(end).await;
    }
}

/// What was found, what the provider says, and the file; somebody asks to close it, and cannot confirm that alone.
#[tokio::test]
async fn a_document_that_is_held_is_shown_with_what_was_found() {
    let world = World::shared().await;
    for (look, finding) in [(Look::desktop("en"), "seal"), (Look::phone("zh-CN"), "签章")] {
        let contract = world.person("李大山").await.signing().await;
        contract.at_provider("sign", &json!({ "page": 1, "x": 40.0, "y": 40.0 })).await.is(200);
        contract.until_held("document_mismatch").await;
        visit(&world, look, async |browser| {
            as_staff(browser, &format!("/staff/contracts/{}", contract.id)).await;
            browser.until("#held[data-outcome='unjudged'] [data-finding='seal_place']").await;
            browser.until_says("#held", finding).await;
            browser.expects("the server responded with a status of 409");
            assert_eq!(browser.count("#held-document").await, 1);
            browser.is_sound().await;
            for (asked, shown) in [(false, "#close-requested"), (true, "#review .notice.bad")] {
                assert_eq!(browser.count("#close-requested").await, u64::from(asked));
                browser.press("[name='/decision'][value='close']").await;
                browser.fill("/reason", "印章位置不对").await;
                browser.press("#decide").await;
                browser.until(shown).await;
                browser.is_sound().await;
            }
        })
        .await;
        assert_eq!(contract.state().await, "completing");
    }
}

/// Registers a paper contract in the form.
async fn register(browser: &Browser, customer: &Customer, reference: &str) {
    as_staff(browser, "/staff/papers").await;
    browser.press("#register").await;
    browser.until("#registration:not([hidden])").await;
    let body = json!({ "subject": customer.subject(), "reference": reference, "signedOn": "2024-02-03" });
    browser.fill_all(&body).await;
    browser.is_sound().await;
    browser.press("#registration button[type='submit']").await;
}

#[tokio::test]
async fn a_paper_contract_is_registered_waits_for_a_revocation_and_is_withdrawn() {
    let world = World::shared().await;
    let free = world.person("纸先生").await;
    let signing = world.enterprise("某某科技有限公司").await.signing().await;
    visit(&world, Look::phone("en"), async |browser| {
        let reference = format!("P-{}", free.id);
        register(browser, &free, &reference).await;
        browser.until_says("#said .notice.good", &format!("Paper contract {reference} is on record.")).await;
        assert_eq!(free.eligibility().await["reason"], "signed_on_paper");
        browser.press(&format!("[aria-label='Withdraw {reference}']")).await;
        browser.until("dialog[open]").await;
        browser.is_sound().await;
        browser.press("#withdraw-now").await;
        browser.until_says("#said", "is withdrawn").await;
        assert_eq!(free.eligibility().await["eligible"], true);

        let reference = format!("P-{}", signing.customer.id);
        register(browser, &signing.customer, &reference).await;
        browser.until_says("#said", &reference).await;
        signing.until("revoked").await;
        browser.until_says("#said .notice.good", &format!("Paper contract {reference} is on record.")).await;
        browser.is_sound().await;

        browser.expects("the server responded with a status of 409");
        register(browser, &signing.customer, &format!("{reference}-2")).await;
        browser.until("#registration [data-code='signed_on_paper']").await;
        browser.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_registered_replaced_and_taken_back() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let customer = &contract.customer;
    let other = world.unverified(crate::harness::Kind::Person, "李大山").await;
    let subject = |customer: &Customer| {
        let mut subject: Value = customer.subject();
        subject["verifiedAt"] = json!("2026-02-03T10:00");
        subject
    };
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 404");
        as_staff(browser, "/staff/identities").await;
        browser.fill("/customerId", &other.id).await;
        browser.press("#look").await;
        browser.until_says("#unverified", &other.id).await;
        browser.press("#replace").await;
        browser.fill_all(&subject(&other)).await;
        browser.is_sound().await;
        browser.press("#submit-identity").await;
        browser.until_says("#said", "实名信息已登记。").await;
        browser.until_says("#identity", &other.name).await;
        assert_eq!(other.eligibility().await["eligible"], true);
        let text = browser.text("main").await.unwrap();
        assert!(!text.contains(&other.number), "the number is masked: {text}");

        // The change revokes the account's open contract, and says so before.
        let mut moved = subject(&other);
        moved["name"] = json!("李小山");
        moved["credentialNumber"] = json!(crate::harness::credentials::id_card());
        browser.open(&format!("/staff/identities?account={}", customer.id)).await;
        browser.until_says("#identity", &contract.number).await;
        browser.press("#replace").await;
        browser.fill_all(&moved).await;
        browser.press("#submit-identity").await;
        browser.until_says("dialog", &contract.number).await;
        browser.is_sound().await;
        browser.press("#replace-now").await;
        browser.until(&format!("#said a[href='/staff/contracts/{}']", contract.id)).await;
        assert_eq!(contract.state().await, "revoked");

        browser.press("#take-back").await;
        browser.until("dialog[open]").await;
        browser.press("#take-back-now").await;
        browser.until_says("#unverified", &customer.id).await;
        assert_eq!(customer.eligibility().await["reason"], "unverified");
    })
    .await;
}

#[tokio::test]
async fn an_enquiry_is_shown_as_it_was_written() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    let body = json!({ "topic": "change_signed", "message": "<b>第一行</b>\n第二行" });
    let asked = customer.api.post("/v1/enquiries", &body).await.is(201);
    visit(&world, Look::desktop("en"), async |browser| {
        as_staff(browser, "/staff/enquiries").await;
        let row = format!("[data-enquiry='{}']", asked["id"].as_str().unwrap());
        browser.until_says(&row, "<b>第一行</b>").await;
        browser.until_says(&row, &customer.name).await;
        browser.press(&format!("{row} a")).await;
        browser.until_says("#identity", &customer.name).await;
    })
    .await;
}

#[tokio::test]
async fn a_customer_sees_nothing_on_the_pages_of_staff() {
    let world = World::shared().await;
    let customer = world.person("李大山").await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 403");
        for page in ["/staff", "/staff/reviews", "/staff/papers", "/staff/enquiries"] {
            browser.enter(&customer, page).await;
            browser.until("main .notice.bad").await;
        }
        browser.enter(&customer, &format!("/staff/contracts/{}", contract.id)).await;
        browser.until("main .notice.bad").await;
        let said = browser.text("main").await.unwrap();
        assert!(!said.contains(&contract.number), "{said}");
        browser.is_sound().await;
    })
    .await;
}
