//! The page of one contract in each of its states: what it says, what it offers, and revoking.

use super::{Browser, Look, visit};
use crate::harness::{Contract, World, until};
use serde_json::json;

/// What the page shows of a contract.
struct Shown {
    contract: Contract,
    state: &'static str,
    /// The state's word, and part of what it means, in Chinese and in English.
    words: [&'static str; 2],
    means: [&'static str; 2],
    /// The buttons and links among what can be done, by id, in their order.
    offers: &'static [&'static str],
    contact: bool,
}

impl Shown {
    async fn is_right(&self, browser: &Browser) {
        let at = usize::from(browser.look.language == "en");
        browser.enter(&self.contract.customer, &format!("/contracts/{}", self.contract.id)).await;
        browser.until(&format!("#standing[data-state='{}']", self.state)).await;
        browser.until_says("#standing .badge", self.words[at]).await;
        browser.until_says("#standing .notice", self.means[at]).await;
        browser.until_says("#number", &self.contract.number).await;
        browser.until("#history li").await;
        if self.contact {
            browser.until("#standing .contact a[href^='mailto:']").await;
        }
        let ids = "return [...document.querySelectorAll('#standing .actions > *')].map((one) => one.id)";
        assert_eq!(browser.script(ids, vec![]).await, json!(self.offers), "{}", self.state);
        assert_eq!(browser.count("#document").await == 1, self.state == "signed", "{}: the document", self.state);
        browser.is_sound().await;
    }
}

/// A contract that staff closed, and one that waits for them.
async fn reviewed(world: &World) -> [Contract; 2] {
    let mut both = Vec::new();
    for customer in world.both().await {
        let contract = customer.signing().await;
        contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
        contract.until_held("signer_mismatch").await;
        both.push(contract);
    }
    both[0].closed_by_two("签署人与主体不符").await;
    both.try_into().expect("two")
}

/// One contract in each state. Those that wait for the provider wait for as long as this stack lives.
async fn one_of_each(world: &World) -> Vec<Shown> {
    let [acme, person] = world.both().await;
    let (draft, confirmed) = (acme.apply().await, person.confirmed().await);
    let signing = world.enterprise("另一家科技有限公司").await.signing().await;
    let signed = world.person("林小月").await.signed().await;
    let revoked = world.enterprise("某某科技有限公司").await.apply().await;
    revoked.revoke().await.is(200);
    let declined = world.person("李大山").await.signing().await;
    declined.at_provider("decline", &json!({ "reason": "不同意" })).await.is(200);
    declined.until("declined").await;
    let expired = world.enterprise("某某科技有限公司").await.signing().await;
    expired.at_provider("expire", &json!({})).await.is(200);
    expired.until("expired").await;
    let [closed, held] = reviewed(world).await;
    let [revoking, completing] =
        [world.person("李大山").await.signing().await, world.person("陈小光").await.signing().await];
    let fails = |call: &str| json!({ "call": call, "times": 1_000_000, "how": "500" });
    world.faults(&json!({ "failNext": [fails("revoke"), fails("download")] })).await;
    revoking.revoke().await.is(202);
    completing.sign().await;
    until("the contract to be completing", async || {
        let state = completing.state().await;
        if state == "completing" { Ok(()) } else { Err(state) }
    })
    .await;
    let shown =
        |contract, state, words, means, offers, contact| Shown { contract, state, words, means, offers, contact };
    vec![
        shown(
            draft,
            "draft",
            ["草稿", "Draft"],
            ["等待您确认合同内容", "read and confirm"],
            &["to-confirm", "edit", "revoke"],
            false,
        ),
        shown(
            confirmed,
            "confirmed",
            ["已确认", "Confirmed"],
            ["等待您填写签署方信息", "name the signer"],
            &["to-signer", "edit", "revoke"],
            false,
        ),
        shown(
            signing,
            "signing",
            ["签署中", "Waiting for signature"],
            ["等待签署人", "Waiting for the signer"],
            &["open-signing", "revoke"],
            false,
        ),
        shown(revoking, "revoking", ["撤销中", "Revoking"], ["结果以平台为准", "which decides"], &[], false),
        shown(completing, "completing", ["归档中", "Finishing"], ["正在校验签名并归档", "being archived"], &[], true),
        shown(held, "completing", ["归档中", "Finishing"], ["正在由商务人员核实", "Our staff are looking"], &[], true),
        shown(signed, "signed", ["已签署", "Signed"], ["请联系商务", "please contact us"], &["change-signed"], true),
        shown(
            revoked,
            "revoked",
            ["已撤销", "Revoked"],
            ["可以立即重新申请", "apply again at once"],
            &["apply-again"],
            false,
        ),
        shown(
            declined,
            "declined",
            ["已拒签", "Declined"],
            ["签署人拒绝签署", "The signer declined"],
            &["apply-again"],
            false,
        ),
        shown(
            expired,
            "expired",
            ["已过期", "Expired"],
            ["超过签署期限", "time for signing is over"],
            &["apply-again"],
            false,
        ),
        shown(closed, "closed", ["已关闭", "Closed"], ["经人工核实", "After a review"], &["apply-again"], false),
    ]
}

#[tokio::test]
async fn every_state_says_what_it_means_and_offers_what_can_be_done() {
    let world = World::quick().await;
    let all = one_of_each(&world).await;
    for look in [Look::phone("zh-CN"), Look::desktop("en")] {
        visit(&world, look, async |browser| {
            for shown in &all {
                shown.is_right(browser).await;
            }
        })
        .await;
    }
}

/// Opens the dialog on the contract's page and revokes.
async fn revoke(browser: &Browser, contract: &Contract, reason: &str) {
    browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
    browser.press("#revoke").await;
    browser.until("dialog[open]").await;
    browser.is_sound().await;
    if !reason.is_empty() {
        browser.write("#reason", reason).await;
    }
    browser.press("#revoke-now").await;
}

#[tokio::test]
async fn a_contract_that_has_not_reached_the_signer_is_revoked_at_once() {
    let world = World::shared().await;
    for (look, says) in [(Look::phone("en"), "revoked"), (Look::desktop("zh-CN"), "已撤销")] {
        let contracts =
            [world.enterprise("某某科技有限公司").await.apply().await, world.person("李大山").await.confirmed().await];
        visit(&world, look, async |browser| {
            for (contract, reason) in contracts.iter().zip(["", "地址写错了"]) {
                revoke(browser, contract, reason).await;
                browser.until("#standing[data-state='revoked']").await;
                browser.until_says("#standing .notice", says).await;
                browser.until_says("#history", reason).await;
                browser.press("#apply-again").await;
                browser.until_at("/apply").await;
                browser.until("#party-a").await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_revocation_that_is_called_off_changes_nothing() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.press("#revoke").await;
        browser.press(&super::named("取消")).await;
        browser.until_gone("dialog").await;
        browser.press("#revoke").await;
        browser.until("dialog[open]").await;
        browser.key(thirtyfour::Key::Escape).await;
        browser.until_gone("dialog").await;
        browser.until("#standing[data-state='draft']").await;
    })
    .await;
    assert_eq!(contract.state().await, "draft");
}

#[tokio::test]
async fn a_contract_at_the_signer_is_revoked_by_the_provider_and_the_page_follows() {
    let world = World::shared().await;
    for (look, says, ends) in [
        (Look::desktop("en"), "the signing service decides", "has no legal effect"),
        (Look::phone("zh-CN"), "以签署平台的结果为准", "未产生法律效力"),
    ] {
        let contract = world.enterprise("某某科技有限公司").await.signing().await;
        visit(&world, look, async |browser| {
            browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
            browser.press("#revoke").await;
            browser.until_says("dialog", says).await;
            browser.press("#revoke-now").await;
            browser.until("#standing[data-state='revoked']").await;
            browser.until_says("#standing .notice", ends).await;
            browser.until("#history [data-kind='revoked']").await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_revocation_that_comes_after_the_signature_ends_as_a_signed_contract() {
    // Callbacks are lost and the timer has time, so that the page still shows a contract that waits for its signer.
    let world = World::own(countersign::Options::default()).await;
    world.faults(&json!({ "dropCallbacks": true })).await;
    let contract = world.person("李大山").await.signing().await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.until("#standing[data-state='signing']").await;
        contract.sign().await;
        browser.press("#revoke").await;
        browser.press("#revoke-now").await;
        browser.until("#standing[data-state='signed']").await;
        browser.until_says("#standing .notice", "合同已签署并生效").await;
        browser.until("#document").await;
        browser.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_revocation_that_comes_too_late_names_the_contact() {
    let world = World::quick().await;
    let contract = world.enterprise("某某科技有限公司").await.signing().await;
    visit(&world, Look::desktop("en"), async |browser| {
        browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
        browser.press("#revoke").await;
        browser.until("dialog[open]").await;
        // While the dialog is open, the page under it does not change.
        contract.sign().await;
        contract.until("signed").await;
        browser.expects("the server responded with a status of 409");
        browser.press("#revoke-now").await;
        browser.until("#standing .contact").await;
        browser.until("#standing[data-state='signed']").await;
        assert_eq!(browser.count("#revoke").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_contract_that_is_not_ones_own_is_not_there() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let stranger = world.person("李大山").await;
    visit(&world, Look::phone("zh-CN"), async |browser| {
        browser.expects("the server responded with a status of 404");
        // The last ones are no ids at all, and one would lead elsewhere.
        for id in [contract.id.as_str(), "01JTESTTESTTESTTESTTESTTES", "%E0%A4%A", "..%2F..%2Fdev%2Fmail"] {
            for part in ["", "/party-a", "/confirm", "/signer"] {
                browser.enter(&stranger, &format!("/contracts/{id}{part}")).await;
                browser.until("main .notice").await;
                let said = browser.text("main").await.unwrap();
                assert!(!said.contains(&contract.number) && !said.contains(&contract.customer.name), "{said}");
            }
        }
        browser.is_sound().await;
    })
    .await;
}
