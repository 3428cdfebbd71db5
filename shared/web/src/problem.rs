//! Problem documents (RFC 9457): what is answered where something is refused or fails.

use std::fmt::Display;

use contract::{ContractId, Invalid, Language, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{FieldError, Response, log::Refused, reply, schema, sentences};

/// The vendor's business contact (商务).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// Why something was refused or failed (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// `urn:countersign:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// In the language that was asked for.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// In the language that was asked for.
    pub detail: &'static str,
    /// What programs tell problems apart by; it does not change.
    pub code: &'static str,
    /// All fields that were not taken; of `invalid_fields`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Who can help, where the rules say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The contract in progress, where it is the caller's own; of `contract_open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Ulid>)]
    pub contract_id: Option<String>,
}

/// A field that was not taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// A JSON pointer (RFC 6901) into the body; for a header or a query's parameter its name.
    pub pointer: String,
    /// Such as `required`, `bad_format`, `too_long` or `unknown_field`.
    pub code: &'static str,
    /// In the language that was asked for.
    pub detail: String,
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

    /// After so many seconds the caller may try again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The document in a language.
    #[must_use]
    pub fn document(&self, language: Language) -> ProblemDocument {
        let Parts { status, code, errors, contact, contract, .. } = &*self.0;
        let (title, detail) = sentences::of_problem(code, language);
        let errors = errors.iter().map(|error| FieldProblem {
            pointer: error.pointer.clone(),
            code: error.invalid.code(),
            detail: sentences::of_field(&error.invalid, language),
        });
        ProblemDocument {
            kind: format!("urn:countersign:problem:{code}"),
            title,
            status: *status,
            detail,
            code,
            errors: errors.collect(),
            contact: contact.clone(),
            contract_id: contract.map(|contract| contract.to_string()),
        }
    }

    /// The answer in a language.
    #[must_use]
    pub fn into_response(self, language: Language) -> Response {
        // A document of texts and numbers always becomes JSON.
        let document = serde_json::to_string(&self.document(language)).unwrap_or_default();
        let mut response = reply::with_body(self.0.status, "application/problem+json", document);
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response.extensions_mut().insert(Refused(self.0.code));
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
    use serde_json::json;

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
