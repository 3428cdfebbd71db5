//! What the first page costs: bytes, requests, and the time until it can be used. Written to `target/pictures/figures.txt`, for the README.

use super::visit::kept;
use super::{Browser, Look, visit};
use crate::harness::World;
use serde_json::{Value, json};

/// The first page must stay small; somebody with a slow line waits for every byte.
const MOST_BYTES: f64 = 60_000.0;
const MOST_REQUESTS: usize = 20;

/// Notes, in every page that is loaded from now on, when something is first there.
async fn watch_for(browser: &Browser, css: &str) {
    let script = format!(
        "new MutationObserver((_, watch) => {{ \
             if (!document.querySelector('{css}')) return; \
             watch.disconnect(); \
             performance.mark('usable'); \
         }}).observe(document, {{ childList: true, subtree: true }})"
    );
    browser.tool("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
}

/// Bytes on the line, requests, and milliseconds until the page can be used, of the page that was loaded since the log was read last.
async fn measured(browser: &Browser, css: &str) -> (f64, usize, f64) {
    browser.until(css).await;
    let log = browser.log().await;
    assert_eq!(log.faults(&[]), [""; 0]);
    let own = |event: &&Value| event["request"]["url"].as_str().is_some_and(|url| url.starts_with("http"));
    let own: Vec<&Value> =
        log.events("Network.requestWillBeSent").filter(own).map(|event| &event["requestId"]).collect();
    let finished = log.events("Network.loadingFinished").filter(|event| own.contains(&&event["requestId"]));
    let bytes = finished.filter_map(|event| event["encodedDataLength"].as_f64()).sum();
    let usable = "return performance.getEntriesByName('usable')[0]?.startTime ?? null";
    let usable = browser.script(usable, vec![]).await.as_f64().expect("the moment was noted");
    (bytes, own.len(), usable)
}

#[tokio::test]
async fn the_first_page_is_small_and_soon_usable() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        let mut lines = Vec::new();
        let mut told = |what: &str, (bytes, requests, usable): (f64, usize, f64)| {
            lines.push(format!("{what}: {bytes:.0} bytes, {requests} requests, usable after {usable:.0} ms"));
            assert!(bytes > 1000.0 && bytes < MOST_BYTES && requests < MOST_REQUESTS, "{lines:?}");
        };
        watch_for(browser, "#log-in, #apply").await;
        browser.open("/").await;
        told("The first page, nothing cached", measured(browser, "#log-in").await);
        browser.enter(&customer, "/").await;
        browser.until("#apply").await;
        browser.log().await;
        browser.tool("Network.clearBrowserCache", json!({})).await;
        browser.open("/").await;
        told("The overview, nothing cached", measured(browser, "#apply").await);
        browser.open("/").await;
        let again = measured(browser, "#apply").await;
        told("The overview, files cached", again);
        std::fs::write(kept("figures.txt"), lines.join("\n") + "\n").expect("figures can be kept");
    })
    .await;
}
