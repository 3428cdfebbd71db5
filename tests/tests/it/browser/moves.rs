//! Reload and the back button at each step, the session that ends in the middle, and two tabs at once.

use super::{Browser, Look, named, visit};
use crate::harness::{Contract, Customer, World, credentials};
use serde_json::json;

#[tokio::test]
async fn reload_and_back_lead_nowhere_wrong_at_any_step() {
    let world = World::shared().await;
    for (customer, look) in world.both().await.into_iter().zip([Look::desktop("zh-CN"), Look::phone("en")]) {
        visit(&world, look, async |browser| {
            browser.open("/").await;
            browser.log_in(&customer.id).await;
            browser.press("#apply").await;
            browser.until("#party-a").await;

            // Step 1: what was typed survives both.
            let body = customer.application();
            browser.fill_all(&body).await;
            let typed = browser.filled(&body).await;
            browser.reload().await;
            browser.until("#party-a").await;
            assert_eq!(browser.filled(&body).await, typed);
            browser.back().await;
            browser.until("#apply").await;
            browser.forward().await;
            browser.until("#party-a").await;
            assert_eq!(browser.filled(&body).await, typed);
            browser.press("#next").await;
            browser.until("#confirm:enabled").await;
            let id = browser.at().await.split('/').nth(2).unwrap_or_default().to_owned();
            let at = |part: &str| format!("/contracts/{id}{part}");

            // Step 2: the form behind it makes no second contract.
            browser.reload().await;
            browser.until("#confirm:enabled").await;
            browser.back().await;
            browser.until("[data-reason='contract_open']").await;
            browser.until(&format!("a[href='{}']", at(""))).await;
            browser.forward().await;
            browser.confirm().await;

            // Step 3: back is the confirmed content.
            browser.until_at(&at("/signer")).await;
            browser.reload().await;
            browser.until("#signer").await;
            browser.back().await;
            browser.until(&format!("a[href='{}']", at("/signer"))).await;
            assert_eq!(browser.count("#confirm").await, 0, "it is confirmed already");
            browser.reload().await;
            browser.until(&format!("a[href='{}']", at("/signer"))).await;
            browser.forward().await;
            browser.until("#signer").await;
            browser.name_signer(&customer).await;
            browser.press("#next").await;
            browser.until_at_provider().await;

            // Step 4: back is the contract, which leads to the provider again.
            browser.reload().await;
            browser.until_at_provider().await;
            browser.back().await;
            browser.until_at(&at("")).await;
            browser.until("#standing[data-state='signing']").await;
            browser.reload().await;
            browser.press("#open-signing").await;
            browser.until_at_provider().await;
            browser.log_in_there().await;
            browser.reload().await;
            browser.until("#sign").await;
            browser.press("#into-area").await;
            browser.certify().await;
            browser.until_at(&at("")).await;
            browser.until("#standing[data-state='signed']").await;
            browser.reload().await;
            browser.until("#standing[data-state='signed']").await;
            browser.open("/apply").await;
            browser.until("[data-reason='contract_signed']").await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_session_that_ends_at_a_step_loses_nothing() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        browser.enter(&customer, "/apply").await;
        browser.until("#party-a").await;
        let body = customer.application();
        browser.fill_all(&body).await;
        let typed = browser.filled(&body).await;
        browser.end_session().await;
        browser.press("#next").await;
        browser.until_says("#party-a .notice.bad", "登录已过期").await;
        browser.is_sound().await;
        browser.press(&named("重新登录")).await;
        browser.choose(&customer.id).await;
        browser.until_at("/apply").await;
        browser.until("#party-a").await;
        assert_eq!(browser.filled(&body).await, typed);
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;

        browser.end_session().await;
        browser.press("#confirm").await;
        browser.until_says("main .notice.bad", "登录已过期").await;
        browser.press(&named("重新登录")).await;
        browser.choose(&customer.id).await;
        browser.confirm().await;

        browser.name_signer(&customer).await;
        browser.end_session().await;
        browser.press("#next").await;
        browser.until_says("#signer .notice.bad", "登录已过期").await;
        browser.press(&named("重新登录")).await;
        browser.choose(&customer.id).await;
        browser.until("#signer").await;
        let address = browser.at().await;
        assert!(address.ends_with("/signer"), "{address}");
        browser.name_signer(&customer).await;
        browser.press("#next").await;
        browser.until_at_provider().await;
    })
    .await;
}

/// Two tabs of one browser, each with a page open as this customer.
async fn two_tabs(browser: &Browser, customer: &Customer, pages: [&str; 2]) {
    browser.enter(customer, pages[0]).await;
    browser.new_tab().await;
    browser.enter(customer, pages[1]).await;
}

#[tokio::test]
async fn two_tabs_that_apply_make_one_contract() {
    let world = World::shared().await;
    let customer = world.person("李大山").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 409");
        two_tabs(browser, &customer, ["/apply", "/apply"]).await;
        for tab in [0, 1] {
            browser.tab(tab).await;
            browser.until("#party-a").await;
            browser.fill_all(&customer.application()).await;
        }
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;
        browser.tab(0).await;
        browser.press("#next").await;
        browser.until("#standing[data-state='draft']").await;
        let list = customer.api.get("/v1/contracts").await.is(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    })
    .await;
}

#[tokio::test]
async fn content_that_changes_in_another_tab_is_not_confirmed_unread() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let at = |part: &str| format!("/contracts/{}{part}", contract.id);
    visit(&world, Look::desktop("en"), async |browser| {
        browser.expects("the server responded with a status of 409");
        two_tabs(browser, &contract.customer, [&at("/confirm"), &at("/party-a")]).await;
        browser.tab(0).await;
        browser.until("#confirm:enabled").await;
        browser.tab(1).await;
        browser.fill("/partyA/phone", "010-8888 0000").await;
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;

        browser.tab(0).await;
        browser.press("#confirm").await;
        browser.until_says("main .notice.warn", "The content has changed.").await;
        assert_eq!(contract.state().await, "draft");
        browser.until_says("main .facts", "010-8888 0000").await;
        browser.is_sound().await;
        browser.confirm().await;
    })
    .await;
}

#[tokio::test]
async fn information_that_changes_in_another_tab_is_not_overwritten_unseen() {
    let world = World::shared().await;
    let contract = world.person("林小月").await.apply().await;
    let page = format!("/contracts/{}/party-a", contract.id);
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 409");
        two_tabs(browser, &contract.customer, [&page, &page]).await;
        browser.tab(0).await;
        browser.until("#party-a").await;
        browser.fill("/partyA/contactName", "钱旧").await;
        browser.tab(1).await;
        browser.fill("/partyA/contactName", "孙新").await;
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;

        browser.tab(0).await;
        browser.press("#next").await;
        browser.until_says("#party-a .notice.warn", "信息已在别处被更新").await;
        assert_eq!(browser.property("[name='/partyA/contactName']", "value").await, "孙新");
        browser.is_sound().await;
        browser.fill("/partyA/contactName", "钱旧").await;
        browser.press("#next").await;
        browser.until("#confirm:enabled").await;
        assert_eq!(contract.shown().await["partyA"]["contactName"], "钱旧");
    })
    .await;
}

#[tokio::test]
async fn a_contract_that_moves_on_in_another_tab_is_followed() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.confirmed().await;
    let customer = &contract.customer;
    let at = |part: &str| format!("/contracts/{}{part}", contract.id);
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 409");
        // Both name the same signer: one flow, and both are at the provider.
        two_tabs(browser, customer, [&at("/signer"), &at("/signer")]).await;
        for tab in [0, 1] {
            browser.tab(tab).await;
            browser.until("#signer").await;
            browser.name_signer(customer).await;
        }
        for tab in [1, 0] {
            browser.tab(tab).await;
            browser.press("#next").await;
            browser.until_at_provider().await;
        }
        assert_eq!(world.flows_of(&contract.number).await.len(), 1);

        // One revokes, and the other sees it.
        browser.open(&at("")).await;
        browser.until("#standing[data-state='signing']").await;
        browser.tab(1).await;
        browser.open(&at("")).await;
        browser.press("#revoke").await;
        browser.press("#revoke-now").await;
        browser.until("#standing[data-state='revoked']").await;
        browser.tab(0).await;
        browser.until("#standing[data-state='revoked']").await;
        browser.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_of_a_contract_that_ended_in_another_tab_leads_to_its_end() {
    let world = World::shared().await;
    let contracts = [world.person("李大山").await.confirmed().await, world.person("林小月").await.confirmed().await];
    visit(&world, Look::desktop("en"), async |browser| {
        browser.expects("the server responded with a status of 409");
        let open = async |contract: &Contract| {
            browser.enter(&contract.customer, &format!("/contracts/{}/signer", contract.id)).await;
            browser.until("#signer").await;
            browser.name_signer(&contract.customer).await;
        };
        open(&contracts[0]).await;
        contracts[0].revoke().await.is(200);
        browser.press("#next").await;
        browser.until("#standing[data-state='revoked']").await;

        // Somebody else was named meanwhile.
        open(&contracts[1]).await;
        let other = json!({ "mobile": credentials::mobile() });
        contracts[1].customer.api.post(&contracts[1].path("/signer"), &other).await.is(200);
        browser.press("#next").await;
        browser.until("#standing[data-state='signing']").await;
    })
    .await;
}
