//! The dialog that asks the business contact.

use super::{Look, named, visit};
use crate::harness::World;
use thirtyfour::Key;

#[tokio::test]
async fn an_enquiry_is_sent_from_the_dialog_and_reaches_staff() {
    let world = World::shared().await;
    for (look, ask, send, missing, sent) in [
        (Look::phone("zh-CN"), "联系商务", "提交", "请填写此项。", "已提交"),
        (Look::desktop("en"), "Contact us", "Send", "Please fill in this field.", "Sent."),
    ] {
        let customer = world.enterprise("某某科技有限公司").await;
        let message = format!("希望调整付款周期，账号 {}", customer.id);
        visit(&world, look, async |browser| {
            browser.enter(&customer, "/").await;
            browser.until("#apply").await;
            browser.press(&named(ask)).await;
            browser.until("dialog[open]").await;
            browser.is_sound().await;
            browser.press(&named(send)).await;
            browser.until_says("dialog .field-error:not(:empty)", missing).await;
            browser.fill("/topic", "non_standard_terms").await;
            browser.fill("/message", &message).await;
            browser.press(&named(send)).await;
            browser.until_gone("dialog").await;
            browser.until_says("main .notice.good", sent).await;
            browser.is_sound().await;
        })
        .await;
        let mails = world.staff_mails_until(&message, 1).await;
        assert_eq!(mails.len(), 1, "{mails:#?}");
    }
}

#[tokio::test]
async fn an_enquiry_that_fails_stays_in_the_dialog() {
    let world = World::shared().await;
    let customer = world.person("李大山").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(&customer, "/").await;
        browser.until("#apply").await;
        browser.press(&named("联系商务")).await;
        browser.fill("/message", "请来电").await;
        browser.cut_off(&["*/v1/*"]).await;
        browser.press(&named("提交")).await;
        browser.until_says("dialog .notice.bad", "暂时无法连接服务").await;
        assert_eq!(browser.property("[name='/message']", "value").await, "请来电");
        browser.cut_off(&[]).await;
        browser.press(&named("重试")).await;
        browser.until_gone("dialog").await;
        browser.until_says("main .notice.good", "已提交").await;

        browser.press(&named("联系商务")).await;
        browser.until("dialog[open]").await;
        browser.key(Key::Escape).await;
        browser.until_gone("dialog").await;
        assert_eq!(browser.property("h1", "textContent").await, "合同管理");
    })
    .await;
}
