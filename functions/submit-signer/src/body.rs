//! What step 3 sends: for an enterprise its 经办人 with document and mobile (rule Z14), for a person the mobile alone (rule Z15).

use contract::{Credential, CredentialType, Invalid, Mobile, Name, SubjectType};
use serde_json::Value;
use web::{Fields, Problem};

/// Longest version of a consent's text, in characters.
const CONSENT_BOUND: usize = 40;

/// The body, read.
pub struct Sent {
    /// Only for an enterprise; for a person, name and document come from the verified identity.
    pub transactor: Option<Transactor>,
    pub mobile: Mobile,
    pub consent: Option<String>,
}

/// 经办人.
pub struct Transactor {
    pub name: Name,
    pub credential: Credential,
}

/// Reads the body for a signing type.
pub fn read(body: &Value, kind: SubjectType) -> Result<Sent, Problem> {
    let mut fields = Fields::of(body);
    let transactor = match kind {
        SubjectType::Personal => Some(None),
        SubjectType::Enterprise => transactor(&mut fields).map(Some),
    };
    let mobile = fields.text("mobile", Mobile::parse);
    let consent = fields
        .optional_object("consent", |consent| consent.text("version", |text| Name::parse(text).and_then(version)));
    let sent = transactor.zip(mobile).map(|(transactor, mobile)| Sent { transactor, mobile, consent });
    fields.finish(sent)
}

fn version(text: Name) -> Result<String, Invalid> {
    if text.as_str().chars().count() <= CONSENT_BOUND {
        Ok(text.into())
    } else {
        Err(Invalid::TooLong { most: CONSENT_BOUND })
    }
}

fn transactor(fields: &mut Fields<'_>) -> Option<Transactor> {
    let name = fields.text("name", Name::parse);
    // A company's code names no person.
    let kind = fields
        .optional_text("idType", |text| CredentialType::parse(text).and_then(of_a_person))
        .unwrap_or(CredentialType::IdCard);
    let credential = fields.text("idNumber", |number| Credential::parse(kind, number));
    Some(Transactor { name: name?, credential: credential? })
}

fn of_a_person(kind: CredentialType) -> Result<CredentialType, Invalid> {
    if SubjectType::Personal.takes(kind) { Ok(kind) } else { Err(Invalid::UnknownValue) }
}
