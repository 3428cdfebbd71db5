//! How many calls of AWS and of the provider each step costs. Where a call of AWS takes milliseconds, this is what a customer waits for.
//!
//! The bound is one read and one transaction for each step of the wizard; what a step costs beyond that is in [`STEPS`], with the reason. What Lambda
//! itself asks of SQS (receiving, deleting) is not counted, for it is no part of any step and comes as often when nothing happens.

use crate::harness::{Answer, Contract, World, until};
use countersign::Options;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What each call costs: of AWS, and of the provider. The same for enterprises and persons.
///
/// Eligibility reads the identity and then the slot that it names. Step 1 and the way back to it decrypt the subject's document and keep a
/// draft. Step 2 fetches the draft for the provider. Step 3 decrypts the subject's document, counts the identity check before it is made
/// (`UpdateItem`, so that many at once cannot get past the limit), and encrypts the signer's mobile number. Step 4 decrypts that.
const STEPS: &str = "
eligibility | GetItem 2 |
step 1 | BatchGetItem 1, Decrypt 1, PutObject 1, TransactWriteItems 1 |
step 1 again, same key | BatchGetItem 1, GetItem 1 |
back to step 1 | Decrypt 1, GetItem 1, PutObject 1, TransactWriteItems 1 |
step 2, the draft | GetItem 1 |
step 2 | GetItem 1, GetObject 1, TransactWriteItems 1 | put 1, upload 1
step 2 again | GetItem 1 |
step 3 | Decrypt 1, Encrypt 1, GetItem 1, TransactWriteItems 1, UpdateItem 1 | check 1, create 1, link 1, start 1
step 3 again | Decrypt 1, GetItem 1 | link 1
step 4 | Decrypt 1, GetItem 1 | link 1
revocation | GetItem 1, TransactWriteItems 1 |
the contract | GetItem 1 |
its history | GetItem 1, Query 1 |
the list | Query 1 |
";

/// What the event source mappings ask of SQS, whatever happens.
const LAMBDAS_OWN: [&str; 2] = ["ReceiveMessage", "DeleteMessageBatch"];

type Counts = BTreeMap<String, u64>;

async fn aws(world: &World) -> Counts {
    let counts = world.stack().stores().counts();
    let counted = counts.into_iter().map(|((_, operation), count)| (operation, count));
    counted.filter(|(operation, _)| !LAMBDAS_OWN.contains(&operation.as_str())).collect()
}

async fn provider(world: &World) -> Counts {
    let counts = world.sandbox().get("/sandbox/calls").await.is(200);
    let counts = counts.as_object().cloned().unwrap_or_default();
    counts.into_iter().map(|(call, count)| (call, count.as_u64().unwrap_or(0))).collect()
}

/// The calls that came in between, such as `GetItem 1, Query 1`.
fn between(before: &Counts, after: &Counts) -> String {
    let came = after.iter().map(|(name, count)| (name, count - before.get(name).unwrap_or(&0)));
    let came: Vec<String> =
        came.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")).collect();
    came.join(", ")
}

/// Measures one step after another, each a line as in [`STEPS`].
struct Ledger {
    world: World,
    lines: String,
}

impl Ledger {
    async fn step(&mut self, name: &str, step: impl Future<Output = Answer>) -> serde_json::Value {
        let before = (aws(&self.world).await, provider(&self.world).await);
        let answer = step.await;
        answer.shows((200..=202).contains(&answer.status), "the step is done");
        let after = (aws(&self.world).await, provider(&self.world).await);
        let line = format!("{name} | {} | {}", between(&before.0, &after.0), between(&before.1, &after.1));
        self.lines = format!("{}{}\n", self.lines, line.trim_end());
        answer.json()
    }
}

/// A stack whose timer does not come, so that all that is counted is what a step asked for.
async fn world() -> World {
    let hour = Duration::from_secs(3600);
    let options = Options {
        register_customers: false,
        look_schedule: "3600,3600".to_owned(),
        watch_every: hour,
        ..Options::default()
    };
    World::own(options).await
}

#[tokio::test]
async fn each_step_costs_the_calls_of_the_table() {
    for kind in [0, 1] {
        let world = world().await;
        let customer = world.both().await[kind].clone();
        // What a step leaves to the queues is not the step's.
        world.faults(&json!({ "dropCallbacks": true })).await;
        let mut ledger = Ledger { world: world.clone(), lines: "\n".to_owned() };
        let keyed = customer.api.with("idempotency-key", "once");
        let body = customer.application();
        ledger.step("eligibility", customer.api.get("/v1/eligibility")).await;
        let shown = ledger.step("step 1", keyed.post("/v1/contracts", &body)).await;
        let contract = Contract::of(&customer, &shown);
        ledger.step("step 1 again, same key", keyed.post("/v1/contracts", &body)).await;
        let mut edit = body.clone();
        edit["partyA"]["contactName"] = json!("孙联络");
        edit["revision"] = json!(1);
        ledger.step("back to step 1", contract.edit(&edit)).await;
        let draft = ledger.step("step 2, the draft", customer.api.get(&contract.path("/draft"))).await;
        let (path, confirmation) = (contract.path("/confirm"), json!({ "draftSha256": draft["sha256"] }));
        ledger.step("step 2", customer.api.post(&path, &confirmation)).await;
        ledger.step("step 2 again", customer.api.post(&path, &confirmation)).await;
        ledger.step("step 3", contract.submit_signer()).await;
        ledger.step("step 3 again", contract.submit_signer()).await;
        ledger.step("step 4", contract.open_signing()).await;
        // The relay's message would set off work that is not the customer's.
        world.aws_refuses("SendMessageBatch");
        ledger.step("revocation", contract.revoke()).await;
        ledger.step("the contract", customer.api.get(&contract.path(""))).await;
        ledger.step("its history", customer.api.get(&contract.path("/events"))).await;
        ledger.step("the list", customer.api.get("/v1/contracts")).await;
        world.aws_is_well();
        let lines: String = ledger.lines.lines().map(without_relay).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(lines, STEPS, "the table of calls has changed for {}", customer.kind.as_str());
        contract.until("revoked").await;
    }
}

/// A line without the relay's tries, which come beside what is measured.
fn without_relay(line: &str) -> String {
    let kept = |cell: &str| {
        let calls = cell.split(", ").filter(|call| !call.trim().starts_with("SendMessageBatch"));
        calls.map(str::trim).collect::<Vec<_>>().join(", ")
    };
    let cells: Vec<String> = line.split('|').map(kept).collect();
    cells.join(" | ").trim_end().to_owned()
}

/// What steps 1 to 4 come to, with the vendor's own seal: the callback about it is kept (`PutItem`), and nothing more is done for it.
const UNTIL_SIGNING: (&str, &str) = (
    "BatchGetItem 1, Decrypt 3, Encrypt 1, GetItem 4, GetObject 1, PutItem 1, PutObject 1, TransactWriteItems 3, UpdateItem 1",
    "check 1, create 1, link 2, put 1, start 1, upload 1",
);

/// The most that a whole contract may cost.
const WHOLE: u64 = 30;

#[tokio::test]
async fn a_whole_contract_costs_few_calls() {
    for kind in [0, 1] {
        let world = world().await;
        let customer = world.both().await[kind].clone();
        let before = (aws(&world).await, provider(&world).await);
        let contract = customer.signing().await;
        contract.open_signing().await.is(200);
        until("the calls of steps 1 to 4, and no others", async || {
            let came = (between(&before.0, &aws(&world).await), between(&before.1, &provider(&world).await));
            if (came.0.as_str(), came.1.as_str()) == UNTIL_SIGNING { Ok(()) } else { Err(came) }
        })
        .await;
        // Looking for the flow takes two calls of this test's own.
        let own: u64 = 2;
        let flow = contract.flow().await;
        world.sandbox().post(&format!("/sandbox/flows/{flow}/sign"), &json!({})).await.is(200);
        world.mails_until(&customer.email, 1).await;
        let after = quiet(&world).await;
        let came = between(&before.0, &after);
        let all: u64 = after.values().sum::<u64>() - before.0.values().sum::<u64>() - own;
        assert!(all <= WHOLE, "{all} calls of AWS for one contract: {came}");
        assert!(all >= 25, "what is counted is not what happens: {came}");
    }
}

/// The calls of AWS once none has come for a while.
async fn quiet(world: &World) -> Counts {
    loop {
        let before = aws(world).await;
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let after = aws(world).await;
        if before == after {
            return after;
        }
    }
}
