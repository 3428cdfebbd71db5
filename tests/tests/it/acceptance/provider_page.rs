//! Step 4, at the provider: Z17, Z19 to Z23.

use crate::harness::{Contract, VENDOR, World};
use contract::Sha256;
use evidence::{Anchors, Report};
use serde_json::{Value, json};

/// The signed PDF of a contract, as our own verifier reads it.
async fn verified(world: &World, contract: &Contract) -> Report {
    let anchors = Anchors::from_pem(&world.root_pem().await).unwrap();
    let shown = contract.shown().await;
    let expected = contract.customer.expected(shown["draft"]["sha256"].as_str().unwrap().parse().unwrap());
    evidence::verify(&contract.signed_pdf().await, &anchors, &expected).unwrap()
}

#[tokio::test]
async fn z17_step_3_starts_the_signing_flow() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        assert_eq!(world.flows_of(&contract.number).await, Vec::<Value>::new());
        let answer = contract.submit_signer().await.is(200);
        let shown = &answer["contract"];
        assert_eq!((&shown["state"], &shown["allowed"]), (&json!("signing"), &json!(["openSigning", "revoke"])));
        let signing = &answer["signing"];
        assert!(signing["url"].as_str().unwrap().starts_with(&world.sandbox().base_url), "{signing}");
        assert!(signing["expiresAt"].as_str().unwrap() > shown["updatedAt"].as_str().unwrap(), "{signing}");

        let flows = world.flows_of(&contract.number).await;
        assert_eq!(flows.len(), 1, "one contract, one flow: {flows:?}");
        assert_eq!((&flows[0]["id"], &flows[0]["started"]), (&json!(contract.flow().await), &json!(true)));
        let config = &flows[0]["config"];
        for (at, value) in [("/autoStart", false), ("/autoFinish", true), ("/identityVerify", true)] {
            assert_eq!(config.pointer(at), Some(&json!(value)), "{at} in {config}");
        }
        assert_eq!(config.pointer("/contractConfig/allowToRescind"), Some(&json!(false)), "{config}");
        let notify = flows[0]["notifyUrl"].as_str().unwrap();
        assert!(notify.ends_with(&format!("/v1/esign/callback?contract={}", contract.id)), "{notify}");

        // A repeat by the same signer is the same contract with a fresh link; another signer is refused.
        let again = contract.submit_signer().await.is(200);
        assert_eq!(again["contract"]["id"], shown["id"]);
        assert_ne!(again["signing"]["url"], signing["url"], "a fresh link");
        let mut other = customer.signer();
        other["mobile"] = json!(crate::harness::credentials::mobile());
        customer.api.post(&contract.path("/signer"), &other).await.refused(409, "wrong_state");
        assert_eq!(world.flows_of(&contract.number).await.len(), 1);
    }
}

#[tokio::test]
async fn z19_the_signer_logs_in_by_sms_with_the_mobile_of_step_3() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        let signing = contract.submit_signer().await.is(200)["signing"].clone();
        let mut browser = world.browser(&signing);
        let page = browser.page("").await;
        page.is(200);
        let masked = format!("{}****{}", &customer.mobile[..3], &customer.mobile[7..]);
        page.shows(page.text().contains(&masked), "the page names the mobile number of step 3");
        page.shows(!page.text().contains("document.pdf"), "nothing is shown before the log-in");
        browser.page("/document.pdf").await.is(303);
        browser.send("login", "code=000000").await.is(422);
        browser.log_in().await;
        browser.page("").await.is(200);

        // Step 4 gives a fresh link that asks for the same log-in.
        let link = contract.open_signing().await.is(200);
        assert_ne!(link["url"], signing["url"]);
        let page = world.browser(&link).page("").await;
        page.shows(page.text().contains(&masked), "a link that was asked for later, too");
    }
}

#[tokio::test]
async fn z20_the_provider_asks_for_the_real_name_once() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let mut browser = world.browser(&contract.open_signing().await.is(200));
        browser.log_in().await;
        let page = browser.page("?lang=en").await;
        page.shows(page.text().contains("Real-name verification"), "not verified yet");
        browser.send("realname", "").await.is(303);
        let page = browser.page("?lang=en").await;
        page.shows(page.text().contains("document.pdf"), "the contract comes after the verification");
        contract.revoke().await.is(202);
        contract.until("revoked").await;

        // The provider knows this person now, whatever the contract.
        let second = customer.signing().await;
        let mut browser = world.browser(&second.open_signing().await.is(200));
        browser.log_in().await;
        let page = browser.page("?lang=en").await;
        page.shows(page.text().contains("document.pdf"), "not asked again");
    }
}

#[tokio::test]
async fn z21_party_b_has_sealed_and_party_a_places_its_own_seal() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let flow = contract.flow_shown().await;
        assert_eq!((&flow["signers"][0]["name"], &flow["signers"][0]["signed"]), (&json!(VENDOR), &json!(true)));
        assert_eq!(
            (&flow["signers"][1]["name"], &flow["signers"][1]["signed"]),
            (&json!(customer.name), &json!(false))
        );
        let mut browser = world.browser(&contract.open_signing().await.is(200));
        browser.log_in().await;
        browser.send("realname", "").await.is(303);
        let document = browser.page("/document.pdf").await;
        document.is(200);
        let seals = document.bytes.windows(10).filter(|bytes| bytes == b"/ByteRange").count();
        assert_eq!(seals, 1, "party B's seal is on the contract when the page opens");
        assert!(document.bytes.starts_with(&contract.draft_pdf().await), "on exactly what was confirmed");

        let pages = contract.shown().await["draft"]["pages"].clone();
        let place = json!({ "page": pages, "x": 200.0, "y": 320.0 });
        contract.at_provider("sign", &place).await.is(200);
        contract.until("signed").await;
        let verified = verified(&world, &contract).await;
        let [party_b, party_a] = verified.signatures.as_slice() else { panic!("{verified:?}") };
        assert_eq!((party_b.signer.as_str(), party_a.signer.as_str()), (VENDOR, customer.name.as_str()));
        let [left, lower, right, upper] = party_a.rectangle;
        let centre = ((left + right) / 2.0, (lower + upper) / 2.0);
        assert!((centre.0 - 200.0).abs() < 1.0 && (centre.1 - 320.0).abs() < 1.0, "{party_a:?}");
        assert_eq!(json!(party_a.page), pages);
        assert!(verified.chain_checked && verified.draft.is_some(), "{verified:?}");
    }
}

#[tokio::test]
async fn z21_the_seal_lands_where_it_was_dropped_on_the_page() {
    let world = World::shared().await;
    for (customer, (x, y)) in world.both().await.into_iter().zip([(211.3, 330.2), (190.0, 300.4)]) {
        let contract = customer.signing().await;
        let mut browser = world.browser(&contract.open_signing().await.is(200));
        browser.log_in().await;
        browser.send("realname", "").await.is(303);
        let shown = browser.page("").await;
        let pages = contract.shown().await["draft"]["pages"].as_u64().unwrap();
        // The seals belong on the signature page; on another one it is not the seal that was asked for.
        let page = u32::try_from(pages).unwrap();
        for number in 1..=pages {
            shown.shows(shown.text().contains(&format!("/pages/{number}.png")), "every page of the contract is there");
        }
        shown.shows(shown.text().contains("class=\"area\""), "with the area for party A's seal");
        let picture = browser.page(&format!("/pages/{pages}.png")).await;
        picture.is(200);
        assert_eq!(picture.header("content-type"), Some("image/png"));
        let seal = browser.page("/seal.svg").await;
        seal.is(200);
        assert_eq!(seal.header("content-type"), Some("image/svg+xml"));

        browser.send("submit", &format!("page={page}&x={x}&y={y}&certified=yes&code=123456")).await.is(303);
        contract.until("signed").await;
        let verified = verified(&world, &contract).await;
        let [_, party_a] = verified.signatures.as_slice() else { panic!("{verified:?}") };
        let [left, lower, right, upper] = party_a.rectangle;
        let centre = ((left + right) / 2.0, (lower + upper) / 2.0);
        assert!((centre.0 - x).abs() < 2.0 && (centre.1 - y).abs() < 2.0, "{party_a:?}");
        assert_eq!(party_a.page, page);
    }
}

#[tokio::test]
async fn z22_submitting_needs_certification() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        let mut browser = world.browser(&contract.open_signing().await.is(200));
        browser.log_in().await;
        browser.send("submit", "certified=yes&code=123456").await.is(303);
        assert_eq!(contract.flow_shown().await["signers"][1]["signed"], false, "not before the real name is verified");
        browser.send("realname", "").await.is(303);
        browser.send("submit", "code=123456").await.is(422);
        assert_eq!(contract.flow_shown().await["signers"][1]["signed"], false, "not without certification");
        assert_eq!(contract.state().await, "signing");
        browser.send("submit", "certified=yes&code=123456").await.is(303);
        let signed = contract.until("signed").await;
        assert_eq!(signed["signedAt"], signed["updatedAt"]);
        assert_eq!(signed["allowed"], json!(["download"]));
    }
}

#[tokio::test]
async fn z23_the_signed_contract_can_be_viewed_and_downloaded_here_and_at_the_provider() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.signing().await;
        contract.document().await.refused(409, "wrong_state");
        let mut browser = world.browser(&contract.open_signing().await.is(200));
        browser.log_in().await;
        browser.send("realname", "").await.is(303);
        contract.sign().await;
        let shown = contract.until("signed").await;
        let link = contract.document().await.is(200);
        assert_eq!(link["sha256"], shown["document"]["sha256"]);
        let pdf = contract.signed_pdf().await;
        assert_eq!(link["sha256"], Sha256::of(&pdf).to_string());
        assert_eq!(verified(&world, &contract).await.signatures.len(), 2);
        let there = browser.page("/document.pdf").await;
        there.is(200);
        assert!(there.bytes == pdf, "the provider shows the same document");
        assert!(browser.page("").await.text().contains("签署成功"));
    }
}
