//! The API is away, slow or broken, or an answer is lost: there is a message and a way to try again, never a blank page, and nothing is done
//! twice.

use super::{Look, named, visit};
use crate::harness::{Customer, World};
use serde_json::json;

/// The API.
const API: &str = "*/v1/*";
/// "The service cannot be reached" and "Try again", in both languages.
const AWAY: [(&str, &str, &str); 2] =
    [("zh-CN", "暂时无法连接服务", "重试"), ("en", "The service cannot be reached", "Try again")];

/// How many contracts a customer has.
async fn contracts(customer: &Customer) -> usize {
    customer.api.get("/v1/contracts").await.is(200)["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn every_page_says_that_the_api_is_away_and_goes_on_when_it_is_back() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let confirmed = world.person("李大山").await.confirmed().await;
    let free = world.person("林小月").await;
    let at = |part: &str| format!("/contracts/{}{part}", contract.id);
    let pages = [
        (&contract.customer, "/".to_owned(), "#resume"),
        (&free, "/apply".to_owned(), "#party-a"),
        (&contract.customer, at(""), "#standing"),
        (&contract.customer, at("/party-a"), "#party-a"),
        (&contract.customer, at("/confirm"), "#confirm:enabled"),
        (&confirmed.customer, format!("/contracts/{}/signer", confirmed.id), "#signer"),
    ];
    for ((language, says, again), phone) in AWAY.into_iter().zip([true, false]) {
        visit(&world, Look { phone, language }, async |browser| {
            browser.expects_outage();
            for (customer, page, there) in &pages {
                browser.cut_off(&[API]).await;
                browser.enter(customer, page).await;
                browser.until_says("main .notice.bad", says).await;
                assert_eq!(browser.count(there).await, 0, "{page}");
                browser.is_sound().await;
                browser.cut_off(&[]).await;
                // The overview loads two things, and each can be tried again.
                while browser.count("main .notice.bad").await > 0 {
                    let before = browser.count("main .notice.bad").await;
                    browser.press(&named(again)).await;
                    browser.until_fewer("main .notice.bad", before).await;
                }
                browser.until(there).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn every_step_that_fails_can_be_sent_again_with_what_was_typed() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.expects_outage();
        browser.enter(&customer, "/apply").await;
        browser.until("#party-a").await;
        browser.fill_all(&customer.application()).await;
        browser.cut_off(&[API]).await;
        browser.press("#next").await;
        browser.until_says("#party-a .notice.bad", "暂时无法连接服务").await;
        for (pointer, value) in browser.filled(&customer.application()).await {
            assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{pointer} is empty");
        }
        browser.cut_off(&[]).await;
        browser.press(&named("重试")).await;

        browser.until("#confirm:enabled").await;
        browser.cut_off(&[API]).await;
        browser.press("#confirm").await;
        browser.until_says("main .notice.bad", "暂时无法连接服务").await;
        browser.cut_off(&[]).await;
        browser.press("#confirm").await;

        browser.until("#signer").await;
        browser.name_signer(&customer).await;
        browser.cut_off(&[API]).await;
        browser.press("#next").await;
        browser.until_says("#signer .notice.bad", "暂时无法连接服务").await;
        browser.cut_off(&[]).await;
        browser.press(&named("重试")).await;
        browser.until_at_provider().await;
    })
    .await;
    assert_eq!(contracts(&customer).await, 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_contract() {
    let world = World::shared().await;
    for customer in world.both().await {
        visit(&world, Look::phone("en"), async |browser| {
            browser.enter(&customer, "/apply").await;
            browser.until("#party-a").await;
            browser.fill_all(&customer.application()).await;
            browser.loses_answer("POST").await;
            browser.press("#next").await;
            browser.until_says("#party-a .notice.bad", "The service cannot be reached").await;
            assert_eq!(contracts(&customer).await, 1, "it is there, and the page does not know");
            browser.press(&named("Try again")).await;
            browser.until("#confirm:enabled").await;

            browser.loses_answer("POST").await;
            browser.press("#confirm").await;
            browser.until("main .notice.bad").await;
            browser.press("#confirm").await;
            browser.until("#signer").await;

            browser.name_signer(&customer).await;
            browser.loses_answer("POST").await;
            browser.press("#next").await;
            browser.until("#signer .notice.bad").await;
            browser.press(&named("Try again")).await;
            browser.until_at_provider().await;
        })
        .await;
        assert_eq!(contracts(&customer).await, 1);
    }
}

#[tokio::test]
async fn a_fault_of_the_service_is_said_and_can_be_tried_again() {
    let world = World::own(countersign::Options { register_customers: false, ..countersign::Options::default() }).await;
    let customer = world.person("李大山").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 50");
        world.aws_refuses("GetItem");
        browser.enter(&customer, "/").await;
        browser.until("#eligibility .notice.bad").await;
        browser.is_sound().await;
        world.aws_is_well();
        browser.press(&named("重试")).await;
        browser.until("#apply").await;
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_and_can_be_tried_again() {
    let world = World::own(countersign::Options { register_customers: false, ..countersign::Options::default() }).await;
    for (customer, look, again) in world
        .both()
        .await
        .into_iter()
        .zip([Look::phone("zh-CN"), Look::desktop("en")])
        .zip(["重试", "Try again"])
        .map(|((customer, look), again)| (customer, look, again))
    {
        let contract = customer.confirmed().await;
        visit(&world, look, async |browser| {
            browser.expects("the server responded with a status of 503");
            browser.enter(&customer, &format!("/contracts/{}/signer", contract.id)).await;
            browser.until("#signer").await;
            browser.name_signer(&customer).await;
            world.faults(&json!({ "failNext": { "call": "create", "times": 1000, "how": "500" } })).await;
            browser.press("#next").await;
            browser.until("#signer .notice.bad").await;
            browser.is_sound().await;
            world.faults(&json!({})).await;
            browser.press(&named(again)).await;
            browser.until_at_provider().await;

            world.faults(&json!({ "failNext": { "call": "link", "times": 1000, "how": "500" } })).await;
            browser.enter(&customer, &format!("/contracts/{}", contract.id)).await;
            browser.press("#open-signing").await;
            browser.until("#standing .notice.bad").await;
            browser.is_sound().await;
            world.faults(&json!({})).await;
            browser.press(&named(again)).await;
            browser.until_at_provider().await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_file_of_the_pages_that_does_not_come_is_said_and_can_be_tried_again() {
    let world = World::shared().await;
    let customer = world.person("林小月").await;
    visit(&world, Look::phone("en"), async |browser| {
        browser.expects_outage();
        browser.expects("Failed to fetch");
        browser.enter(&customer, "/").await;
        browser.until("#apply").await;
        browser.cut_off(&["*/customer/party-a.js*"]).await;
        browser.press("#apply").await;
        browser.until("main .notice.bad").await;
        browser.cut_off(&[]).await;
        browser.press(&named("Try again")).await;
        browser.until("#party-a").await;

        browser.cut_off(&["*/config.json"]).await;
        browser.reload().await;
        browser.until("#app .notice.bad").await;
        browser.cut_off(&[]).await;
        browser.press(&named("Try again")).await;
        browser.until("#party-a").await;
    })
    .await;
}

#[tokio::test]
async fn what_takes_long_shows_that_it_does() {
    let world = World::shared().await;
    let customer = world.person("林小月").await;
    visit(&world, Look::desktop("en"), async |browser| {
        browser.enter(&customer, "/").await;
        browser.until("#apply").await;
        browser.slow_down(7_000).await;
        browser.script("document.querySelector('.brand').click()", vec![]).await;
        browser.until(".skeleton[role='status']").await;
        browser.is_sound().await;
        browser.until_says(".skeleton", "Still waiting for the server.").await;
        browser.slow_down(0).await;
        browser.until("#apply").await;
    })
    .await;
}

#[tokio::test]
async fn a_button_pressed_twice_sends_once() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(&customer, "/apply").await;
        browser.until("#party-a").await;
        browser.fill_all(&customer.application()).await;
        browser.log().await;
        browser.press_twice("#next").await;
        browser.until("#confirm:enabled").await;
        browser.press_twice("#confirm").await;
        browser.until("#signer").await;
        browser.name_signer(&customer).await;
        browser.press_twice("#next").await;
        browser.until_at_provider().await;
        let log = browser.log().await;
        assert_eq!(log.faults(&[]), [""; 0]);
        let sent = log.events("Network.requestWillBeSent").filter(|event| event["request"]["method"] == "POST");
        let sent: Vec<_> = sent.filter_map(|event| event["request"]["url"].as_str()).collect();
        assert_eq!(sent.len(), 3, "{sent:#?}");
    })
    .await;
}
