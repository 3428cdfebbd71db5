//! What goes into an agreement, and the form in which the template reads it. All texts, in both languages, stay in the
//! template; here are only values.

use std::fmt;

use contract::{CredentialType, InvoiceType, Language, SubjectType};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{RenderError, VERSION};

/// One customer's agreement.
#[derive(Clone)]
pub struct Agreement<'a> {
    /// The contract's number, which stands at the head of every page.
    pub number: &'a str,
    /// `En` adds a translation after the Chinese text, which stays the binding one.
    pub language: Language,
    /// When the draft was made; its day in Beijing is printed.
    pub date: Timestamp,
    pub party_a: PartyA<'a>,
    pub billing_email: &'a str,
    /// Given for an enterprise, and only for that (rule Z11).
    pub invoice: Option<Invoice<'a>>,
    pub party_b: &'a PartyB,
}

/// The customer.
#[derive(Clone)]
pub struct PartyA<'a> {
    pub kind: SubjectType,
    pub name: &'a str,
    pub credential_type: CredentialType,
    pub credential_number: &'a str,
    pub address: &'a str,
    pub contact_name: &'a str,
    pub phone: &'a str,
    pub email: &'a str,
}

/// What an enterprise's invoices are made out to.
#[derive(Clone)]
pub struct Invoice<'a> {
    pub kind: InvoiceType,
    pub title: &'a str,
    pub tax_number: &'a str,
    pub registered_address: Option<&'a str>,
    pub registered_phone: Option<&'a str>,
    pub bank: Option<&'a str>,
    pub bank_account: Option<&'a str>,
}

/// The vendor.
#[derive(Deserialize, Serialize, Clone, Debug)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyB {
    pub name: String,
    pub credit_code: String,
    pub address: String,
    pub contact: String,
    pub phone: String,
    pub email: String,
    pub bank: String,
    pub bank_account: String,
}

impl fmt::Debug for Agreement<'_> {
    /// Leaves out what identifies the customer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreement")
            .field("number", &self.number)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

impl Agreement<'_> {
    pub(crate) fn check(&self) -> Result<(), RenderError> {
        if (self.party_a.kind == SubjectType::Enterprise) == self.invoice.is_some() {
            Ok(())
        } else {
            Err(RenderError::InvoiceMismatch)
        }
    }

    /// The template's data. Fields without a value are null.
    pub(crate) fn data(&self, date: Date) -> Value {
        let a = &self.party_a;
        json!({
            "number": self.number,
            "version": VERSION,
            "english": self.language == Language::En,
            "date": { "year": date.year(), "month": date.month(), "day": date.day() },
            "partyA": {
                "kind": a.kind.as_str(),
                "name": a.name,
                "credentialType": a.credential_type.as_str(),
                "credentialNumber": a.credential_number,
                "address": a.address,
                "contactName": a.contact_name,
                "phone": a.phone,
                "email": a.email,
            },
            "billingEmail": self.billing_email,
            "invoice": self.invoice.as_ref().map(|invoice| json!({
                "kind": invoice.kind.as_str(),
                "title": invoice.title,
                "taxNumber": invoice.tax_number,
                "registeredAddress": invoice.registered_address,
                "registeredPhone": invoice.registered_phone,
                "bank": invoice.bank,
                "bankAccount": invoice.bank_account,
            })),
            "partyB": self.party_b,
        })
    }
}
