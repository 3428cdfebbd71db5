//! An answer, with the request it belongs to, and what one can expect of it.

use serde_json::Value;

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method, address and body of the request.
    pub asked: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The whole exchange, for whoever has to find out why.
    pub fn story(&self) -> String {
        let text: String = self.text().chars().take(3000).collect();
        format!("{}\n  answered {}: {text}", self.asked, self.status)
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "expected {status}\n{}", self.story());
        self.json()
    }

    /// The problem document of an answer that must be this refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.is(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.story());
        assert_eq!(problem["code"], code, "expected {code}\n{}", self.story());
        assert_eq!(problem["status"], status, "{}", self.story());
        for part in ["type", "title", "detail"] {
            assert!(problem[part].as_str().is_some_and(|text| !text.is_empty()), "{part} is missing\n{}", self.story());
        }
        problem
    }

    /// The same for a refusal that names the business contact.
    #[track_caller]
    pub fn refused_with_contact(&self, status: u16, code: &str) -> Value {
        let problem = self.refused(status, code);
        for part in ["name", "email", "phone"] {
            let named = problem["contact"][part].as_str().is_some_and(|text| !text.is_empty());
            assert!(named, "the contact's {part} is missing\n{}", self.story());
        }
        problem
    }

    /// Invalid fields: exactly these pointers and codes, in any order.
    #[track_caller]
    pub fn invalid(&self, expected: &[(&str, &str)]) {
        let problem = self.refused(422, "invalid_fields");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().all(|error| !text(&error["detail"]).is_empty()), "{}", self.story());
        let mut found: Vec<_> = errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
        let mut wanted: Vec<_> = expected.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{}", self.story());
    }

    /// An expectation of one's own.
    #[track_caller]
    pub fn shows(&self, holds: bool, what: &str) {
        assert!(holds, "{what}\n{}", self.story());
    }
}

/// Whether a text is Chinese or English, by its letters.
pub fn written_in(language: &str, text: &str) -> bool {
    let chinese = text.chars().any(|letter| ('\u{4E00}'..='\u{9FFF}').contains(&letter));
    if language == "en" { !chinese && text.contains(' ') } else { chinese }
}
