//! A customer: an account, the subject it is verified as, and what its people fill in.

use super::{Answer, Api, Contract, VENDOR, World, credentials};
use contract::{Sha256, Timestamp};
use evidence::{Expected, Party};
use serde_json::{Value, json};

/// What a customer is verified as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Enterprise,
    Person,
}

impl Kind {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Person => "personal",
        }
    }
}

/// One account, with what its people would type.
#[derive(Debug, Clone)]
pub struct Customer {
    pub world: World,
    pub api: Api,
    /// The account.
    pub id: String,
    pub kind: Kind,
    /// The verified subject's name.
    pub name: String,
    /// The verified subject's document number.
    pub number: String,
    /// Where mails go.
    pub email: String,
    /// 经办人, of an enterprise.
    pub transactor: String,
    pub transactor_number: String,
    pub mobile: String,
}

impl Customer {
    pub fn new(world: World, api: Api, id: String, kind: Kind, name: &str, number: &str) -> Self {
        Self {
            world,
            api,
            kind,
            name: name.to_owned(),
            number: number.to_owned(),
            email: format!("contact@{id}.example"),
            id,
            transactor: "王小明".to_owned(),
            transactor_number: credentials::id_card(),
            mobile: credentials::mobile(),
        }
    }

    /// The signed PDF that is expected, for a confirmed draft.
    pub fn expected(&self, draft_sha256: Sha256) -> Expected<'_> {
        Expected {
            draft_sha256: Some(draft_sha256),
            draft: None,
            created_at: None,
            party_a: Party::named(&self.name, self.kind == Kind::Enterprise),
            party_b: Party::named(VENDOR, true),
            now: Timestamp::now(),
        }
    }

    /// The same customer, reading another language.
    pub fn reading(&self, language: &'static str) -> Self {
        Self { api: self.api.reading(language), ..self.clone() }
    }

    /// What the real-name system tells of it.
    pub fn identity(&self) -> Value {
        json!({
            "type": self.kind.as_str(),
            "name": self.name,
            "credentialType": if self.kind == Kind::Enterprise { "uscc" } else { "id_card" },
            "credentialNumber": self.number,
            "verifiedAt": "2024-01-05T02:00:00Z",
        })
    }

    /// The subject, as staff write it when they register a paper contract.
    pub fn subject(&self) -> Value {
        let mut subject = self.identity();
        subject.as_object_mut().unwrap().remove("verifiedAt");
        subject
    }

    /// The real-name system tells that the account is verified.
    pub async fn verify(&self) -> Value {
        self.told(&self.identity()).await.is(200)
    }

    /// The real-name system tells something of the account.
    pub async fn told(&self, identity: &Value) -> Answer {
        self.world.staff().await.put(&format!("/v1/staff/customers/{}/identity", self.id), identity).await
    }

    /// A complete body for step 1.
    pub fn application(&self) -> Value {
        let mut body = json!({
            "partyA": {
                "address": "浙江省杭州市滨江区江南大道 100 号",
                "contactName": "赵联络",
                "phone": "0571-8800 1234",
                "email": self.email,
            },
            "billingEmail": format!("bills@{}.example", self.id),
        });
        if self.kind == Kind::Enterprise {
            body["invoice"] = self.invoice();
        }
        body
    }

    /// The invoice information of an enterprise, for a 增值税专用发票.
    pub fn invoice(&self) -> Value {
        json!({
            "title": self.name,
            "taxNumber": self.number,
            "type": "special",
            "registeredAddress": "浙江省杭州市西湖区文三路 9 号",
            "registeredPhone": "0571-8700 5678",
            "bank": "示例银行杭州分行",
            "bankAccount": "6222 0000 0000 0000 017",
        })
    }

    /// A complete body for step 3.
    pub fn signer(&self) -> Value {
        match self.kind {
            Kind::Enterprise => json!({
                "name": self.transactor,
                "idType": "id_card",
                "idNumber": self.transactor_number,
                "mobile": self.mobile,
                "consent": { "version": "2026-01" },
            }),
            Kind::Person => json!({ "mobile": self.mobile, "consent": { "version": "2026-01" } }),
        }
    }

    /// Whether it can apply, as the API says it.
    pub async fn eligibility(&self) -> Value {
        self.api.get("/v1/eligibility").await.is(200)
    }

    /// Asks for a contract.
    pub async fn asks(&self) -> Answer {
        self.api.post("/v1/contracts", &self.application()).await
    }

    /// Step 1, which must succeed.
    pub async fn apply(&self) -> Contract {
        Contract::of(self, &self.asks().await.is(201))
    }

    /// Steps 1 and 2.
    pub async fn confirmed(&self) -> Contract {
        let contract = self.apply().await;
        contract.confirm().await.is(200);
        contract
    }

    /// Steps 1 to 3.
    pub async fn signing(&self) -> Contract {
        let contract = self.confirmed().await;
        contract.submit_signer().await.is(200);
        contract
    }

    /// All the way.
    pub async fn signed(&self) -> Contract {
        let contract = self.signing().await;
        contract.sign().await;
        contract.until("signed").await;
        contract
    }
}
