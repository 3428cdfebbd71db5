//! The draft and the signed PDF in the browser: shown, kept, printed, and what is done where they do not come or are not those on record.

use super::{Look, named, visit};
use crate::harness::{World, until};
use serde_json::json;

#[tokio::test]
async fn a_draft_that_does_not_come_cannot_be_confirmed_and_is_asked_for_again() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let store = format!("{}/*", world.stack().aws_url());
    visit(&world, Look::desktop("en"), async |browser| {
        browser.expects_outage();
        browser.cut_off(&[&store, "*/draft/pages/*"]).await;
        browser.enter(&contract.customer, &format!("/contracts/{}/confirm", contract.id)).await;
        browser.until_says("[data-page='1'] .notice.bad", "The service cannot be reached").await;
        browser.until("#checked .notice.bad").await;
        assert_eq!(browser.property("#confirm", "disabled").await, true);
        browser.is_sound().await;
        browser.cut_off(&[]).await;
        browser.press("[data-page='1'] .notice.bad button").await;
        browser.until("[data-page='1'] img").await;
        browser.press("#checked button").await;
        browser.until("#confirm:enabled").await;
        browser.until("[data-page='1'] img").await;
    })
    .await;
}

#[tokio::test]
async fn the_signed_contract_is_kept_and_printed_and_is_the_one_on_record() {
    let world = World::shared().await;
    for (look, again) in [(Look::desktop("zh-CN"), "重试"), (Look::phone("en"), "Try again")] {
        let contract = world.person("李大山").await.reading(look.language).signed().await;
        let pdf = contract.signed_pdf().await;
        let store = format!("{}/*", world.stack().aws_url());
        let kept = format!("{}.pdf", contract.number);
        visit(&world, look, async |browser| {
            browser.expects_outage();
            browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
            browser.until("#document").await;
            browser.cut_off(&[&store]).await;
            browser.press("#download").await;
            browser.until("#document .notice.bad").await;
            browser.cut_off(&[]).await;
            browser.press(&named(again)).await;
            assert!(browser.downloaded(&kept).await == pdf);

            browser.press("#print").await;
            until("a tab with the document", async || {
                let tabs = browser.driver.windows().await.map_err(|error| error.to_string())?;
                let Some(tab) = tabs.get(1) else { return Err(format!("{tabs:?}")) };
                browser.driver.switch_to_window(tab.clone()).await.map_err(|error| error.to_string())?;
                let at = browser.driver.current_url().await.map_err(|error| error.to_string())?.to_string();
                if at.starts_with("blob:") { Ok(()) } else { Err(at) }
            })
            .await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_signed_contract_that_was_changed_on_its_way_is_not_given_out() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signed().await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.until("#document").await;
        browser.changes_documents().await;
        browser.expects("收到的文件与合同记录不一致");
        browser.press("#download").await;
        browser.until_says("#document .notice.bad", "收到的文件与合同记录不一致").await;
        browser.is_sound().await;
        let kept = std::fs::read_dir(&browser.downloads).map_or(0, Iterator::count);
        assert_eq!(kept, 0, "nothing was kept");
    })
    .await;
}

#[tokio::test]
async fn the_history_tells_what_is_on_record() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.signed().await;
    let shown = contract.shown().await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.until("#history [data-kind='signed']").await;
        let kinds =
            "return [...document.querySelectorAll('#history [data-kind]')].map((item) => item.dataset.kind).reverse()";
        assert_eq!(browser.script(kinds, vec![]).await, json!(contract.kinds().await), "all of it, newest first");
        browser.press("#history [data-kind='signed'] summary").await;
        browser.until_says("#history [data-kind='signed']", shown["document"]["sha256"].as_str().unwrap()).await;
        browser.press("#history [data-kind='confirmed'] summary").await;
        browser.until_says("#history [data-kind='confirmed']", shown["draft"]["sha256"].as_str().unwrap()).await;
        browser.is_sound().await;
        let said = browser.text("body").await.unwrap();
        for secret in [&contract.customer.mobile, &contract.customer.transactor_number] {
            assert!(!said.contains(secret.as_str()), "{secret} is not masked: {said}");
        }
    })
    .await;
}
