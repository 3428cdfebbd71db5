//! Logging in and out, the session that ends, and addresses that lead nowhere.

use super::{Look, named, visit};
use crate::harness::World;

/// The language, "log in", "log out", and what says that there is no such page.
const WORDS: [(&str, &str, &str, &str); 2] =
    [("zh-CN", "登录", "退出登录", "没有找到这个页面。"), ("en", "Log in", "Log out", "There is no such page.")];

/// An address of no page.
const NOWHERE: &str = "/contracts/01JTESTTESTTESTTESTTESTTES/nowhere";

#[tokio::test]
async fn one_logs_in_and_is_back_where_one_wanted_to_go() {
    let world = World::shared().await;
    for (language, log_in, log_out, missing) in WORDS {
        let customer = world.person("林小月").await;
        visit(&world, Look::desktop(language), async |browser| {
            browser.open(NOWHERE).await;
            browser.until_says("#log-in", log_in).await;
            browser.is_sound().await;
            browser.log_in(&customer.id).await;
            browser.until_at(NOWHERE).await;
            browser.until_says("main", missing).await;
            browser.is_sound().await;

            browser.press(".brand").await;
            browser.until_says("#eligibility", &customer.name).await;
            browser.until_says("#log-out", log_out).await;
            browser.press("#log-out").await;
            browser.until_says("#log-in", log_in).await;
            browser.back().await;
            browser.until("#log-in").await;
            assert!(!browser.text("body").await.unwrap().contains(&customer.name), "somebody is still logged in");
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_of_the_log_in_that_nobody_asked_for_is_not_taken() {
    let world = World::shared().await;
    visit(&world, Look::phone("en"), async |browser| {
        browser.open("/signed-in?code=0123456789abcdef&state=made-up").await;
        browser.until_says(".notice", "The log-in was not completed.").await;
        browser.until_at("/signed-in").await;
        browser.is_sound().await;
        browser.log_in(&world.person("林小月").await.id).await;
        browser.until("#eligibility [href='/apply']").await;
        browser.until_at("/").await;
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_over_says_so_and_goes_on_after_the_log_in() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.open("/").await;
        browser.log_in(&customer.id).await;
        browser.until("#apply").await;
        browser.end_session().await;
        browser.reload().await;
        browser.until_says(".notice.bad", "登录已过期").await;
        browser.is_sound().await;
        browser.press(&named("重新登录")).await;
        browser.choose(&customer.id).await;
        browser.until("#apply").await;
    })
    .await;
}

#[tokio::test]
async fn a_session_that_has_run_out_asks_for_the_log_in_at_the_same_page() {
    let world = World::shared().await;
    let contract = world.person("林小月").await.apply().await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        let page = format!("/contracts/{}", contract.id);
        browser.enter(&contract.customer, &page).await;
        browser.until("#to-confirm").await;
        browser.run_out().await;
        browser.press("#to-confirm").await;
        browser.until("#log-in").await;
        browser.log_in(&contract.customer.id).await;
        browser.until_at(&format!("{page}/confirm")).await;
        browser.until("#confirm:enabled").await;

        // A page that stays open asks with a token that is over.
        browser.expects("the server responded with a status of 401");
        browser.run_out().await;
        browser.press("#confirm").await;
        browser.until_says("main .notice.bad", "登录已过期").await;
        browser.press(&named("重新登录")).await;
        browser.choose(&contract.customer.id).await;
        browser.confirm().await;
    })
    .await;
}
