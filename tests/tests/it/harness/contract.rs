//! One contract in its customer's hands.

use super::{Answer, Api, Customer, until};
use serde_json::{Value, json};

/// A contract, with who made it.
#[derive(Debug, Clone)]
pub struct Contract {
    pub customer: Customer,
    pub id: String,
    pub number: String,
}

impl Contract {
    /// The contract that an answer shows.
    pub fn of(customer: &Customer, shown: &Value) -> Self {
        let text = |name: &str| shown[name].as_str().unwrap_or_else(|| panic!("no {name} in {shown}")).to_owned();
        Self { customer: customer.clone(), id: text("id"), number: text("number") }
    }

    /// The same contract in another language.
    pub fn reading(&self, language: &'static str) -> Self {
        Self { customer: self.customer.reading(language), ..self.clone() }
    }

    /// The contract's address, or that of a part of it: `path("/draft")`.
    pub fn path(&self, part: &str) -> String {
        format!("/v1/contracts/{}{part}", self.id)
    }

    /// The contract as it stands.
    pub async fn shown(&self) -> Value {
        self.customer.api.get(&self.path("")).await.is(200)
    }

    pub async fn state(&self) -> String {
        self.shown().await["state"].as_str().unwrap_or_default().to_owned()
    }

    /// The contract once it has this state and is not held for review.
    pub async fn until(&self, state: &str) -> Value {
        let what = format!("contract {} to be {state}", self.id);
        until(&what, async || {
            let shown = self.shown().await;
            if shown["state"] == state && shown["needsReview"] == false { Ok(shown) } else { Err(shown) }
        })
        .await
    }

    /// The contract once it is held for review for this reason.
    pub async fn until_held(&self, reason: &str) -> Value {
        let what = format!("contract {} to be held as {reason}", self.id);
        until(&what, async || {
            let shown = self.shown().await;
            if shown["needsReview"] == true && shown["reviewReason"] == reason { Ok(shown) } else { Err(shown) }
        })
        .await
    }

    /// The link to the draft, with its hash.
    pub async fn draft(&self) -> Value {
        self.customer.api.get(&self.path("/draft")).await.is(200)
    }

    /// The draft's bytes.
    pub async fn draft_pdf(&self) -> Vec<u8> {
        let answer = self.customer.world.download(&self.draft().await).await;
        answer.is(200);
        answer.bytes
    }

    /// Back to step 1 with a body that has its revision already.
    pub async fn edit(&self, body: &Value) -> Answer {
        self.customer.api.put(&self.path("/party-a"), body).await
    }

    /// Step 2 for the draft as it is now.
    pub async fn confirm(&self) -> Answer {
        let draft = self.draft().await;
        self.customer.api.post(&self.path("/confirm"), &json!({ "draftSha256": draft["sha256"] })).await
    }

    /// Step 3 with what the customer's people type.
    pub async fn submit_signer(&self) -> Answer {
        self.customer.api.post(&self.path("/signer"), &self.customer.signer()).await
    }

    /// Step 4.
    pub async fn open_signing(&self) -> Answer {
        self.customer.api.post_nothing(&self.path("/signing-session")).await
    }

    pub async fn revoke(&self) -> Answer {
        self.customer.api.post_nothing(&self.path("/revoke")).await
    }

    /// The signed PDF's link.
    pub async fn document(&self) -> Answer {
        self.customer.api.get(&self.path("/document")).await
    }

    /// The signed PDF.
    pub async fn signed_pdf(&self) -> Vec<u8> {
        let answer = self.customer.world.download(&self.document().await.is(200)).await;
        answer.is(200);
        answer.bytes
    }

    /// The history, as the customer sees it.
    pub async fn events(&self) -> Vec<Value> {
        let events = self.customer.api.get(&self.path("/events")).await;
        events.is(200)["items"].as_array().cloned().unwrap_or_default()
    }

    /// The kinds of the history's items, in their order.
    pub async fn kinds(&self) -> Vec<String> {
        self.events().await.iter().map(|item| item["kind"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The contract as staff see it.
    pub async fn for_staff(&self) -> Value {
        self.customer.world.staff().await.get(&format!("/v1/staff/contracts/{}", self.id)).await.is(200)
    }

    /// Staff decide of a contract that is held.
    pub async fn reviewed(&self, decision: &str, reason: &str) -> Answer {
        self.reviewed_by(&self.customer.world.staff().await, decision, reason).await
    }

    /// One of staff decides of a contract that is held.
    pub async fn reviewed_by(&self, by: &Api, decision: &str, reason: &str) -> Answer {
        let body = json!({ "decision": decision, "reason": reason });
        by.post(&format!("/v1/staff/contracts/{}/review", self.id), &body).await
    }

    /// One of staff and a colleague close a contract whose flow is completed.
    pub async fn closed_by_two(&self, reason: &str) -> Value {
        let asked = self.reviewed("close", reason).await.is(200);
        assert_eq!((&asked["state"], &asked["closeRequestedBy"]), (&json!("completing"), &json!("staff-1")));
        self.reviewed_by(&self.customer.world.colleague().await, "close", reason).await.is(200)
    }

    /// The provider's flow.
    pub async fn flow(&self) -> String {
        let shown = self.for_staff().await;
        shown["flowId"].as_str().unwrap_or_else(|| panic!("no flow in {shown}")).to_owned()
    }

    /// The flow as the sandbox has it.
    pub async fn flow_shown(&self) -> Value {
        let path = format!("/sandbox/flows/{}", self.flow().await);
        self.customer.world.sandbox().get(&path).await.is(200)
    }

    /// What the signer does at the provider: `sign`, `decline` or `expire`.
    pub async fn at_provider(&self, act: &str, body: &Value) -> Answer {
        let path = format!("/sandbox/flows/{}/{act}", self.flow().await);
        self.customer.world.sandbox().post(&path, body).await
    }

    /// The signer signs.
    pub async fn sign(&self) {
        self.at_provider("sign", &json!({})).await.is(200);
    }
}
