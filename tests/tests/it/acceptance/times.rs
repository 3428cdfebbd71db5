//! What happens because time passes. The clock is the test's own.

use crate::harness::{Contract, Customer, World, until};
use countersign::Options;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const DAY: i64 = 24 * 3600;

/// A stack whose clock runs ahead of the real one by as many seconds as the test says.
async fn world() -> (World, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(0));
    let seconds = Arc::clone(&ahead);
    let clock = move || {
        let by = Duration::from_secs(seconds.load(Ordering::SeqCst).unsigned_abs());
        contract::Timestamp::now() + by
    };
    let options = Options {
        clock: Some(Arc::new(clock)),
        register_customers: false,
        look_schedule: "1,1".to_owned(),
        watch_every: Duration::from_secs(1),
        ..Options::default()
    };
    (World::own(options).await, ahead)
}

/// The customer with a token that has not run out.
async fn again(world: &World, contract: &Contract) -> Contract {
    let api = world.caller(&contract.customer.id, "contracts/self").await;
    Contract { customer: Customer { api, ..contract.customer.clone() }, ..contract.clone() }
}

#[tokio::test]
async fn drafts_that_nobody_touches_for_30_days_are_revoked() {
    let (world, ahead) = world().await;
    let [acme, person] = world.both().await;
    let touched = world.enterprise("另一家科技有限公司").await.apply().await;
    let untouched = [acme.apply().await, person.confirmed().await];
    ahead.store(29 * DAY, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let touched = again(&world, &touched).await;
    let mut edit = touched.customer.application();
    edit["revision"] = json!(1);
    edit["partyA"]["contactName"] = json!("孙联络");
    touched.edit(&edit).await.is(200);
    for (contract, state) in untouched.iter().zip(["draft", "confirmed"]) {
        assert_eq!(again(&world, contract).await.state().await, state, "not before the 30 days are over");
    }

    ahead.store(30 * DAY + 60, Ordering::SeqCst);
    for contract in &untouched {
        let contract = again(&world, contract).await;
        contract.until("revoked").await;
        let revoked = contract.events().await.pop().unwrap();
        assert_eq!((&revoked["actor"], &revoked["detail"]["cause"]), (&json!("system"), &json!("untouched")));
        assert_eq!(contract.customer.eligibility().await["eligible"], true);
        world.mails_until(&contract.customer.email, 1).await[0].says("合同已撤销", "Contract revoked");
    }
    assert_eq!(again(&world, &touched).await.state().await, "draft", "who touches a draft keeps it");
}

#[tokio::test]
async fn what_was_never_started_is_revoked_after_a_minute() {
    let (world, ahead) = world().await;
    for customer in world.both().await {
        let contract = customer.confirmed().await;
        world.faults(&json!({ "failNext": { "call": "start", "times": 1000, "how": "quota" } })).await;
        contract.submit_signer().await.refused(503, "provider_unavailable");
        contract.until_held("start_refused").await;
        assert_eq!(contract.revoke().await.is(202)["state"], "revoking");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(contract.state().await, "revoking", "a start may still be on its way");
        ahead.fetch_add(70, Ordering::SeqCst);
        contract.until("revoked").await;
        assert_eq!(contract.flow_shown().await["started"], false);
        world.faults(&json!({})).await;
        customer.signing().await;
    }
}

#[tokio::test]
async fn the_timer_finds_every_end_where_all_callbacks_are_lost() {
    let (world, _) = world().await;
    world.faults(&json!({ "dropCallbacks": true })).await;
    for customer in world.both().await {
        for end in ["declined", "expired", "signed"] {
            let contract = customer.signing().await;
            match end {
                "declined" => contract.at_provider("decline", &json!({ "reason": "不同意" })).await.is(200),
                "expired" => contract.at_provider("expire", &json!({})).await.is(200),
                _ => contract.at_provider("sign", &json!({})).await.is(200),
            };
            contract.until(end).await;
            assert_eq!(contract.flow_shown().await["callbacksDelivered"], 0);
        }
    }
}

#[tokio::test]
async fn the_hours_identity_checks_come_back() {
    let (world, ahead) = world().await;
    let contract = world.person("李大山").await.confirmed().await;
    let mut body = contract.customer.signer();
    body["mobile"] = json!(crate::harness::credentials::foreign_mobile());
    for _ in 0..10 {
        contract.customer.api.post(&contract.path("/signer"), &body).await.refused(422, "identity_mismatch");
    }
    contract.submit_signer().await.refused(429, "too_many_checks");
    ahead.store(3601, Ordering::SeqCst);
    let contract = again(&world, &contract).await;
    contract.submit_signer().await.is(200);
    let flow = until("the flow to be started", async || {
        let flow = contract.flow_shown().await;
        if flow["started"] == true { Ok(flow) } else { Err(flow) }
    })
    .await;
    assert_ne!(flow["expiresAt"], Value::Null);
}

#[tokio::test]
async fn a_mail_that_is_put_off_goes_out_later_and_one_that_is_refused_holds_up_no_other() {
    let (world, ahead) = world().await;
    let [busy, nobody] = world.both().await;
    let busy = Customer { email: format!("busy@{}.example", busy.id), ..busy };
    let nobody = Customer { email: format!("nobody@{}.example", nobody.id), ..nobody };
    let deleted = || {
        let counts = world.stack().stores().counts();
        counts.iter().filter(|((_, operation), _)| operation == "DeleteItem").map(|(_, count)| *count).sum::<u64>()
    };
    for customer in [&nobody, &busy] {
        customer.apply().await.revoke().await.is(200);
    }
    until("the refused mail's claim to be given back", async || if deleted() > 0 { Ok(()) } else { Err(deleted()) })
        .await;
    assert!(world.mails_to(&busy.email).await.is_empty(), "the mail service asked to wait");

    // Time passes with each look, for the mail waits from when it was put off.
    let sent = until("the mail to be tried again", async || {
        ahead.fetch_add(2, Ordering::SeqCst);
        let mails = world.mails_to(&busy.email).await;
        if mails.is_empty() { Err(ahead.load(Ordering::SeqCst)) } else { Ok(mails) }
    })
    .await;
    sent[0].says("合同已撤销", "Contract revoked");
    assert!(ahead.load(Ordering::SeqCst) >= 50, "not before its pause was over");
    assert!(world.mails_to(&nobody.email).await.is_empty());
}

#[tokio::test]
async fn what_waits_too_long_is_told_in_figures_that_alarms_watch() {
    let (world, ahead) = world().await;
    let [signing, revoking] = world.both().await;
    let figure = |name: &str| world.stack().largest_figure(name);
    let signing = signing.signing().await;
    let revoking = revoking.signing().await;
    world.faults(&json!({ "failNext": { "call": "revoke", "times": 100_000, "how": "500" } })).await;
    revoking.revoke().await.is(202);
    until("a look in vain", async || figure("StuckContracts").ok_or("none")).await;
    assert_eq!(figure("StuckContracts"), Some(0), "it waits for seconds only");

    // The one that waits for its signer may do so for days; the other one needs the provider.
    ahead.store(3599 + 60, Ordering::SeqCst);
    until("the contract to be counted", async || match figure("StuckContracts") {
        Some(0) => Err(()),
        _ => Ok(()),
    })
    .await;
    assert_eq!(again(&world, &signing).await.state().await, "signing");
    assert!(figure("OldestDueSeconds").is_some_and(|seconds| seconds < 3700), "looks come as they are due");

    world.aws_refuses("GetItem");
    ahead.store(4 * 3600, Ordering::SeqCst);
    until("what is overdue to be told", async || match figure("OldestDueSeconds") {
        Some(seconds) if seconds > 3 * 3600 - 100 => Ok(()),
        other => Err(other),
    })
    .await;
    world.aws_is_well();
    world.faults(&json!({})).await;
    again(&world, &revoking).await.until("revoked").await;
}
