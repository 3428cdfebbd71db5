//! Steps 1 to 3, and what they refuse.

use super::{Browser, Look, named, visit};
use crate::harness::{Contract, Customer, World, credentials};
use serde_json::json;

/// A form for step 1 as this customer.
async fn form(browser: &Browser, customer: &Customer) {
    browser.enter(customer, "/apply").await;
    browser.until("#party-a").await;
}

/// The one contract that this customer has.
async fn only_contract(customer: &Customer) -> Contract {
    let list = customer.api.get("/v1/contracts").await.is(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    Contract::of(customer, &list["items"][0])
}

#[tokio::test]
async fn what_is_missing_or_malformed_is_said_beside_its_field() {
    let world = World::shared().await;
    for (look, missing, malformed, summary) in [
        (Look::desktop("zh-CN"), "请填写此项。", "格式不正确", "有 2 处需要修改"),
        (Look::phone("en"), "Please fill in this field.", "Please check the format.", "Please correct 2 fields"),
    ] {
        let customer = world.enterprise("某某科技有限公司").await;
        visit(&world, look, async |browser| {
            form(browser, &customer).await;
            browser.press("#next").await;
            browser.until_says(".field-error:not(:empty)", missing).await;
            assert_eq!(focused_field(browser).await, "/partyA/address", "the first bad field has the focus");
            assert_eq!(
                browser.count("[aria-invalid='true']").await,
                6,
                "title and kind of the invoice are there already"
            );
            browser.is_sound().await;

            let mut body = customer.application();
            body["partyA"]["email"] = json!("nobody");
            browser.fill_all(&body).await;
            browser.press("#next").await;
            browser.until_says("[aria-invalid='true'] ~ .field-error", malformed).await;
            assert_eq!(focused_field(browser).await, "/partyA/email");
            browser.fill("/partyA/email", &customer.email).await;
            assert_eq!(browser.count("[aria-invalid='true']").await, 0, "typing takes the complaint away");

            // What only the API can tell.
            browser.expects("the server responded with a status of 422");
            browser.fill("/invoice/taxNumber", &credentials::mistyped(&customer.number)).await;
            browser.fill("/partyA/phone", "12").await;
            browser.press("#next").await;
            browser.until_says("#party-a .notice.bad", summary).await;
            assert_eq!(browser.count("[aria-invalid='true']").await, 2);
            browser.is_sound().await;
            browser.fill("/invoice/taxNumber", &customer.number).await;
            browser.fill("/partyA/phone", "0571-8800 1234").await;
            browser.fill("/invoice/title", "另一家公司").await;
            browser.press("#next").await;
            browser.until("[name='/invoice/title'][aria-invalid='true']").await;
            browser.fill("/invoice/title", &customer.name).await;
            browser.press("#next").await;
            browser.until("#confirm").await;
        })
        .await;
        only_contract(&customer).await;
    }
}

/// Where in the body the field stands that has the focus.
async fn focused_field(browser: &Browser) -> String {
    let name = browser.script("return document.activeElement.name ?? document.activeElement.outerHTML", vec![]).await;
    name.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_special_invoice_asks_for_four_more_fields() {
    let world = World::shared().await;
    let acme = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        form(browser, &acme).await;
        let shown = "[name='/invoice/bank']";
        assert_eq!(browser.property(shown, "offsetParent").await, json!(null), "not asked for a general one");
        browser.fill("/invoice/type", "special").await;
        assert_ne!(browser.property(shown, "offsetParent").await, json!(null));
        browser.fill("/invoice/bank", "示例银行").await;
        browser.fill("/invoice/type", "general").await;
        let mut body = acme.application();
        body["invoice"] = json!({ "title": acme.name, "taxNumber": acme.number, "type": "general" });
        browser.fill_all(&body).await;
        browser.press("#next").await;
        browser.until("#confirm").await;
    })
    .await;
    let shown = only_contract(&acme).await.shown().await;
    assert_eq!(shown["invoice"]["bank"], json!(null), "{shown}");

    let person = world.person("李大山").await;
    visit(&world, Look::desktop("en"), async |browser| {
        form(browser, &person).await;
        assert_eq!(browser.count("[name^='/invoice']").await, 0, "a person is not asked for one");
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_is_shown_as_it_is_typed() {
    let world = World::shared().await;
    let customer = world.enterprise("超长名称".repeat(24).as_str()).await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        form(browser, &customer).await;
        let mut body = customer.application();
        body["partyA"]["address"] = json!("<img src=x onerror=alert(1)>".repeat(7));
        browser.fill_all(&body).await;
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;
        browser.until_says("main .facts", "<img src=x onerror=alert(1)>").await;
        assert_eq!(browser.count("img[src='x']").await, 0, "it is text");
        browser.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn one_goes_back_from_the_summary_to_the_very_field() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.confirmed().await;
    let customer = &contract.customer;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(customer, &format!("/contracts/{}/confirm", contract.id)).await;
        browser.until_says(".notice.good", "内容已确认").await;
        browser.press("a[href$='field=%2FpartyA%2Fphone']").await;
        browser.until("#party-a").await;
        crate::harness::until("the phone to have the focus", async || {
            let focused = focused_field(browser).await;
            if focused == "/partyA/phone" { Ok(()) } else { Err(focused) }
        })
        .await;
        for (pointer, value) in super::people::leaves("", &customer.application()) {
            assert_eq!(browser.property(&super::field(&pointer), "value").await, json!(value), "{pointer}");
        }
        browser.is_sound().await;
        browser.fill("/partyA/phone", "010-8888 0000").await;
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;
        browser.until_says("main .facts", "010-8888 0000").await;
        assert_eq!(contract.state().await, "draft", "the confirmation fell away");
    })
    .await;
}

#[tokio::test]
async fn the_draft_is_seen_whole_and_is_the_one_on_record() {
    let world = World::shared().await;
    for (look, page_of) in [(Look::desktop("en"), "Page 1 of "), (Look::phone("zh-CN"), "第 1 页，共 ")] {
        let contract = world.enterprise("某某科技有限公司").await.reading(look.language).apply().await;
        let draft = contract.draft().await;
        let pages = draft["pages"].as_u64().unwrap();
        visit(&world, look, async |browser| {
            browser.enter(&contract.customer, &format!("/contracts/{}/confirm", contract.id)).await;
            browser.until_says("#checked", draft["sha256"].as_str().unwrap()).await;
            browser.until_says("#page-of", &format!("{page_of}{pages}")).await;
            browser.until("[data-page='1'] img").await;
            browser
                .picture(&format!("confirm-{}-{}", look.language, if look.phone { "phone" } else { "desktop" }))
                .await;
            browser.is_sound().await;
            assert_eq!(browser.count("[data-page]").await, pages);

            let before = browser.property("[data-page='1'] img", "width").await;
            browser.press("#zoom-in").await;
            crate::harness::until("the page to be larger", async || {
                let now = browser.property("[data-page='1'] img", "width").await;
                if now.as_u64() > before.as_u64() { Ok(()) } else { Err(now) }
            })
            .await;
            browser.script("document.querySelector('[data-page]:last-child').scrollIntoView()", vec![]).await;
            browser.until(&format!("[data-page='{pages}'] img")).await;
            browser.until_says("#page-of", &pages.to_string()).await;

            browser.press("#download").await;
            let kept = browser.downloaded(&format!("{}.pdf", contract.number)).await;
            assert!(kept == contract.draft_pdf().await, "what is kept is the draft");
        })
        .await;
    }
}

#[tokio::test]
async fn a_draft_that_is_not_the_one_on_record_cannot_be_confirmed() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.until("#to-confirm").await;
        browser.changes_documents().await;
        browser.press("#to-confirm").await;
        browser.until_says("#checked .notice.bad", "请勿确认").await;
        assert_eq!(browser.property("#confirm", "disabled").await, true);
        browser.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_mobile_number_that_does_not_match_is_explained_and_nothing_is_started() {
    let world = World::shared().await;
    for (look, says, cause) in [
        (Look::phone("zh-CN"), "手机号码与身份信息不匹配，未发起签署。", "登记在他人名下"),
        (Look::desktop("en"), "does not match the identity. Nothing was started.", "registered to somebody else"),
    ] {
        for customer in world.both().await {
            let contract = customer.confirmed().await;
            visit(&world, look, async |browser| {
                browser.enter(&customer, &format!("/contracts/{}/signer", contract.id)).await;
                browser.until("#signer").await;
                browser.name_signer(&customer).await;
                browser.fill("/mobile", &credentials::foreign_mobile()).await;
                browser.is_sound().await;
                browser.expects("the server responded with a status of 422");
                browser.press("#next").await;
                browser.until_says("#signer .notice.bad", says).await;
                browser.until_says("#signer .notice.bad", cause).await;
                assert_eq!(focused_field(browser).await, "/mobile");
                browser.is_sound().await;
                assert_eq!(contract.state().await, "confirmed");

                browser.fill("/mobile", &customer.mobile).await;
                browser.press("#next").await;
                browser.until_at_provider().await;
            })
            .await;
            assert_eq!(contract.state().await, "signing");
        }
    }
}

#[tokio::test]
async fn too_many_checks_are_refused_for_a_while() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.confirmed().await;
    let customer = &contract.customer;
    for _ in 0..10 {
        let body = json!({ "mobile": credentials::foreign_mobile() });
        customer.api.post(&contract.path("/signer"), &body).await.refused(422, "identity_mismatch");
    }
    visit(&world, Look::phone("en"), async |browser| {
        browser.enter(customer, &format!("/contracts/{}/signer", contract.id)).await;
        browser.until("#signer").await;
        browser.name_signer(customer).await;
        browser.expects("the server responded with a status of 429");
        browser.press("#next").await;
        browser.until("#signer .notice.bad").await;
        browser.is_sound().await;
        let said = browser.text("#signer .notice.bad").await.unwrap();
        assert!(said.contains("hour") || said.contains("later"), "{said}");
        assert_eq!(contract.state().await, "confirmed");
    })
    .await;
}

#[tokio::test]
async fn nobody_names_a_signer_without_agreeing() {
    let world = World::shared().await;
    for (look, says) in [(Look::desktop("zh-CN"), "请先勾选同意。"), (Look::phone("en"), "Please agree first.")]
    {
        let contract = world.enterprise("某某科技有限公司").await.confirmed().await;
        let customer = &contract.customer;
        visit(&world, look, async |browser| {
            browser.enter(customer, &format!("/contracts/{}/signer", contract.id)).await;
            browser.until("#signer").await;
            browser.fill_all(&customer.signer()).await;
            browser.press("#next").await;
            browser.until_says("#signer", says).await;
            browser.is_sound().await;
            browser.fill("/idNumber", &credentials::mistyped(&customer.transactor_number)).await;
            browser.press("#consent").await;
            browser.expects("the server responded with a status of 422");
            browser.press("#next").await;
            browser.until("[name='/idNumber'][aria-invalid='true']").await;
            assert_eq!(contract.state().await, "confirmed");
        })
        .await;
    }
}

#[tokio::test]
async fn a_step_whose_time_has_not_come_or_is_over_leads_to_the_right_one() {
    let world = World::shared().await;
    let draft = world.enterprise("某某科技有限公司").await.apply().await;
    let signing = world.person("李大山").await.signing().await;
    visit(&world, Look::desktop("en"), async |browser| {
        browser.enter(&draft.customer, &format!("/contracts/{}/signer", draft.id)).await;
        browser.press(&named("Confirm it")).await;
        browser.until_at(&format!("/contracts/{}/confirm", draft.id)).await;
        for step in ["party-a", "confirm", "signer"] {
            browser.enter(&signing.customer, &format!("/contracts/{}/{step}", signing.id)).await;
            browser.press(&named("View the contract")).await;
            browser.until_at(&format!("/contracts/{}", signing.id)).await;
            browser.until("#standing[data-state='signing']").await;
        }
        browser.open(&format!("/contracts/{}/signing", signing.id)).await;
        browser.until("#open-signing").await;
    })
    .await;
}
