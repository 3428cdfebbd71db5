//! What did not hold, told at the end of a table with route, pointer, what was sent and what was answered.

use crate::harness::Answer;
use serde_json::Value;

/// How much of a value or an answer is told.
const TOLD: usize = 400;

/// What did not hold so far.
#[derive(Debug)]
#[must_use = "the table ends with `none`"]
pub struct Found {
    cases: usize,
    faults: Vec<String>,
}

/// One field that must be named, by pointer and code.
pub type Named<'a> = (&'a str, &'a str);

impl Found {
    pub fn nothing_yet() -> Self {
        Self { cases: 0, faults: Vec::new() }
    }

    /// The answer must be this problem, naming exactly these fields.
    pub fn problem(&mut self, case: &str, answer: &Answer, status: u16, code: &str, fields: &[Named<'_>]) {
        let problem = answer.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let mut named: Vec<_> = errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
        let mut wanted: Vec<_> = fields.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
        named.sort();
        wanted.sort();
        let holds = answer.status == status
            && answer.header("content-type") == Some("application/problem+json")
            && problem["code"] == code
            && problem["status"] == status
            && named == wanted;
        self.judge(holds, case, &format!("{status} {code} {wanted:?}"), answer);
    }

    /// The answer must be the gateway's own: a message, and no problem document.
    pub fn by_the_gateway(&mut self, case: &str, answer: &Answer, status: u16) {
        let body = answer.json();
        let holds = answer.status == status && body["message"].is_string() && body.get("code").is_none();
        self.judge(holds, case, &format!("{status} with the gateway's message"), answer);
    }

    /// The answer must have one of these statuses.
    pub fn status(&mut self, case: &str, answer: &Answer, statuses: &[u16]) {
        self.judge(statuses.contains(&answer.status), case, &format!("one of {statuses:?}"), answer);
    }

    /// What is kept must be as it was.
    pub fn unchanged(&mut self, case: &str, before: &Value, after: &Value) {
        self.cases += 1;
        if before != after {
            self.faults.push(format!("{case}\n  expected nothing to change\n  before {before}\n  after  {after}"));
        }
    }

    /// Two answers must not be told apart, but for what the gateway makes anew for each.
    pub fn alike(&mut self, case: &str, one: &Answer, other: &Answer) {
        self.cases += 1;
        let headers = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| !["date", "apigw-requestid"].contains(&name.as_str()));
            headers.sort();
            headers
        };
        if (one.status, headers(one), &one.bytes) != (other.status, headers(other), &other.bytes) {
            self.faults.push(format!("{case}\n  expected one answer to both\n  {}\n  {}", one.story(), other.story()));
        }
    }

    /// Ends the table, which must not be an empty one.
    #[track_caller]
    pub fn none(self) {
        let Self { cases, faults } = self;
        assert!(cases > 0, "the table has no cases");
        assert!(faults.is_empty(), "{} of {cases} cases do not hold:\n\n{}\n", faults.len(), faults.join("\n\n"));
    }

    fn judge(&mut self, holds: bool, case: &str, expected: &str, answer: &Answer) {
        self.cases += 1;
        if !holds {
            let text = told(&answer.text());
            self.faults.push(format!("{case}\n  expected {expected}\n  answered {} {text}", answer.status));
        }
    }
}

/// The beginning of a text, with what cannot be seen written out.
pub fn told(text: &str) -> String {
    let start: String = text.chars().take(TOLD).collect();
    let plain = start.chars().any(|letter| format!("{letter:?}").len() > letter.len_utf8() + 2 && letter != '"');
    let start = if plain { format!("{start:?}") } else { start };
    let more = text.chars().count().saturating_sub(TOLD);
    if more == 0 { start } else { format!("{start} and {more} characters more") }
}
