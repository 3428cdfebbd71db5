//! 合同管理: who one is verified as, whether one can apply, why not, and the contracts there are.

use super::{Look, named, visit};
use crate::harness::{Customer, Kind, World};
use serde_json::json;

/// Somebody who cannot apply, and what the page says and offers.
struct Refused {
    customer: Customer,
    reason: &'static str,
    says: [&'static str; 2],
    /// Where the way on leads; none where there is none.
    way_on: Option<String>,
    contact: bool,
}

async fn on_paper(world: &World) -> Customer {
    let customer = world.enterprise("纸质合同有限公司").await;
    let body =
        json!({ "subject": customer.subject(), "reference": format!("纸-{}", customer.id), "signedOn": "2024-02-03" });
    world.staff().await.post("/v1/staff/paper-contracts", &body).await.is(201);
    customer
}

async fn all_refused(world: &World) -> Vec<Refused> {
    let open = world.enterprise("进行中有限公司").await.apply().await;
    let signed = world.person("李大山").await.signed().await;
    let says_open = ["已有一份进行中的合同", "already a contract in progress"];
    vec![
        Refused {
            customer: world.unverified(Kind::Person, "陈未名").await,
            reason: "unverified",
            says: ["请先完成实名认证", "Verify your identity first"],
            way_on: None,
            contact: false,
        },
        Refused {
            customer: open.customer.clone(),
            reason: "contract_open",
            says: says_open,
            way_on: Some(format!("#resume[href='/contracts/{}']", open.id)),
            contact: false,
        },
        Refused {
            customer: world.sibling(&open.customer).await,
            reason: "contract_open",
            says: says_open,
            way_on: None,
            contact: false,
        },
        Refused {
            customer: signed.customer.clone(),
            reason: "contract_signed",
            says: ["该主体已签署电子合同", "This subject has signed."],
            way_on: Some(format!("#eligibility [href='/contracts/{}']", signed.id)),
            contact: true,
        },
        Refused {
            customer: on_paper(world).await,
            reason: "signed_on_paper",
            says: ["该主体已签署纸质合同", "signed on paper"],
            way_on: None,
            contact: true,
        },
    ]
}

#[tokio::test]
async fn whoever_cannot_apply_is_told_why_and_what_to_do() {
    let world = World::shared().await;
    let all = all_refused(&world).await;
    for (at, look) in [Look::phone("zh-CN"), Look::desktop("en")].into_iter().enumerate() {
        visit(&world, look, async |browser| {
            for one in &all {
                browser.enter(&one.customer, "/").await;
                browser.until_says(&format!("[data-reason='{}']", one.reason), one.says[at]).await;
                assert_eq!(browser.count("#apply").await, 0, "{}", one.reason);
                let contact = browser.count("#eligibility .contact").await;
                assert_eq!(contact == 1, one.contact, "{}: the business contact", one.reason);
                match &one.way_on {
                    Some(link) => browser.until(link).await,
                    None => assert_eq!(browser.count("#eligibility a.button").await, 0, "{}", one.reason),
                }
                browser.until("#contracts > *").await;
                browser.is_sound().await;

                // The form says the same to whoever comes there directly.
                browser.open("/apply").await;
                browser.until_says(&format!("[data-reason='{}']", one.reason), one.says[at]).await;
                assert_eq!(browser.count("form").await, 0, "{}", one.reason);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn whoever_can_apply_sees_who_it_is_for() {
    let world = World::shared().await;
    for (look, empty, language) in
        [(Look::phone("en"), "No contracts yet.", "中文"), (Look::desktop("zh-CN"), "还没有合同。", "English")]
    {
        for customer in world.both().await {
            visit(&world, look, async |browser| {
                browser.enter(&customer, "/").await;
                browser.until("#apply").await;
                browser.until_says("#eligibility", &customer.name).await;
                let said = browser.text("body").await.unwrap();
                let (first, last) = (&customer.number[..2], &customer.number[16..]);
                assert!(!said.contains(&customer.number), "the document is masked: {said}");
                assert!(said.contains(first) && said.contains(last), "the document is masked in its middle: {said}");
                browser.until_says("#empty", empty).await;
                browser.until_says("#language", language).await;
                browser.is_sound().await;
                browser.press("#apply").await;
                browser.until_at("/apply").await;
                browser.until("#party-a").await;
            })
            .await;
        }
    }
}

#[tokio::test]
async fn the_language_changes_where_one_is_and_stays() {
    let world = World::shared().await;
    let customer = world.person("林小月").await;
    visit(&world, Look::desktop("zh-CN"), async |browser| {
        browser.enter(&customer, "/apply").await;
        browser.until_says("h1", "填写甲方信息").await;
        browser.fill("/partyA/contactName", "赵联络").await;
        browser.press("#language").await;
        browser.until_says("#party-a legend", "Contact details").await;
        assert_eq!(browser.property("html", "lang").await, "en");
        assert_eq!(browser.property("[name='/partyA/contactName']", "value").await, "赵联络", "what was typed stays");
        browser.reload().await;
        browser.until_says("h1", "Party A's information").await;
        browser.press("#language").await;
        browser.until_says("h1", "填写甲方信息").await;
    })
    .await;
}

#[tokio::test]
async fn contracts_come_page_by_page_each_with_its_state() {
    let world = World::shared().await;
    let customer = world.person("林小月").await;
    let mut made = Vec::new();
    for _ in 0..20 {
        let contract = customer.apply().await;
        contract.revoke().await.is(200);
        made.push(contract);
    }
    made.push(customer.apply().await);
    visit(&world, Look::phone("zh-CN"), async |browser| {
        browser.enter(&customer, "/").await;
        browser.until("#contracts tbody tr").await;
        assert_eq!(browser.count("#contracts tbody tr").await, 20);
        browser.until_says("#contracts tbody tr:first-child", &made[20].number).await;
        browser.until_says("#contracts tbody tr:first-child [data-state='draft']", "草稿").await;
        browser.until_says("#contracts tbody tr:nth-child(2) [data-state='revoked']", "已撤销").await;
        browser.is_sound().await;
        browser.press(&named("加载更多")).await;
        browser.until("#contracts tbody tr:nth-child(21)").await;
        browser.until_says("#contracts tbody tr:nth-child(21)", &made[0].number).await;
        assert_eq!(browser.count("#contracts .actions button").await, 0, "there is no more");
        browser.press(&named(&made[0].number)).await;
        browser.until_at(&format!("/contracts/{}", made[0].id)).await;
        browser.until("#standing[data-state='revoked']").await;
    })
    .await;
}
