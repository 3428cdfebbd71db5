//! The provider's signing page in a browser: what it refuses, declining, and ends that come while it is open.

use super::{Look, visit};
use crate::harness::World;
use serde_json::json;

#[tokio::test]
async fn nobody_signs_without_code_seal_and_certification() {
    let world = World::shared().await;
    for (look, wrong, back) in
        [(Look::desktop("zh-CN"), "验证码不正确", "签署成功"), (Look::phone("en"), "The code is not right", "Signed")]
    {
        let contract = world.enterprise("某某科技有限公司").await.reading(look.language).signing().await;
        visit(&world, look, async |browser| {
            browser.expects("the server responded with a status of 422");
            let link = contract.open_signing().await.is(200);
            browser.open(link["url"].as_str().unwrap()).await;
            browser.write("#code", "000000").await;
            browser.press("form[action*='/login'] button").await;
            browser.until_says(".notice", wrong).await;
            browser.is_sound().await;
            browser.log_in_there().await;

            browser.press("#certify").await;
            browser.until("#where.bad").await;
            assert_eq!(browser.count("dialog[open]").await, 0, "the seal is missing");
            browser.press("#into-area").await;
            browser.press("#certify").await;
            browser.until("dialog[open]").await;
            browser.is_sound().await;
            browser.press("dialog[open] button:not([type='button'])").await;
            assert_eq!(browser.count("dialog[open] :invalid").await, 2, "the tick and the code");
            browser.press("dialog [name='certified']").await;
            browser.write("dialog #code", "111111").await;
            browser.press("dialog[open] button:not([type='button'])").await;
            browser.until_says("dialog[open] .notice", wrong).await;
            browser.is_sound().await;
            assert_eq!(contract.flow_shown().await["signers"][1]["signed"], false);
            // The seal is still where it was put.
            browser.press("dialog [name='certified']").await;
            browser.write("dialog #code", "123456").await;
            browser.press("dialog[open] button:not([type='button'])").await;
            browser.until_says(".end", back).await;
        })
        .await;
        contract.until("signed").await;
    }
}

#[tokio::test]
async fn a_signer_who_declines_is_led_back_to_a_declined_contract() {
    let world = World::shared().await;
    for (customer, look) in world.both().await.into_iter().zip([Look::phone("zh-CN"), Look::desktop("en")]) {
        let contract = customer.reading(look.language).signing().await;
        visit(&world, look, async |browser| {
            browser.enter(&customer, &format!("/contracts/{}", contract.id)).await;
            browser.press("#open-signing").await;
            browser.until_at_provider().await;
            browser.log_in_there().await;
            browser.press("#decline summary").await;
            browser.until("dialog[open] #reason").await;
            browser.is_sound().await;
            browser.write("#reason", "付款条款不一致").await;
            browser.press("dialog[open] button.danger").await;
            browser.until_at(&format!("/contracts/{}", contract.id)).await;
            browser.until("#standing[data-state='declined']").await;
            browser.is_sound().await;
            browser.press("#apply-again").await;
            browser.until("#party-a").await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_contract_that_ends_while_the_page_is_open_says_so_there_and_leads_back() {
    let world = World::shared().await;
    for (look, end) in [(Look::desktop("zh-CN"), "revoked"), (Look::phone("en"), "expired")] {
        let contract = world.person("李大山").await.reading(look.language).signing().await;
        visit(&world, look, async |browser| {
            browser.enter(&contract.customer, &format!("/contracts/{}", contract.id)).await;
            browser.press("#open-signing").await;
            browser.until_at_provider().await;
            browser.log_in_there().await;
            browser.press("#into-area").await;
            if end == "revoked" {
                contract.revoke().await.is(202);
            } else {
                contract.at_provider("expire", &json!({})).await.is(200);
            }
            contract.until(end).await;
            browser.certify().await;
            browser.is_sound().await;
            browser.press(".end a").await;
            browser.until_at(&format!("/contracts/{}", contract.id)).await;
            browser.until(&format!("#standing[data-state='{end}']")).await;
        })
        .await;
    }
}
