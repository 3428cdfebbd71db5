//! What step 1 asks: party A's information, where bills go, and for enterprises the invoice.

use serde::{Deserialize, Serialize};

use crate::{
    Credential, Subject, SubjectType,
    text::{Address, BankAccount, Email, Invalid, Name, Phone},
};

/// 甲方信息 (rule Z9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartyA {
    pub address: Address,
    pub contact_name: Name,
    pub phone: Phone,
    pub email: Email,
}

/// 普通发票 or 增值税专用发票.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceType {
    General,
    Special,
}

impl InvoiceType {
    /// As it stands in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Special => "special",
        }
    }
}

/// What an invoice needs beyond title and tax number; a special one needs all four, a general one may carry them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpecialInvoice {
    pub registered_address: Option<Address>,
    pub registered_phone: Option<Phone>,
    pub bank: Option<Name>,
    pub bank_account: Option<BankAccount>,
}

/// 发票信息 (rule Z11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    #[serde(rename = "type")]
    pub kind: InvoiceType,
    pub title: Name,
    /// 纳税人识别号: the credit code, checked as GB 32100.
    pub tax_number: String,
    #[serde(flatten)]
    pub special: SpecialInvoice,
}

impl Invoice {
    /// Puts an invoice together; a special one without one of its four fields is refused with the names of those that are missing.
    pub fn new(
        kind: InvoiceType,
        title: Name,
        tax_number: &Credential,
        special: SpecialInvoice,
    ) -> Result<Self, Vec<&'static str>> {
        let missing: Vec<_> = [
            ("registeredAddress", special.registered_address.is_none()),
            ("registeredPhone", special.registered_phone.is_none()),
            ("bank", special.bank.is_none()),
            ("bankAccount", special.bank_account.is_none()),
        ]
        .into_iter()
        .filter(|(_, absent)| *absent && kind == InvoiceType::Special)
        .map(|(name, _)| name)
        .collect();
        if missing.is_empty() {
            Ok(Self { kind, title, tax_number: tax_number.number().to_owned(), special })
        } else {
            Err(missing)
        }
    }
}

/// All that step 1 asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub party_a: PartyA,
    /// 账单邮箱 (rule Z10).
    pub billing_email: Email,
    pub invoice: Option<Invoice>,
}

impl Application {
    /// What does not fit the verified subject (rules Z8, Z11), as JSON pointer and reason.
    #[must_use]
    pub fn unfit_for(&self, subject: &Subject) -> Option<(&'static str, Invalid)> {
        match (&self.invoice, subject.kind) {
            (None, SubjectType::Enterprise) => Some(("/invoice", Invalid::Required)),
            (Some(_), SubjectType::Personal) => Some(("/invoice", Invalid::NotAllowed)),
            (Some(invoice), SubjectType::Enterprise) if invoice.title != subject.name => {
                Some(("/invoice/title", Invalid::NotSubjectName))
            }
            _ => None,
        }
    }
}
