//! The watch over every visit, seen to work: what it must find is done on purpose.

use super::{Look, visit};
use crate::harness::World;
use serde_json::json;

#[tokio::test]
async fn what_must_not_be_logged_is_found() {
    let world = World::shared().await;
    visit(&world, Look::desktop("en"), async |browser| {
        browser.open("/").await;
        browser.until("#log-in").await;
        browser.script("console.error('on purpose')", vec![]).await;
        let inline = "document.body.append(Object.assign(document.createElement('script'), { textContent: 'alert(1)' }))";
        browser.script(inline, vec![]).await;
        let strange = "return Promise.allSettled([fetch('https://elsewhere.invalid/'), fetch(arguments[0], { mode: 'no-cors' })])";
        let sandbox = browser.world.sandbox().base_url;
        browser.script(strange, vec![json!(format!("{sandbox}/sandbox/flows"))]).await;
        let faults = browser.log().await.faults(&[]);
        let found = |part: &str| faults.iter().filter(|fault| fault.contains(part)).count();
        assert_eq!(found("on purpose"), 1, "{faults:#?}");
        assert!(found("Content Security Policy") >= 3, "the inline script, and two addresses: {faults:#?}");
    })
    .await;
    // Where no policy holds, the host alone tells.
    visit(&world, Look::desktop("en"), async |browser| {
        browser.open("/config.json").await;
        browser.script("return fetch('https://elsewhere.invalid/').catch(() => null)", vec![]).await;
        let faults = browser.log().await.faults(&["Failed to load resource".to_owned()]);
        assert_eq!(faults, ["a request to another host: https://elsewhere.invalid/"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_hard_to_read_or_too_wide_is_found() {
    let world = World::shared().await;
    visit(&world, Look::phone("en"), async |browser| {
        browser.open("/").await;
        browser.until("#log-in").await;
        browser.is_sound().await;
        browser.script("document.querySelector('main p').style.color = '#aaaaaa'", vec![]).await;
        let findings = browser.findings().await.join("\n");
        assert!(findings.contains("light: \"color-contrast\""), "{findings}");
        assert!(!findings.contains("wider than the window"), "{findings}");
        browser.script("document.querySelector('main').style.width = '500px'", vec![]).await;
        let findings = browser.findings().await.join("\n");
        assert!(findings.contains("wider than the window"), "{findings}");
    })
    .await;
}
