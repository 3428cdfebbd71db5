//! Killed with a contract in each state; each is carried to its end afterwards.

use super::process::Process;
use super::{goes_on, one_started_flow, until_state};
use crate::harness::{Contract, Customer, World, until};
use serde_json::{Value, json};

const PAPERS: &str = "/v1/staff/paper-contracts";

/// A contract, and all that can be seen of it.
struct Kept {
    contract: Contract,
    shown: Value,
    events: Vec<Value>,
    draft: Vec<u8>,
    eligibility: Value,
    flows: usize,
    mails: Vec<String>,
}

impl Kept {
    async fn of(contract: &Contract) -> Self {
        let customer = &contract.customer;
        Self {
            shown: contract.shown().await,
            events: contract.events().await,
            draft: contract.draft_pdf().await,
            eligibility: customer.eligibility().await,
            flows: customer.world.flows_of(&contract.number).await.len(),
            mails: mails(contract).await,
            contract: contract.clone(),
        }
    }

    /// Nothing of it is lost, and nothing has happened by itself.
    async fn still_stands(&self) {
        let mut now = Self::of(&self.contract).await;
        goes_on(&self.events, &now.events);
        // A start that was asked for once more is recorded, and touches the contract.
        if now.events.len() > self.events.len() {
            let added = &now.events[self.events.len()..];
            assert!(added.iter().all(|item| item["kind"] == "start_requested"), "{added:#?}");
            now.shown["updatedAt"] = self.shown["updatedAt"].clone();
        }
        assert_eq!(now.shown, self.shown);
        assert_eq!(now.eligibility, self.eligibility, "the slot is as it was");
        assert!(now.draft == self.draft, "the draft is the same, byte for byte: {}", self.shown);
        assert_eq!(now.flows, self.flows, "no other flow was made: {}", self.shown);
        assert_eq!(now.mails, self.mails, "what was mailed is not mailed again: {}", self.shown);
    }

    /// The contract came to this end from where it was.
    async fn ended(&self, end: &str) {
        let shown = until_state(&self.contract, end).await;
        let now = Self::of(&self.contract).await;
        goes_on(&self.events, &now.events);
        assert!(now.draft == self.draft, "the draft is the same, byte for byte: {shown}");
        for name in ["number", "createdAt", "partyA", "billingEmail", "invoice", "subject"] {
            assert_eq!(shown[name], self.shown[name], "{name}");
        }
        if end == "signed" {
            one_started_flow(&self.contract).await;
            let pdf = self.contract.signed_pdf().await;
            assert_eq!(contract::Sha256::of(&pdf).to_string(), shown["document"]["sha256"], "{shown}");
            assert!(pdf.starts_with(&self.draft), "what was previewed is inside what was signed");
            assert_eq!(self.contract.customer.eligibility().await["reason"], "contract_signed");
        }
        let mails = until("a mail about the end", async || {
            let mails = mails(&self.contract).await;
            if mails.len() > self.mails.len() { Ok(mails) } else { Err(mails) }
        })
        .await;
        goes_on_with(&self.mails, &mails);
    }

    /// An end stays what it is.
    async fn has_ended(&self) {
        self.still_stands().await;
        assert_eq!(
            self.shown["allowed"].as_array().map(|allowed| allowed.iter().any(|act| act != "download")),
            Some(false)
        );
    }
}

#[track_caller]
fn goes_on_with(before: &[String], now: &[String]) {
    assert!(now.starts_with(before), "mailed before: {before:#?}\nmailed now: {now:#?}");
}

/// The ids of the mails to the contract's customer, each once.
async fn mails(contract: &Contract) -> Vec<String> {
    let mails = contract.customer.world.mails_to(&contract.customer.email).await;
    let mut ids: Vec<String> = Vec::new();
    for mail in mails {
        if !ids.contains(&mail.message_id) {
            ids.push(mail.message_id);
        }
    }
    ids
}

/// An end that was reached, with its mail.
async fn mailed(contract: &Contract, end: &str) {
    until_state(contract, end).await;
    contract.customer.world.mails_until(&contract.customer.email, 1).await;
}

async fn enterprise(world: &World) -> Customer {
    world.enterprise("某某科技有限公司").await
}

async fn person(world: &World) -> Customer {
    world.person("李大山").await
}

/// What the provider does not do while this holds: so contracts wait in `signing`, `revoking` and `completing`.
fn held_up() -> Value {
    let fails = |call: &str| json!({ "call": call, "times": 1_000_000, "how": "500" });
    json!({ "failNext": [fails("start"), fails("revoke"), fails("download")] })
}

#[tokio::test]
async fn every_state_outlives_the_process() {
    let mut process = Process::start().await;
    let world = process.world.clone();

    let draft = enterprise(&world).await.apply().await;
    let confirmed = person(&world).await.confirmed().await;
    let signing = enterprise(&world).await.signing().await;
    let signed = person(&world).await.signed().await;
    let revoked = enterprise(&world).await.apply().await;
    revoked.revoke().await.is(200);
    let declined = person(&world).await.signing().await;
    declined.at_provider("decline", &json!({ "reason": "不同意" })).await.is(200);
    let expired = enterprise(&world).await.signing().await;
    expired.at_provider("expire", &json!({})).await.is(200);
    let held = person(&world).await.signing().await;
    held.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
    held.until_held("signer_mismatch").await;
    let closed = enterprise(&world).await.signing().await;
    closed.at_provider("sign", &json!({ "signerName": "另一家科技有限公司" })).await.is(200);
    closed.until_held("signer_mismatch").await;
    closed.closed_by_two("签署人与主体不符").await;
    for (contract, end) in [
        (&signed, "signed"),
        (&revoked, "revoked"),
        (&declined, "declined"),
        (&expired, "expired"),
        (&closed, "closed"),
    ] {
        mailed(contract, end).await;
    }

    let [revoking, replaced, completing] = [
        person(&world).await.signing().await,
        enterprise(&world).await.signing().await,
        enterprise(&world).await.signing().await,
    ];
    let unstarted = person(&world).await.confirmed().await;
    world.faults(&held_up()).await;
    unstarted.submit_signer().await.refused(503, "provider_unavailable");
    revoking.revoke().await.is(202);
    let paper = json!({ "subject": replaced.customer.subject(), "reference": "P-1", "signedOn": "2024-02-03" });
    let paper = world.staff().await.post(PAPERS, &paper).await.is(202);
    completing.sign().await;
    until_state(&completing, "completing").await;

    let all = [
        (&draft, "draft"),
        (&confirmed, "confirmed"),
        (&unstarted, "signing"),
        (&signing, "signing"),
        (&revoking, "revoking"),
        (&replaced, "revoking"),
        (&completing, "completing"),
        (&held, "completing"),
        (&signed, "signed"),
        (&revoked, "revoked"),
        (&declined, "declined"),
        (&expired, "expired"),
        (&closed, "closed"),
    ];
    let mut kept = Vec::new();
    for (contract, state) in all {
        let one = Kept::of(contract).await;
        assert_eq!(one.shown["state"], state, "{}", one.shown);
        kept.push(one);
    }

    process.kill_and_start_again().await;
    for one in &kept {
        one.still_stands().await;
    }
    let path = format!("{PAPERS}/{}", paper["id"].as_str().unwrap());
    assert_eq!(world.staff().await.get(&path).await.is(200), paper, "the paper contract still waits");
    let mut kept = kept.into_iter();
    let mut next = || kept.next().unwrap();
    let [draft, confirmed, unstarted, signing, revoking, replaced, completing, held] = std::array::from_fn(|_| next());
    for ended in kept {
        ended.has_ended().await;
    }

    // Everybody goes on as if nothing had been.
    world.faults(&json!({})).await;
    draft.contract.confirm().await.is(200);
    draft.contract.submit_signer().await.is(200);
    confirmed.contract.submit_signer().await.is(200);
    held.contract.reviewed("accept", "客户已书面确认").await.is(200);
    for one in [&draft, &confirmed, &signing] {
        one.contract.open_signing().await.is(200);
        one.contract.sign().await;
        one.ended("signed").await;
    }
    held.ended("signed").await;
    crate::harness::until_within(super::PATIENCE, "the timer to start what was recorded", async || {
        let flow = unstarted.contract.flow_shown().await;
        if flow["started"] == true { Ok(()) } else { Err(flow) }
    })
    .await;
    unstarted.contract.sign().await;
    unstarted.ended("signed").await;
    completing.ended("signed").await;
    revoking.ended("revoked").await;
    assert_eq!(revoking.contract.customer.eligibility().await["eligible"], true);
    replaced.ended("revoked").await;
    assert_eq!(world.staff().await.get(&path).await.is(200)["status"], "recorded");
    assert_eq!(replaced.contract.customer.eligibility().await["reason"], "signed_on_paper");
}
