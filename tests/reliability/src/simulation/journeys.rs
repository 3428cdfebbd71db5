//! Ways through the product, each from its first call to its last, which together meet every effect that any function has.

use std::time::Duration;

use serde_json::{Value, json};

use super::calm::{fair_minutes, quiet};
use super::people::{People, SUBJECTS, Subject, flows_of};
use super::world::{Caller, World};

/// One way through the product.
pub struct Journey {
    pub name: &'static str,
    way: Way,
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

#[derive(Clone, Copy)]
enum Way {
    Signed(usize),
    Revoked,
    Ends,
    Paper,
    Identities,
    Review,
    Timer,
    Held,
}

/// All of them.
pub const ALL: [Journey; 9] = [
    Journey { name: "a company signs", way: Way::Signed(0) },
    Journey { name: "a person signs", way: Way::Signed(1) },
    Journey { name: "back, and revoked", way: Way::Revoked },
    Journey { name: "declined, expired, applied again", way: Way::Ends },
    Journey { name: "paper", way: Way::Paper },
    Journey { name: "identities that change", way: Way::Identities },
    Journey { name: "another signer", way: Way::Review },
    Journey { name: "without callbacks, and without mail for a while", way: Way::Timer },
    Journey { name: "a provider that refuses", way: Way::Held },
];

/// People who try again when they are told to.
pub struct Walk<'w, 'p> {
    pub world: &'w mut World<'p>,
    pub people: &'w mut People,
    /// What was answered in a way that the journey does not end with, or never.
    pub astray: Vec<String>,
}

impl std::fmt::Debug for Walk<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walk").field("astray", &self.astray).finish_non_exhaustive()
    }
}

/// So often somebody tries again.
const ATTEMPTS: u32 = 6;

impl Walk<'_, '_> {
    /// Goes one way to its end.
    pub async fn goes(&mut self, journey: &Journey) {
        for (at, account) in self.people.accounts.clone().iter().enumerate() {
            self.is_verified(account.caller.customer.as_deref().unwrap_or_default(), SUBJECTS[[0, 0, 1][at]], 1).await;
        }
        match journey.way {
            Way::Signed(subject) => self.signs(subject).await,
            Way::Revoked => self.revokes().await,
            Way::Ends => self.ends().await,
            Way::Paper => self.paper().await,
            Way::Identities => self.identities().await,
            Way::Review => self.another_signer().await,
            Way::Timer => self.timer().await,
            Way::Held => self.refused_start().await,
        }
    }

    /// One call, until it is answered. After an answer was lost, "already done" is one too.
    pub async fn asks(&mut self, by: &Caller, method: &str, path: &str, body: Value) -> Value {
        let key = (path == "/v1/contracts" && method == "POST").then(|| format!("key-{}", self.world.met));
        for attempt in 0..ATTEMPTS {
            let flight = self.world.call(by, method, path, &body, key.as_deref());
            quiet(self.world, &mut People::new()).await;
            let at = self.world.answers.iter().position(|answer| answer.flight == flight);
            let answer = at.map(|at| self.world.answers.remove(at));
            match answer {
                Some(answer) if answer.status < 300 => return answer.body,
                Some(answer) if answer.status < 500 => {
                    if attempt == 0 {
                        self.astray.push(format!("{method} {path}: {} {}", answer.status, answer.body));
                    }
                    return answer.body;
                }
                // A minute later, when the schedule has run too.
                _ => fair_minutes(self.world, &mut People::new(), Duration::ZERO).await,
            }
        }
        self.astray.push(format!("{method} {path}: no answer"));
        Value::Null
    }

    /// One call, once: its status, and the code of its refusal.
    pub async fn asks_once(&mut self, by: &Caller, path: &str, body: &Value) -> (u16, String) {
        let flight = self.world.call(by, "POST", path, body, None);
        quiet(self.world, &mut People::new()).await;
        let at = self.world.answers.iter().position(|answer| answer.flight == flight);
        at.map(|at| self.world.answers.remove(at)).map_or((0, String::new()), |answer| {
            (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
        })
    }

    /// One call that has to be refused with this code.
    async fn is_refused(&mut self, by: &Caller, path: &str, body: Value, code: &str) {
        let before = self.astray.len();
        let answer = self.asks(by, "POST", path, body).await;
        self.astray.truncate(before);
        if answer["code"] != code {
            self.astray.push(format!("POST {path} should be refused with {code}: {answer}"));
        }
    }

    pub async fn is_verified(&mut self, customer: &str, subject: Subject, at: u32) {
        let mut body = subject.as_json();
        body["verifiedAt"] = json!(format!("2026-01-01T00:{at:02}:00Z"));
        let staff = self.people.staff.clone();
        self.asks(&staff, "PUT", &format!("/v1/staff/customers/{customer}/identity"), body).await;
    }

    pub fn customer(&self, at: usize) -> Caller {
        self.people.accounts[at].caller.clone()
    }

    /// Steps 1 and 2: the contract's id.
    pub async fn confirms(&mut self, by: &Caller, subject: Subject) -> String {
        let body = application(by, subject, "赵联络");
        let contract = self.asks(by, "POST", "/v1/contracts", body).await;
        let id = contract["id"].as_str().unwrap_or("none").to_owned();
        let path = format!("/v1/contracts/{id}");
        self.asks(by, "GET", &format!("{path}/draft"), Value::Null).await;
        self.asks(by, "GET", &format!("{path}/draft/pages/1"), Value::Null).await;
        let sha256 = contract["draft"]["sha256"].clone();
        self.asks(by, "POST", &format!("{path}/confirm"), json!({ "draftSha256": sha256 })).await;
        id
    }

    /// Steps 1 to 3.
    pub async fn submits(&mut self, by: &Caller, subject: Subject) -> String {
        let id = self.confirms(by, subject).await;
        self.submits_signer(by, subject, &id).await;
        id
    }

    /// Step 3.
    pub async fn submits_signer(&mut self, by: &Caller, subject: Subject, contract: &str) -> Value {
        self.asks(by, "POST", &format!("/v1/contracts/{contract}/signer"), subject.signer("13900000012")).await
    }

    /// The signer acts at the provider, on the flow that is open.
    pub async fn at_provider(&mut self, contract: &str, act: &str, body: Value) {
        self.at_provider_quietly(contract, act, &body);
        quiet(self.world, &mut People::new()).await;
    }

    pub fn at_provider_quietly(&mut self, contract: &str, act: &str, body: &Value) {
        let open = flows_of(self.world, contract).into_iter().find(|flow| flow["status"] == 1);
        let Some(flow) = open.as_ref().and_then(|flow| flow["id"].as_str()) else {
            // It is not open yet: whoever has the link finds that out, and the timer starts it.
            return self.astray.push(format!("{contract} has no open flow"));
        };
        self.world.sandbox("POST", &format!("/sandbox/flows/{flow}/{act}"), body);
    }

    pub async fn minutes(&mut self, minutes: u64) {
        fair_minutes(self.world, &mut People::new(), Duration::from_secs(minutes * 60)).await;
    }

    async fn signs(&mut self, subject: usize) {
        let by = self.customer(if subject == 1 { 2 } else { 0 });
        self.asks(&by, "GET", "/v1/eligibility", Value::Null).await;
        let id = self.submits(&by, SUBJECTS[subject]).await;
        let path = format!("/v1/contracts/{id}");
        self.asks(&by, "POST", &format!("{path}/signing-session"), Value::Null).await;
        self.at_provider(&id, "sign", json!({})).await;
        self.minutes(15).await;
        for call in ["", "/events", "/document"] {
            self.asks(&by, "GET", &format!("{path}{call}"), Value::Null).await;
        }
        self.asks(&by, "GET", "/v1/contracts", Value::Null).await;
        let staff = self.people.staff.clone();
        self.asks(&staff, "GET", &format!("/v1/staff/contracts/{id}"), Value::Null).await;
        let subject = SUBJECTS[subject];
        for search in [
            json!({ "state": "signed" }),
            json!({ "customerId": by.customer }),
            json!({ "credentialNumber": subject.number }),
            json!({ "needsReview": true }),
        ] {
            self.asks(&staff, "POST", "/v1/staff/contracts/search", search).await;
        }
        let number = self.asks(&by, "GET", &path, Value::Null).await["number"].clone();
        self.asks(&staff, "POST", "/v1/staff/contracts/search", json!({ "number": number })).await;
    }

    async fn revokes(&mut self) {
        let by = self.customer(0);
        let subject = SUBJECTS[0];
        let id = self.confirms(&by, subject).await;
        let path = format!("/v1/contracts/{id}");
        // One that matches nobody, back to step 1, and on again.
        let nobody = subject.signer("13900010001");
        self.is_refused(&by, &format!("{path}/signer"), nobody, "identity_mismatch").await;
        let mut edit = application(&by, subject, "孙联络");
        edit["revision"] = json!(1);
        let edited = self.asks(&by, "PUT", &format!("{path}/party-a"), edit).await;
        let sha256 = edited["draft"]["sha256"].clone();
        self.asks(&by, "POST", &format!("{path}/confirm"), json!({ "draftSha256": sha256 })).await;
        self.asks(&by, "POST", &format!("{path}/signer"), subject.signer("13900000012")).await;
        self.asks(&by, "POST", &format!("{path}/revoke"), json!({ "reason": "填错了" })).await;
        self.minutes(15).await;
        let again = self.confirms(&by, subject).await;
        self.asks(&by, "POST", &format!("/v1/contracts/{again}/revoke"), Value::Null).await;
        // A draft that nobody touches.
        let body = application(&by, subject, "赵联络");
        self.asks(&by, "POST", "/v1/contracts", body).await;
        for _ in 0..31 {
            self.world.pass(Duration::from_secs(24 * 3600)).await;
        }
        self.minutes(15).await;
    }

    async fn ends(&mut self) {
        let by = self.customer(0);
        let staff = self.people.staff.clone();
        let declined = self.submits(&by, SUBJECTS[0]).await;
        self.at_provider(&declined, "decline", json!({ "reason": "不签了" })).await;
        self.minutes(15).await;
        let expired = self.submits(&by, SUBJECTS[0]).await;
        self.at_provider(&expired, "expire", Value::Null).await;
        self.minutes(15).await;
        let revoked = self.submits(&by, SUBJECTS[0]).await;
        let path = format!("/v1/staff/contracts/{revoked}/revoke");
        self.asks(&staff, "POST", &path, json!({ "reason": "客户要求" })).await;
        self.minutes(15).await;
        self.asks(&by, "POST", "/v1/enquiries", json!({ "topic": "other", "message": "请联系我们" })).await;
        self.asks(&staff, "GET", "/v1/staff/enquiries", Value::Null).await;
        self.minutes(15).await;
    }

    /// Staff register a paper contract: its id.
    pub async fn registers(&mut self, subject: usize, reference: &str) -> String {
        let staff = self.people.staff.clone();
        let body = json!({ "subject": SUBJECTS[subject].as_json(), "reference": reference, "signedOn": "2026-02-01" });
        let paper = self.asks(&staff, "POST", "/v1/staff/paper-contracts", body).await;
        paper["id"].as_str().unwrap_or("none").to_owned()
    }

    async fn paper(&mut self) {
        let staff = self.people.staff.clone();
        let (company, person) = (self.customer(0), self.customer(2));
        let free = self.registers(0, "paper-1").await;
        self.asks(&staff, "GET", &format!("/v1/staff/paper-contracts/{free}"), Value::Null).await;
        self.asks(&staff, "GET", "/v1/staff/paper-contracts", Value::Null).await;
        self.asks(&staff, "DELETE", &format!("/v1/staff/paper-contracts/{free}"), Value::Null).await;
        // Over a draft it stands at once; over an open flow it waits until the flow is revoked.
        let body = application(&company, SUBJECTS[0], "赵联络");
        self.asks(&company, "POST", "/v1/contracts", body).await;
        let over_draft = self.registers(0, "paper-2").await;
        self.asks(&staff, "DELETE", &format!("/v1/staff/paper-contracts/{over_draft}"), Value::Null).await;
        self.submits(&company, SUBJECTS[0]).await;
        self.registers(0, "paper-3").await;
        self.minutes(15).await;
        // The signature wins, and the paper contract is refused.
        let id = self.submits(&person, SUBJECTS[1]).await;
        self.at_provider_quietly(&id, "sign", &json!({}));
        self.registers(1, "paper-4").await;
        self.minutes(15).await;
    }

    async fn identities(&mut self) {
        let by = self.customer(0);
        let staff = self.people.staff.clone();
        let customer = by.customer.clone().unwrap_or_default();
        let path = format!("/v1/staff/customers/{customer}/identity");
        self.confirms(&by, SUBJECTS[0]).await;
        self.is_verified(&customer, SUBJECTS[2], 2).await;
        self.submits(&by, SUBJECTS[2]).await;
        self.asks(&staff, "GET", &path, Value::Null).await;
        self.asks(&staff, "DELETE", &path, Value::Null).await;
        self.minutes(15).await;
    }

    async fn another_signer(&mut self) {
        let (company, person) = (self.customer(0), self.customer(2));
        let staff = self.people.staff.clone();
        for (by, subject, decision) in [(company, SUBJECTS[0], "accept"), (person, SUBJECTS[1], "close")] {
            let id = self.submits(&by, subject).await;
            self.at_provider(&id, "sign", json!({ "signerName": "别的名字" })).await;
            self.minutes(15).await;
            let path = format!("/v1/staff/contracts/{id}/review");
            let body = json!({ "decision": decision, "reason": "已核实" });
            self.asks(&staff, "POST", &path, body.clone()).await;
            if decision == "close" {
                let colleague = self.people.colleague.clone();
                self.asks(&colleague, "POST", &path, body).await;
            }
            self.minutes(15).await;
        }
    }

    async fn timer(&mut self) {
        let by = self.customer(0);
        let id = self.submits(&by, SUBJECTS[0]).await;
        self.at_provider_quietly(&id, "sign", &json!({}));
        self.world.settle().await;
        self.world.callbacks.clear();
        self.world.mail_is_away = true;
        self.minutes(15).await;
        self.world.mail_is_away = false;
        self.minutes(15).await;
    }

    /// The provider refuses the start, staff try again; then it has lost the draft.
    async fn refused_start(&mut self) {
        let (company, person) = (self.customer(0), self.customer(2));
        let staff = self.people.staff.clone();
        self.fault(&json!({ "call": "start", "how": "quota", "times": 1000 }));
        let id = self.confirms(&company, SUBJECTS[0]).await;
        let before = self.astray.len();
        self.submits_signer(&company, SUBJECTS[0], &id).await;
        self.astray.truncate(before);
        self.minutes(30).await;
        self.fault(&Value::Null);
        let path = format!("/v1/staff/contracts/{id}/review");
        self.asks(&staff, "POST", &path, json!({ "decision": "retry", "reason": "已续费" })).await;
        self.minutes(15).await;
        self.at_provider(&id, "sign", json!({})).await;
        let id = self.confirms(&person, SUBJECTS[1]).await;
        self.fault(&json!({ "call": "create", "how": "1437511" }));
        self.submits_signer(&person, SUBJECTS[1], &id).await;
        self.fault(&json!({ "call": "fetch", "how": "tampered" }));
        // Where party A's seal was not asked for: nobody can judge that here.
        self.at_provider(&id, "sign", json!({ "page": 1, "x": 40.0, "y": 40.0 })).await;
        self.minutes(15).await;
        let path = format!("/v1/staff/contracts/{id}/review");
        self.asks(&staff, "POST", &path, json!({ "decision": "retry", "reason": "再取一次" })).await;
        self.minutes(15).await;
        self.asks(&staff, "GET", &format!("/v1/staff/contracts/{id}/held-document"), Value::Null).await;
        self.asks(&staff, "POST", &path, json!({ "decision": "accept", "reason": "已核对" })).await;
        self.minutes(15).await;
    }

    fn fault(&mut self, next: &Value) {
        let (status, answer) = self.world.sandbox("PUT", "/sandbox/faults", &json!({ "failNext": next }));
        if status != 200 {
            self.astray.push(format!("the fault cannot be set: {answer}"));
        }
    }
}

/// Step 1 of this customer.
fn application(by: &Caller, subject: Subject, contact: &str) -> Value {
    subject.application(by.customer.as_deref().unwrap_or_default(), contact)
}
