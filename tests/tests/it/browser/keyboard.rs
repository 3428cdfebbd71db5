//! The whole journey without a mouse: Tab, Enter, Space, arrows and letters only. What has the focus can be seen to have it.

use super::seal::{Spot, signatures};
use super::{Browser, Look, visit};
use crate::harness::{Contract, Customer, World, until};
use serde_json::json;
use thirtyfour::Key;

impl Browser {
    /// Presses Tab until this has the focus.
    async fn tab_to(&self, css: &str) {
        let mut seen = Vec::new();
        for _ in 0..80 {
            if self.script("return document.activeElement.matches(arguments[0])", vec![json!(css)]).await == true {
                self.focus_is_seen().await;
                return;
            }
            let focused = "const one = document.activeElement; return one.id || one.name || one.innerText.slice(0, 40)";
            seen.push(self.script(focused, vec![]).await);
            self.key(Key::Tab).await;
        }
        panic!("Tab does not lead to {css}; it went over {seen:?}");
    }

    /// Whether the focus is marked by an outline.
    async fn focus_is_seen(&self) {
        let script = "const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); \
                      return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0";
        until("the focus to be seen", async || {
            if self.script(script, vec![]).await == true {
                return Ok(());
            }
            Err(self.script("return document.activeElement.outerHTML", vec![]).await)
        })
        .await;
    }

    /// Goes to a field and types; what was there is replaced.
    async fn type_into(&self, css: &str, text: &str) {
        self.tab_to(css).await;
        self.script("document.activeElement.select?.()", vec![]).await;
        self.types(text).await;
    }

    /// Goes to something and presses Enter.
    async fn enter_on(&self, css: &str) {
        self.tab_to(css).await;
        self.key(Key::Enter).await;
    }
}

async fn steps(browser: &Browser, customer: &Customer) -> Contract {
    browser.open("/").await;
    browser.until("#log-in").await;
    browser.enter_on("#log-in").await;
    browser.until("input[name='as'][required]").await;
    browser.type_into("input[name='as'][required]", &customer.id).await;
    browser.key(Key::Enter).await;
    browser.until("#apply").await;
    browser.enter_on("#apply").await;

    browser.until("#party-a").await;
    until("the heading to have the focus", async || {
        let focused = browser.script("return document.activeElement.tagName", vec![]).await;
        if focused == "H1" { Ok(()) } else { Err(focused) }
    })
    .await;
    let body = customer.application();
    for part in ["address", "contactName", "phone", "email"] {
        let value = body["partyA"][part].as_str().unwrap();
        browser.type_into(&super::field(&format!("/partyA/{part}")), value).await;
    }
    browser.type_into("[name='/billingEmail']", body["billingEmail"].as_str().unwrap()).await;
    browser.type_into("[name='/invoice/taxNumber']", &customer.number).await;
    browser.key(Key::Enter).await;

    browser.until("#confirm:enabled").await;
    let id = browser.at().await.split('/').nth(2).unwrap_or_default().to_owned();
    let contract = Contract::of(customer, &customer.api.get(&format!("/v1/contracts/{id}")).await.is(200));
    // The pages are read with the arrows, too.
    browser.tab_to(".sheets").await;
    browser.key(Key::End).await;
    let pages = contract.shown().await["draft"]["pages"].to_string();
    browser.until(&format!("[data-page='{pages}'] img")).await;
    browser.enter_on("#confirm").await;

    browser.until("#signer").await;
    browser.type_into("[name='/name']", &customer.transactor).await;
    browser.type_into("[name='/idNumber']", &customer.transactor_number).await;
    browser.type_into("[name='/mobile']", &customer.mobile).await;
    browser.tab_to("#consent").await;
    browser.key(Key::Space).await;
    browser.enter_on("#next").await;
    browser.until_at_provider().await;
    contract
}

/// At the provider; tells where the seal was put.
async fn signing(browser: &Browser) -> Spot {
    browser.until("#code").await;
    browser.type_into("#code", "123456").await;
    browser.key(Key::Enter).await;
    browser.until("#sign, form[action*='/realname']").await;
    if browser.count("#sign").await == 0 {
        browser.enter_on("form[action*='/realname'] button").await;
        browser.until("#sign").await;
    }
    browser.enter_on("#seal").await;
    // To the page before and back: the seals belong on the signature page.
    browser.key(Key::PageUp).await;
    browser.key(Key::PageDown).await;
    for _ in 0..3 {
        browser.key(Key::Up).await;
        browser.key(Key::Left).await;
    }
    browser.key(Key::Enter).await;
    let [page, x, y] = ["#page", "#x", "#y"].map(async |css: &str| {
        let value = browser.property(css, "value").await;
        value.as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or_else(|| panic!("{css} is {value}"))
    });
    let (page, x, y) = (page.await, x.await, y.await);
    assert_eq!(browser.count(".over .stamp").await, 1);
    browser.enter_on("#certify").await;
    browser.until("dialog[open]").await;
    browser.tab_to("dialog [name='certified']").await;
    browser.key(Key::Space).await;
    browser.type_into("dialog #code", "123456").await;
    browser.key(Key::Enter).await;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page's number is small")]
    let page = page as u32;
    Spot { page, x, y }
}

#[tokio::test]
async fn an_enterprise_signs_with_keys_only() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        let contract = steps(browser, &customer).await;
        let spot = signing(browser).await;
        browser.until_at(&format!("/contracts/{}", contract.id)).await;
        browser.until("#standing[data-state='signed']").await;
        let pdf = contract.signed_pdf().await;
        spot.is_where(&signatures(&contract, &pdf, &world.root_pem().await).await[1]);
        browser.enter_on("#download").await;
        assert!(browser.downloaded(&format!("{}.pdf", contract.number)).await == pdf);
    })
    .await;
}

#[tokio::test]
async fn a_contract_is_revoked_with_keys_only_and_the_focus_comes_back() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    visit(&world, Look::desktop("en"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.until("#revoke").await;
        browser.enter_on("#revoke").await;
        browser.until("dialog[open]").await;
        browser.key(Key::Escape).await;
        browser.until_gone("dialog").await;
        assert_eq!(browser.script("return document.activeElement.id", vec![]).await, "revoke");
        browser.key(Key::Enter).await;
        browser.until("dialog[open]").await;
        // The focus stays inside the dialog, or goes to the browser's own parts.
        for _ in 0..8 {
            browser.key(Key::Tab).await;
            let script =
                "const one = document.activeElement; return one === document.body || Boolean(one.closest('dialog'))";
            assert_eq!(browser.script(script, vec![]).await, true);
        }
        browser.enter_on("#revoke-now").await;
        browser.until("#standing[data-state='revoked']").await;
    })
    .await;
}

#[tokio::test]
async fn the_first_stop_skips_to_the_content() {
    let world = World::shared().await;
    let customer = world.person("李大山").await;
    visit(&world, Look::desktop("en"), async |browser| {
        browser.enter(&customer, "/").await;
        browser.until("#apply").await;
        browser.key(Key::Tab).await;
        browser.focus_is_seen().await;
        assert_eq!(browser.script("return document.activeElement.className", vec![]).await, "skip");
        browser.key(Key::Enter).await;
        assert_eq!(browser.script("return document.activeElement.id", vec![]).await, "main");
    })
    .await;
}
