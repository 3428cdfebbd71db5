//! Every route that takes a body, with a body that it would take, and where one sees whether it took anything.

use super::wrong::{Field, Kind, needed, optional};
use crate::harness::{Answer, Api, Contract, Customer, Kind as Type};
use reqwest::Method;
use serde_json::{Value, json};

const PARTY_A: [Field; 6] = [
    needed("/partyA", Kind::Object),
    needed("/partyA/address", Kind::Printed(200)),
    needed("/partyA/contactName", Kind::Printed(100)),
    needed("/partyA/phone", Kind::Phone),
    needed("/partyA/email", Kind::Email),
    needed("/billingEmail", Kind::Email),
];
const INVOICE: [Field; 8] = [
    needed("/invoice", Kind::Object),
    needed("/invoice/title", Kind::Printed(100)),
    needed("/invoice/taxNumber", Kind::Document),
    needed("/invoice/type", Kind::Choice),
    // All four, because the body asks for a 增值税专用发票.
    needed("/invoice/registeredAddress", Kind::Printed(200)),
    needed("/invoice/registeredPhone", Kind::Phone),
    needed("/invoice/bank", Kind::Printed(100)),
    needed("/invoice/bankAccount", Kind::Account),
];
const NO_INVOICE: [Field; 1] = [optional("/invoice", Kind::Object)];
const REVISION: [Field; 1] = [needed("/revision", Kind::Count)];
const CONFIRMATION: [Field; 1] = [needed("/draftSha256", Kind::Form)];
const TRANSACTOR: [Field; 3] =
    [needed("/name", Kind::Text(100)), optional("/idType", Kind::Choice), needed("/idNumber", Kind::Document)];
const SIGNER: [Field; 3] =
    [needed("/mobile", Kind::Mobile), optional("/consent", Kind::Object), needed("/consent/version", Kind::Text(40))];
const REASON: [Field; 1] = [needed("/reason", Kind::Text(50))];
const REASON_IF_ANY: [Field; 1] = [optional("/reason", Kind::Text(50))];
const REVIEW: [Field; 1] = [needed("/decision", Kind::Choice)];
const ENQUIRY: [Field; 2] = [needed("/topic", Kind::Choice), needed("/message", Kind::Message)];
const IDENTITY: [Field; 5] = [
    needed("/type", Kind::Choice),
    needed("/name", Kind::Text(100)),
    needed("/credentialType", Kind::Choice),
    needed("/credentialNumber", Kind::Document),
    needed("/verifiedAt", Kind::Form),
];
const PAPER: [Field; 7] = [
    needed("/subject", Kind::Object),
    needed("/subject/type", Kind::Choice),
    needed("/subject/name", Kind::Text(100)),
    needed("/subject/credentialType", Kind::Choice),
    needed("/subject/credentialNumber", Kind::Document),
    needed("/reference", Kind::Text(100)),
    needed("/signedOn", Kind::Form),
];
const SEARCH: [Field; 6] = [
    optional("/state", Kind::Choice),
    optional("/number", Kind::Form),
    optional("/customerId", Kind::Form),
    optional("/credentialNumber", Kind::Form),
    optional("/needsReview", Kind::Flag),
    optional("/cursor", Kind::Form),
];

/// A route that takes a body.
#[derive(Debug, Clone)]
pub struct Site {
    pub method: Method,
    /// As the template has it.
    pub route: &'static str,
    pub path: String,
    /// Somebody who may call it.
    pub api: Api,
    /// What it would take.
    pub body: Value,
    pub fields: Vec<Field>,
    /// The status it would answer then.
    pub taken: u16,
    /// Whether a request without a body is one too.
    pub empty_is_fine: bool,
    /// Where one sees what was kept, by whom, and of what there if it is a list of everybody's.
    witness: (Api, String, Option<String>),
}

impl Site {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.route)
    }

    pub async fn send(&self, body: &Value) -> Answer {
        self.api.send(self.method.clone(), &self.path, Some(body)).await
    }

    pub async fn send_bytes(&self, content_type: Option<&str>, body: Vec<u8>) -> Answer {
        self.api.send_bytes(self.method.clone(), &self.path, content_type, body).await
    }

    /// What is kept, as far as this route could change it.
    pub async fn kept(&self) -> Value {
        let (api, path, about) = &self.witness;
        let shown = api.get(path).await.is(200);
        match about {
            None => shown,
            Some(about) => {
                let items = shown["items"].as_array().cloned().unwrap_or_default();
                items.into_iter().filter(|item| item.to_string().contains(about)).collect()
            }
        }
    }
}

/// What an application is made of.
fn application(customer: &Customer) -> Vec<Field> {
    let rest: &[Field] = if customer.kind == Type::Enterprise { &INVOICE } else { &NO_INVOICE };
    [&PARTY_A, rest].concat()
}

/// Step 1 of a customer without a contract.
pub fn step_1(customer: &Customer) -> Site {
    Site {
        method: Method::POST,
        route: "/v1/contracts",
        path: "/v1/contracts".to_owned(),
        api: customer.api.clone(),
        body: customer.application(),
        fields: application(customer),
        taken: 201,
        empty_is_fine: false,
        witness: (customer.api.clone(), "/v1/contracts".to_owned(), None),
    }
}

/// A site about one contract, seen by staff with its whole history.
async fn about(contract: &Contract, method: Method, route: &'static str, body: Value, fields: Vec<Field>) -> Site {
    let staff = contract.customer.world.staff().await;
    let api = if route.starts_with("/v1/staff/") { staff.clone() } else { contract.customer.api.clone() };
    Site {
        method,
        route,
        path: route.replace("{id}", &contract.id),
        api,
        body,
        fields,
        taken: 200,
        empty_is_fine: false,
        witness: (staff, format!("/v1/staff/contracts/{}", contract.id), None),
    }
}

/// Back to step 1.
pub async fn party_a(contract: &Contract) -> Site {
    let mut body = contract.customer.application();
    body["partyA"]["contactName"] = json!("孙联络");
    body["revision"] = contract.shown().await["revision"].clone();
    let fields = [application(&contract.customer), REVISION.to_vec()].concat();
    about(contract, Method::PUT, "/v1/contracts/{id}/party-a", body, fields).await
}

/// Step 2.
pub async fn confirmation(contract: &Contract) -> Site {
    let body = json!({ "draftSha256": contract.draft().await["sha256"] });
    about(contract, Method::POST, "/v1/contracts/{id}/confirm", body, CONFIRMATION.to_vec()).await
}

/// Step 3.
pub async fn signer(contract: &Contract) -> Site {
    let transactor: &[Field] = if contract.customer.kind == Type::Enterprise { &TRANSACTOR } else { &[] };
    let fields = [transactor, &SIGNER].concat();
    about(contract, Method::POST, "/v1/contracts/{id}/signer", contract.customer.signer(), fields).await
}

/// Step 4, which takes an empty body only.
pub async fn signing_session(contract: &Contract) -> Site {
    let site = about(contract, Method::POST, "/v1/contracts/{id}/signing-session", json!({}), Vec::new()).await;
    Site { empty_is_fine: true, ..site }
}

/// Revocation by the customer.
pub async fn revocation(contract: &Contract) -> Site {
    let body = json!({ "reason": "信息有误" });
    let site = about(contract, Method::POST, "/v1/contracts/{id}/revoke", body, REASON_IF_ANY.to_vec()).await;
    Site { empty_is_fine: true, ..site }
}

/// Revocation by staff.
pub async fn staff_revocation(contract: &Contract) -> Site {
    let body = json!({ "reason": "客户来电要求" });
    about(contract, Method::POST, "/v1/staff/contracts/{id}/revoke", body, REASON.to_vec()).await
}

/// Staff's decision of a contract that is held.
pub async fn review(contract: &Contract) -> Site {
    let body = json!({ "decision": "close", "reason": "签署人与主体不符" });
    let fields = [REVIEW, REASON].concat();
    about(contract, Method::POST, "/v1/staff/contracts/{id}/review", body, fields).await
}

/// Staff's search, seen by a contract that it could find.
pub async fn search(contract: &Contract) -> Site {
    let body = json!({
        "state": "draft",
        "number": contract.number,
        "customerId": contract.customer.id,
        "credentialNumber": contract.customer.number,
        "needsReview": false,
        // A place in a list, before which there is nothing.
        "cursor": "MjAwMC0wMS0wMVQwMDowMDowMC4wMDBa",
    });
    about(contract, Method::POST, "/v1/staff/contracts/search", body, SEARCH.to_vec()).await
}

/// An enquiry.
pub async fn enquiry(customer: &Customer) -> Site {
    let staff = customer.world.staff().await;
    Site {
        method: Method::POST,
        route: "/v1/enquiries",
        path: "/v1/enquiries".to_owned(),
        api: customer.api.clone(),
        body: json!({ "topic": "other", "message": "请与我们联系。\n谢谢！" }),
        fields: ENQUIRY.to_vec(),
        taken: 201,
        empty_is_fine: false,
        witness: (staff, "/v1/staff/enquiries".to_owned(), Some(customer.id.clone())),
    }
}

/// A new verification.
pub async fn identity(customer: &Customer) -> Site {
    let staff = customer.world.staff().await;
    let path = format!("/v1/staff/customers/{}/identity", customer.id);
    let mut body = customer.identity();
    body["verifiedAt"] = json!("2024-02-05T02:00:00Z");
    Site {
        method: Method::PUT,
        route: "/v1/staff/customers/{customerId}/identity",
        path: path.clone(),
        api: staff.clone(),
        body,
        fields: IDENTITY.to_vec(),
        taken: 200,
        empty_is_fine: false,
        witness: (staff, path, None),
    }
}

/// A paper contract of a customer's subject, seen by whether the customer may still apply.
pub async fn paper(customer: &Customer) -> Site {
    Site {
        method: Method::POST,
        route: "/v1/staff/paper-contracts",
        path: "/v1/staff/paper-contracts".to_owned(),
        api: customer.world.staff().await,
        body: json!({ "subject": customer.subject(), "reference": format!("纸 {}", customer.id), "signedOn": "2024-02-03" }),
        fields: PAPER.to_vec(),
        taken: 201,
        empty_is_fine: false,
        witness: (customer.api.clone(), "/v1/eligibility".to_owned(), None),
    }
}

/// All of them, for a contract in whichever state; what its state refuses is refused last of all.
pub async fn all(contract: &Contract) -> Vec<Site> {
    let customer = &contract.customer;
    vec![
        step_1(customer),
        party_a(contract).await,
        confirmation(contract).await,
        signer(contract).await,
        signing_session(contract).await,
        revocation(contract).await,
        enquiry(customer).await,
        identity(customer).await,
        paper(customer).await,
        search(contract).await,
        staff_revocation(contract).await,
        review(contract).await,
    ]
}
