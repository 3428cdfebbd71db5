//! Customers, staff and the signer: what each may do, and what they know of their contracts.

use serde_json::{Value, json};

use super::chance::Chance;
use super::world::{Answered, Caller, World};

/// A subject that accounts can be verified as. The document numbers are made up and have valid check digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub name: &'static str,
    pub credential_type: &'static str,
    pub number: &'static str,
}

pub const SUBJECTS: [Subject; 3] = [
    Subject {
        kind: "enterprise", name: "某某科技有限公司", credential_type: "uscc", number: "91330100MA0000001F"
    },
    Subject { kind: "personal", name: "李大山", credential_type: "id_card", number: "330106199001010018" },
    Subject {
        kind: "enterprise", name: "另一家科技有限公司", credential_type: "uscc", number: "91330100MA0000002J"
    },
];

/// A company that no other number gives, with a credit code whose check character fits (GB 32100).
pub fn company(number: u32) -> Subject {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut code = format!("91330100MB{number:07}");
    let (mut weight, mut sum) = (1, 0);
    for byte in code.bytes() {
        sum += LETTERS.iter().position(|letter| *letter == byte).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    code.push(char::from(LETTERS[(31 - sum % 31) % 31]));
    // As long as the process, for a check has few of them.
    Subject { number: Box::leak(code.into_boxed_str()), ..SUBJECTS[0] }
}

impl Subject {
    pub fn as_json(&self) -> Value {
        json!({ "type": self.kind, "name": self.name, "credentialType": self.credential_type, "credentialNumber": self.number })
    }

    /// What step 1 is filled in with.
    pub fn application(&self, customer: &str, contact: &str) -> Value {
        let mut body = json!({
            "partyA": { "address": "浙江省杭州市滨江区江南大道 100 号", "contactName": contact, "phone": "0571-8800 1234", "email": format!("contact@{customer}.example") },
            "billingEmail": format!("bills@{customer}.example"),
        });
        if self.kind == "enterprise" {
            body["invoice"] = json!({ "title": self.name, "taxNumber": self.number, "type": "general" });
        }
        body
    }

    /// What step 3 is filled in with: a person signs for himself.
    pub fn signer(&self, mobile: &str) -> Value {
        let mut body = json!({ "mobile": mobile, "consent": { "version": "2026-01" } });
        if self.kind == "enterprise" {
            body["name"] = json!("王小明");
            body["idType"] = json!("id_card");
            body["idNumber"] = json!("330106199001020013");
        }
        body
    }
}

/// What an account knows of its newest contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub id: String,
    pub state: String,
    revision: u64,
    sha256: String,
}

/// A customer's account.
#[derive(Clone, Debug)]
pub struct Account {
    pub caller: Caller,
    /// Which of the subjects it was verified as last.
    subject: usize,
    verified: u64,
    pub known: Option<Known>,
    /// Idempotency keys and the contract that the first answer named.
    keys: Vec<(String, String)>,
}

/// Everybody.
#[derive(Clone, Debug)]
pub struct People {
    pub accounts: Vec<Account>,
    pub staff: Caller,
    /// Of staff too: it takes both to close a contract whose flow is completed.
    pub colleague: Caller,
    papers: Vec<String>,
    /// Who waits for which answer.
    asked: Vec<(u64, Asked)>,
}

#[derive(Clone, Debug)]
enum Asked {
    Account(usize, Option<String>),
    Paper,
    Other,
}

const CONTACT: &str = "赵联络";

impl Default for People {
    fn default() -> Self {
        Self::new()
    }
}

impl People {
    /// Two accounts of one company, and one of a person.
    pub fn new() -> Self {
        let account = |at: usize, subject: usize| Account {
            caller: Caller { sub: format!("user-{at}"), customer: Some(format!("customer-{at}")) },
            subject,
            verified: 0,
            known: None,
            keys: Vec::new(),
        };
        let accounts = vec![account(1, 0), account(2, 0), account(3, 1)];
        let [staff, colleague] = ["staff-1", "staff-2"].map(|sub| Caller { sub: sub.to_owned(), customer: None });
        Self { accounts, staff, colleague, papers: Vec::new(), asked: Vec::new() }
    }

    /// The real-name system tells who everybody is.
    pub fn verify_all(&mut self, world: &mut World<'_>) {
        for at in 0..self.accounts.len() {
            self.verify(world, at);
        }
    }

    fn verify(&mut self, world: &mut World<'_>, at: usize) {
        let account = &mut self.accounts[at];
        account.verified += 1;
        let mut body = SUBJECTS[account.subject].as_json();
        body["verifiedAt"] = json!(format!("2026-01-01T00:{:02}:00Z", account.verified % 60));
        let path = format!("/v1/staff/customers/{}/identity", account.caller.customer.as_deref().unwrap_or_default());
        let flight = world.call(&self.staff, "PUT", &path, &body, None);
        self.asked.push((flight, Asked::Other));
    }

    fn application(&self, at: usize, contact: &str) -> Value {
        let account = &self.accounts[at];
        SUBJECTS[account.subject].application(account.caller.customer.as_deref().unwrap_or_default(), contact)
    }

    fn signer(&self, at: usize, mobile: &str) -> Value {
        SUBJECTS[self.accounts[at].subject].signer(mobile)
    }

    fn account_calls(&mut self, world: &mut World<'_>, at: usize, method: &str, path: &str, body: &Value) {
        let caller = self.accounts[at].caller.clone();
        let flight = world.call(&caller, method, path, body, None);
        self.asked.push((flight, Asked::Account(at, None)));
    }

    /// Step 1, now and then under a key that was used before.
    pub fn apply(&mut self, world: &mut World<'_>, at: usize, chance: &mut Chance) {
        let keys = self.accounts[at].keys.len();
        let key = match chance.below(3) {
            0 => None,
            1 if keys > 0 => Some(self.accounts[at].keys[chance.below(keys)].0.clone()),
            _ => Some(format!("key-{at}-{keys}")),
        };
        let caller = self.accounts[at].caller.clone();
        let body = self.application(at, CONTACT);
        let flight = world.call(&caller, "POST", "/v1/contracts", &body, key.as_deref());
        self.asked.push((flight, Asked::Account(at, key)));
    }

    /// What leads one account's contract on, as its people see it.
    pub fn go_on(&mut self, world: &mut World<'_>, at: usize, chance: &mut Chance) {
        let Some(known) = self.accounts[at].known.clone() else {
            return match chance.below(3) {
                0 => self.account_calls(world, at, "GET", "/v1/eligibility", &Value::Null),
                _ => self.apply(world, at, chance),
            };
        };
        let path = |call: &str| format!("/v1/contracts/{}{call}", known.id);
        match known.state.as_str() {
            "draft" => {
                self.account_calls(world, at, "POST", &path("/confirm"), &json!({ "draftSha256": known.sha256 }));
            }
            "confirmed" => {
                let body = self.signer(at, "13900000012");
                self.account_calls(world, at, "POST", &path("/signer"), &body);
            }
            "signing" => self.sign(world, &known.id, chance),
            "revoked" | "declined" | "expired" | "closed" if chance.per_mille(700) => self.apply(world, at, chance),
            _ => self.account_calls(world, at, "GET", &path(""), &Value::Null),
        }
    }

    /// Anything at all, whether it makes sense or not.
    pub fn do_anything(&mut self, world: &mut World<'_>, at: usize, chance: &mut Chance) {
        let known = self.accounts[at].known.clone().unwrap_or_default();
        if known.id.is_empty() {
            return match chance.below(4) {
                0 => self.account_calls(world, at, "GET", "/v1/eligibility", &Value::Null),
                1 => self.account_calls(world, at, "GET", "/v1/contracts", &Value::Null),
                _ => self.apply(world, at, chance),
            };
        }
        let path = |call: &str| format!("/v1/contracts/{}{call}", known.id);
        match chance.below(14) {
            // An application beside an open contract is refused, after its draft was rendered: it takes the longest of all, and is tried less often.
            0 if chance.per_mille(500) => self.apply(world, at, chance),
            1 => {
                let mut body = self.application(at, chance.one_of(&[CONTACT, "孙联络"]));
                body["revision"] = json!(known.revision.saturating_sub(u64::from(chance.per_mille(100))));
                self.account_calls(world, at, "PUT", &path("/party-a"), &body);
            }
            3 => self.account_calls(world, at, "POST", &path("/confirm"), &json!({ "draftSha256": known.sha256 })),
            4 | 5 => {
                // One matches nobody, one is another signer's.
                let mobile = chance.one_of(&["13900000012", "13900000012", "13900000032", "13900010001"]);
                let body = self.signer(at, mobile);
                self.account_calls(world, at, "POST", &path("/signer"), &body);
            }
            6 => self.account_calls(world, at, "POST", &path("/signing-session"), &Value::Null),
            7 | 8 => self.account_calls(world, at, "POST", &path("/revoke"), &json!({ "reason": "填错了" })),
            9 => self.account_calls(world, at, "GET", &path("/events"), &Value::Null),
            10 => self.account_calls(world, at, "GET", &path("/document"), &Value::Null),
            11 => self.account_calls(world, at, "GET", "/v1/contracts", &Value::Null),
            12 => {
                let body = json!({ "topic": "other", "message": "请联系我们" });
                let caller = self.accounts[at].caller.clone();
                let flight = world.call(&caller, "POST", "/v1/enquiries", &body, None);
                self.asked.push((flight, Asked::Other));
            }
            _ => self.account_calls(world, at, "GET", &path(""), &Value::Null),
        }
    }

    /// One thing that staff, or the real-name system, do.
    pub fn staff_acts(&mut self, world: &mut World<'_>, chance: &mut Chance) {
        let at = chance.below(self.accounts.len());
        let known = self.accounts[at].known.clone().unwrap_or_default();
        let path = |call: &str| format!("/v1/staff/contracts/{}{call}", known.id);
        let staff = self.staff.clone();
        let mut asked = Asked::Other;
        let flight = match chance.below(8) {
            0 => {
                self.accounts[at].subject = chance.below(SUBJECTS.len());
                return self.verify(world, at);
            }
            1 => return self.verify(world, at),
            2 | 3 => {
                let subject = chance.below(SUBJECTS.len());
                let body = json!({ "subject": SUBJECTS[subject].as_json(), "reference": format!("paper-{subject}-{}", chance.below(2)), "signedOn": "2026-02-01" });
                asked = Asked::Paper;
                world.call(&staff, "POST", "/v1/staff/paper-contracts", &body, None)
            }
            4 if !self.papers.is_empty() => {
                let paper = self.papers[chance.below(self.papers.len())].clone();
                world.call(&staff, "DELETE", &format!("/v1/staff/paper-contracts/{paper}"), &Value::Null, None)
            }
            5 if !known.id.is_empty() => {
                world.call(&staff, "POST", &path("/revoke"), &json!({ "reason": "客户要求" }), None)
            }
            6 if !known.id.is_empty() => {
                let decision = chance.one_of(&["accept", "retry", "close"]);
                let by = if chance.below(2) == 0 { staff } else { self.colleague.clone() };
                world.call(&by, "POST", &path("/review"), &json!({ "decision": decision, "reason": "已核实" }), None)
            }
            _ => world.call(&staff, "POST", "/v1/staff/contracts/search", &json!({ "needsReview": true }), None),
        };
        self.asked.push((flight, asked));
    }

    /// The signer acts at the provider, on the flow of this contract that is open; somebody with a stale link tries one that is not.
    pub fn sign(&mut self, world: &mut World<'_>, contract: &str, chance: &mut Chance) {
        let flows = flows_of(world, contract);
        let open = flows.iter().find(|flow| flow["status"] == 1);
        let stale = flows.iter().find(|flow| flow["status"] != 1);
        let Some(flow) = (if chance.per_mille(100) { stale.or(open) } else { open.or(stale) }) else { return };
        let id = flow["id"].as_str().unwrap_or_default().to_owned();
        let (call, body) = match chance.below(12) {
            0 => ("decline", json!({ "reason": "不签了" })),
            1 => ("expire", Value::Null),
            2 => ("sign", json!({ "signerName": "别的名字" })),
            _ => ("sign", json!({})),
        };
        let (status, _) = world.sandbox("POST", &format!("/sandbox/flows/{id}/{call}"), &body);
        world.note(&format!("the signer: {call} {status}"));
    }

    /// Takes in what was answered. A key's later answers name the contract that its first answer named.
    pub fn hear(&mut self, world: &mut World<'_>) {
        for answered in std::mem::take(&mut world.answers) {
            let Some(at) = self.asked.iter().position(|(asked, _)| *asked == answered.flight) else {
                // Somebody else's.
                world.answers.push(answered);
                continue;
            };
            let Answered { status, body, .. } = answered;
            match self.asked.remove(at).1 {
                Asked::Account(at, key) => self.account_hears(world, at, key, status, &body),
                Asked::Paper => {
                    if let Some(id) = body["id"].as_str() {
                        self.papers.push(id.to_owned());
                    }
                }
                Asked::Other => {}
            }
        }
    }

    fn account_hears(&mut self, world: &mut World<'_>, at: usize, key: Option<String>, status: u16, body: &Value) {
        let account = &mut self.accounts[at];
        let view = if body["contract"].is_object() { &body["contract"] } else { body };
        let view = body["items"].get(0).filter(|item| item["state"].is_string()).unwrap_or(view);
        if let (Some(id), Some(state)) = (view["id"].as_str(), view["state"].as_str()) {
            // An answer that was on its way for long may be about an older contract: ids sort by time.
            if account.known.as_ref().is_none_or(|known| known.id.as_str() <= id) {
                account.known = Some(Known {
                    id: id.to_owned(),
                    state: state.to_owned(),
                    revision: view["revision"].as_u64().unwrap_or(1),
                    sha256: view["draft"]["sha256"].as_str().unwrap_or_default().to_owned(),
                });
            }
            if let (201, Some(key)) = (status, key) {
                match account.keys.iter().find(|(known, _)| *known == key) {
                    Some((_, first)) if first != id => {
                        world.violations.push(format!("the key {key} gave {first} first and {id} then"));
                    }
                    Some(_) => {}
                    None => account.keys.push((key, id.to_owned())),
                }
            }
        }
    }
}

/// The provider's flows of a contract: the address for their callbacks names it.
pub fn flows_of(world: &mut World<'_>, contract: &str) -> Vec<Value> {
    let (_, flows) = world.sandbox("GET", "/sandbox/flows", &Value::Null);
    let ends = format!("contract={contract}");
    let of = |flow: &&Value| flow["notifyUrl"].as_str().is_some_and(|url| url.ends_with(&ends));
    flows.as_array().into_iter().flatten().filter(of).cloned().collect()
}
