//! Problem documents (RFC 9457): what is answered where something is refused or fails.

use std::fmt::Display;

use contract::{ContractId, Invalid, Language, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{FieldError, Response, reply, sentences};

/// The vendor's business contact (商务).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// A refusal or failure, before it is put into words.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: u16,
    code: &'static str,
    errors: Vec<FieldError>,
    contact: Option<Contact>,
    contract: Option<ContractId>,
    retry_after: Option<u64>,
}

impl Problem {
    fn new(status: u16, code: &'static str) -> Self {
        Self(Box::new(Parts { status, code, errors: Vec::new(), contact: None, contract: None, retry_after: None }))
    }

    /// 409: what the rules refuse.
    #[must_use]
    pub fn refusal(refusal: &Refusal, contact: &Contact) -> Self {
        let mut problem = Self::new(409, refusal.code());
        problem.0.contact = refusal.names_contact().then(|| contact.clone());
        if let Refusal::ContractOpen { contract } = refusal {
            problem.0.contract = *contract;
        }
        problem
    }

    /// 409: this reference stands for something else.
    #[must_use]
    pub fn reference_taken() -> Self {
        Self::new(409, "reference_taken")
    }

    #[must_use]
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(422, "invalid_fields");
        problem.0.errors = errors;
        problem
    }

    #[must_use]
    pub fn invalid_field(pointer: &str, invalid: Invalid) -> Self {
        Self::invalid_fields(vec![FieldError { pointer: pointer.to_owned(), invalid }])
    }

    #[must_use]
    pub fn identity_mismatch() -> Self {
        Self::new(422, "identity_mismatch")
    }

    #[must_use]
    pub fn idempotency_key_reused() -> Self {
        Self::new(422, "idempotency_key_reused")
    }

    #[must_use]
    pub fn too_many_checks(retry_after_seconds: u64) -> Self {
        let mut problem = Self::new(429, "too_many_checks");
        problem.0.retry_after = Some(retry_after_seconds);
        problem
    }

    #[must_use]
    pub fn provider_unavailable(retry_after_seconds: u64) -> Self {
        let mut problem = Self::new(503, "provider_unavailable");
        problem.0.retry_after = Some(retry_after_seconds);
        problem
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, "not_found")
    }

    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(403, "forbidden")
    }

    /// 401: a callback that the provider did not send.
    #[must_use]
    pub fn forged_callback() -> Self {
        Self::new(401, "forged_callback")
    }

    #[must_use]
    pub fn too_large() -> Self {
        Self::new(413, "too_large")
    }

    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self::new(415, "unsupported_media_type")
    }

    #[must_use]
    pub fn malformed_json() -> Self {
        Self::new(400, "malformed_json")
    }

    /// 500: a fault of ours, logged once, here. `cause` must name nobody.
    #[must_use]
    pub fn internal(cause: &dyn Display) -> Self {
        tracing::error!(cause = %cause, "a request could not be done");
        Self::new(500, "internal")
    }

    /// The fields that were not taken.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The problem's stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The document in a language.
    #[must_use]
    pub fn into_response(self, language: Language) -> Response {
        let Parts { status, code, errors, contact, contract, retry_after } = *self.0;
        let (title, detail) = sentences::of_problem(code, language);
        let mut document = json!({"type": format!("urn:countersign:problem:{code}"), "title": title, "status": status, "detail": detail, "code": code});
        if let Some(fields) = document.as_object_mut() {
            if !errors.is_empty() {
                let errors: Vec<_> = errors
                    .iter()
                    .map(|error| json!({"pointer": error.pointer, "code": error.invalid.code(), "detail": sentences::of_field(&error.invalid, language)}))
                    .collect();
                fields.insert("errors".to_owned(), json!(errors));
            }
            if let Some(contact) = contact {
                fields.insert("contact".to_owned(), json!(contact));
            }
            if let Some(contract) = contract {
                fields.insert("contractId".to_owned(), json!(contract));
            }
        }
        let mut response = reply::with_body(status, "application/problem+json", document.to_string());
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response
    }
}

/// Whatever a room could not do is a fault of ours. (A problem is no error itself, or this could not be said of all errors.)
impl<E: std::error::Error> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::internal(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(problem: Problem, language: Language) -> serde_json::Value {
        let response = problem.into_response(language);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let lambda_http::Body::Text(text) = response.body() else { panic!("text expected") };
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_refusal_names_the_contact_where_the_rules_say_so() {
        let contact =
            Contact { name: "李商务".into(), email: "sales@example.com".into(), phone: "0571-88880000".into() };
        let signed = document(Problem::refusal(&Refusal::ContractSigned, &contact), Language::En);
        assert_eq!(
            (signed["status"].as_u64(), signed["code"].as_str(), &signed["contact"]["email"]),
            (Some(409), Some("contract_signed"), &json!("sales@example.com"))
        );
        let unverified = document(Problem::refusal(&Refusal::Unverified, &contact), Language::ZhCn);
        assert_eq!(
            (unverified["detail"].as_str(), &unverified["contact"]),
            (Some("请先完成实名认证，再申请电子合同。"), &serde_json::Value::Null)
        );
    }

    #[test]
    fn fields_are_worded_in_both_languages() {
        let problem = || Problem::invalid_field("/partyA/address", Invalid::Unprintable { character: '🙂' });
        assert!(document(problem(), Language::En)["errors"][0]["detail"].as_str().unwrap().contains("🙂” (U+1F642)"));
        assert!(document(problem(), Language::ZhCn)["errors"][0]["detail"].as_str().unwrap().contains("U+1F642"));
    }

    #[test]
    fn a_retry_has_its_header() {
        let response = Problem::provider_unavailable(10).into_response(Language::En);
        assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"10".parse().unwrap()));
    }
}
