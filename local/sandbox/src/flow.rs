//! A signing flow: what was asked for, and how far it is.
//!
//! The numbers are the protocol's (Open API V3, flow detail). A flow that is past its deadline is never handed out as still
//! signing: loading it ends it.

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::house::House;
use crate::signing;
use crate::state::Records;
use crate::wire::Refusal;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FlowStatus {
    Draft = 0,
    Signing = 1,
    Completed = 2,
    Revoked = 3,
    Expired = 5,
    Rejected = 7,
}

impl FlowStatus {
    pub(crate) fn description(self) -> &'static str {
        match self {
            FlowStatus::Draft => "草稿",
            FlowStatus::Signing => "签署中",
            FlowStatus::Completed => "完成",
            FlowStatus::Revoked => "撤销",
            FlowStatus::Expired => "过期",
            FlowStatus::Rejected => "拒签",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SignerStatus {
    Waiting = 0,
    Signing = 1,
    Signed = 2,
    Rejected = 4,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) status: FlowStatus,
    pub(crate) title: String,
    pub(crate) created: i64,
    pub(crate) started: Option<i64>,
    pub(crate) finished: Option<i64>,
    /// When the flow expires, in milliseconds.
    pub(crate) expires: i64,
    pub(crate) auto_finish: bool,
    pub(crate) notify_url: Option<String>,
    pub(crate) redirect: Option<Redirect>,
    pub(crate) revoke_reason: Option<String>,
    /// The deadline can be moved once.
    pub(crate) delayed: bool,
    /// When the signers were last urged, in milliseconds.
    pub(crate) urged: Option<i64>,
    pub(crate) docs: Vec<Doc>,
    pub(crate) signers: Vec<Signer>,
    /// `signFlowConfig` as it was sent; the detail repeats it.
    pub(crate) config: Value,
}

/// Where the signer's browser goes afterwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Redirect {
    pub(crate) url: String,
    pub(crate) delay_seconds: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Doc {
    pub(crate) file: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Signer {
    pub(crate) order: i64,
    /// Signs by itself: only the application's own organisation can.
    pub(crate) auto: bool,
    /// The organisation that signs; without one the person signs.
    pub(crate) organisation: Option<Organisation>,
    /// The person who signs, or who acts for the organisation.
    pub(crate) person: Option<Person>,
    pub(crate) fields: Vec<Field>,
    pub(crate) status: SignerStatus,
    /// Who really signed, where that is somebody else than was asked.
    pub(crate) signed_as: Option<String>,
    /// The signer has opened the document.
    pub(crate) opened: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Organisation {
    pub(crate) name: String,
    pub(crate) number: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    /// A mobile number or a mail address.
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) number: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Field {
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) label: Option<String>,
    pub(crate) movable: bool,
    /// From 1.
    pub(crate) page: u32,
    /// The centre, in PDF points from the page's lower left corner.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) done: Option<i64>,
    /// `normalSignFieldConfig` as it was sent; the detail repeats it.
    pub(crate) config: Value,
}

/// An identifier that is always the same for the same thing.
pub(crate) fn derived_id(kind: &str, of: &str) -> String {
    let digest = hex::encode(Sha256::digest(format!("{kind}:{of}")));
    digest.get(..32).unwrap_or_default().to_owned()
}

impl Organisation {
    pub(crate) fn id(&self) -> String {
        derived_id("organisation", &self.name)
    }

    /// What has to be verified, as one text.
    pub(crate) fn subject(&self) -> String {
        format!("organisation {} {}", self.name, self.number.as_deref().unwrap_or_default())
    }
}

impl Person {
    pub(crate) fn id(&self) -> String {
        derived_id("person", &self.account)
    }

    /// What has to be verified, as one text.
    pub(crate) fn subject(&self) -> String {
        format!("person {} {} {}", self.account, self.name, self.number.as_deref().unwrap_or_default())
    }
}

impl Signer {
    /// Whose signature was asked for.
    pub(crate) fn asked_name(&self) -> &str {
        let organisation = self.organisation.as_ref().map(|organisation| organisation.name.as_str());
        organisation.or(self.person.as_ref().map(|person| person.name.as_str())).unwrap_or_default()
    }

    /// Whose signature it is, or will be.
    pub(crate) fn name(&self) -> &str {
        self.signed_as.as_deref().unwrap_or_else(|| self.asked_name())
    }

    /// `customBizNum` of the signer's fields, as callbacks carry it.
    pub(crate) fn labels(&self) -> String {
        let labels: Vec<&str> = self.fields.iter().filter_map(|field| field.label.as_deref()).collect();
        labels.join(",")
    }
}

impl Flow {
    /// Under which key a document's bytes are kept.
    pub(crate) fn document_key(&self, file: &str) -> String {
        format!("{}/{file}", self.id)
    }

    pub(crate) fn insert(&self, records: &Records<'_>) -> Result<(), Refusal> {
        records
            .connection
            .prepare_cached("INSERT INTO flows (id, status, expires, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![self.id, self.status as u8, self.expires, serde_json::to_string(self)?])?;
        Ok(())
    }

    pub(crate) fn save(&self, records: &Records<'_>) -> Result<(), Refusal> {
        records
            .connection
            .prepare_cached("UPDATE flows SET status = ?2, expires = ?3, body = ?4 WHERE id = ?1")?
            .execute(params![self.id, self.status as u8, self.expires, serde_json::to_string(self)?])?;
        Ok(())
    }

    /// The flow as it stands now, or nothing when there is none.
    pub(crate) fn find(house: &House, records: &Records<'_>, id: &str) -> Result<Option<Flow>, Refusal> {
        let body: Option<String> = records
            .connection
            .prepare_cached("SELECT body FROM flows WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let Some(body) = body else { return Ok(None) };
        let mut flow: Flow = serde_json::from_str(&body)?;
        if flow.status == FlowStatus::Signing && flow.expires <= house.now().as_millisecond() {
            signing::expire(house, records, &mut flow)?;
        }
        Ok(Some(flow))
    }

    /// The flow as it stands now; 1435011 when there is none.
    pub(crate) fn load(house: &House, records: &Records<'_>, id: &str) -> Result<Flow, Refusal> {
        Flow::find(house, records, id)?.ok_or_else(|| Refusal::business(1_435_011, "流程不存在"))
    }

    /// All flows, oldest first.
    pub(crate) fn all(records: &Records<'_>) -> Result<Vec<Flow>, Refusal> {
        let mut statement = records.connection.prepare_cached("SELECT body FROM flows ORDER BY number")?;
        let bodies = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(bodies.iter().map(|body| serde_json::from_str(body)).collect::<Result<Vec<_>, _>>()?)
    }

    /// The started flows whose deadline has passed.
    pub(crate) fn overdue(records: &Records<'_>, now: i64) -> Result<Vec<String>, Refusal> {
        let mut statement =
            records.connection.prepare_cached("SELECT id FROM flows WHERE status = ?1 AND expires <= ?2")?;
        let ids = statement.query_map(params![FlowStatus::Signing as u8, now], |row| row.get(0))?;
        Ok(ids.collect::<Result<Vec<_>, _>>()?)
    }
}
