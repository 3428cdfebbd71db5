//! What customers ask the business contact (rules Z5, Z6): recorded, and carried to staff by the relay.

use contract::{CustomerId, EnquiryId, Message, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Failure, Page, Table,
    item::{Item, body, json_text, key, stamp, text},
    search::PAGE,
    table::BY_STATE,
    transaction::{Cancelled, Condition, Transaction},
};

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    NonStandardTerms,
    ChangeSigned,
    Other,
}

/// One enquiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enquiry {
    pub id: EnquiryId,
    pub customer: CustomerId,
    /// The customer's name as verified, where there is one.
    pub subject_name: Option<String>,
    pub topic: Topic,
    pub message: Message,
    pub created_at: Timestamp,
}

/// How often a recording that others are in the way of is tried.
const ATTEMPTS: u32 = 10;

fn enquiry_key(id: EnquiryId) -> Item {
    key(format!("ENQUIRY#{id}"), "ENQUIRY")
}

impl Table {
    /// Records an enquiry; the relay tells staff.
    pub async fn record_enquiry(&self, enquiry: &Enquiry) -> Result<(), Failure> {
        for attempt in 0..ATTEMPTS {
            match self.try_record_enquiry(enquiry).await? {
                // It is there already: nobody else has this id, so it was recorded by an attempt whose answer was lost.
                Ok(()) | Err(Cancelled::At { .. }) => return Ok(()),
                Err(Cancelled::Elsewhere) => self.pause(attempt).await,
            }
        }
        Err(Failure::Conflict)
    }

    async fn try_record_enquiry(&self, enquiry: &Enquiry) -> Result<Result<(), Cancelled>, Failure> {
        let mut item = enquiry_key(enquiry.id);
        item.insert("body".to_owned(), json_text(enquiry)?);
        item.insert("stateShard".to_owned(), text("enquiry"));
        item.insert("updated".to_owned(), text(format!("{}#{}", stamp(enquiry.created_at), enquiry.id)));
        let mut transaction = Transaction::new(self, "recording an enquiry");
        transaction.put(item, &Condition::absent());
        transaction.commit().await
    }

    /// One enquiry.
    pub async fn enquiry(&self, id: EnquiryId) -> Result<Option<Enquiry>, Failure> {
        self.item(enquiry_key(id), "reading an enquiry").await?.map(|item| body(&item, "an enquiry")).transpose()
    }

    /// Enquiries, newest first.
    pub async fn enquiries(&self, before: Option<&str>) -> Result<Page<Enquiry>, Failure> {
        let items = self.newest(BY_STATE, "enquiry", before, PAGE + 1).await?;
        Page::of(items, "updated", |item| body(item, "an enquiry"))
    }
}
