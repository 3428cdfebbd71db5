//! Event filter patterns, as Lambda's event source mappings apply them.
//!
//! A record that no pattern matches never reaches its function, locally as deployed; without patterns every record does. A pattern that uses
//! an operator not known here is refused at the start, because guessing would deliver other records than a deployment delivers.

use crate::intrinsic::Unresolved;
use serde_json::Value;

/// The patterns of one mapping: a record passes when any of them matches.
#[derive(Debug, Clone, Default)]
pub struct Filters(Vec<Pattern>);

#[derive(Debug, Clone)]
enum Pattern {
    /// Every named key must be there and match.
    Fields(Vec<(String, Pattern)>),
    /// One of the tests must hold.
    AnyOf(Vec<Test>),
}

#[derive(Debug, Clone)]
enum Test {
    Equals(Value),
    Prefix(String),
    Suffix(String),
    AnythingBut(Vec<Value>),
    Exists(bool),
}

impl Filters {
    /// Reads the `FilterCriteria` of a mapping; null stands for none.
    pub fn read(place: &str, criteria: &Value) -> Result<Self, Unresolved> {
        let patterns = match criteria.get("Filters") {
            None => Vec::new(),
            Some(Value::Array(filters)) => filters
                .iter()
                .map(|filter| {
                    let text = filter
                        .get("Pattern")
                        .and_then(Value::as_str)
                        .ok_or_else(|| Unresolved(format!("A filter of {place} in template.yaml has no Pattern.")))?;
                    let pattern = serde_json::from_str::<Value>(text).map_err(|error| {
                        Unresolved(format!("A filter of {place} in template.yaml is not JSON: {error}."))
                    })?;
                    Pattern::read(place, &pattern)
                })
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(Unresolved(format!("The Filters of {place} in template.yaml must be a list."))),
        };
        Ok(Self(patterns))
    }

    /// Whether the record reaches the function.
    pub fn pass(&self, record: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(Some(record)))
    }
}

impl Pattern {
    fn read(place: &str, pattern: &Value) -> Result<Self, Unresolved> {
        match pattern {
            Value::Object(fields) => Ok(Self::Fields(
                fields
                    .iter()
                    .map(|(name, inner)| Ok((name.clone(), Self::read(place, inner)?)))
                    .collect::<Result<_, Unresolved>>()?,
            )),
            Value::Array(tests) => {
                Ok(Self::AnyOf(tests.iter().map(|test| Test::read(place, test)).collect::<Result<_, _>>()?))
            }
            _ => Err(Unresolved(format!("A filter of {place} in template.yaml has a value outside a list."))),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => {
                fields.iter().all(|(name, inner)| inner.matches(value.and_then(|value| value.get(name))))
            }
            Self::AnyOf(tests) => tests.iter().any(|test| test.holds(value)),
        }
    }
}

impl Test {
    fn read(place: &str, test: &Value) -> Result<Self, Unresolved> {
        let unknown = || {
            Unresolved(format!(
                "A filter of {place} in template.yaml uses a test the local stack does not know: {test}."
            ))
        };
        let Value::Object(operator) = test else {
            return Ok(Self::Equals(test.clone()));
        };
        match operator.iter().next() {
            Some((name, argument)) if operator.len() == 1 => match (name.as_str(), argument) {
                ("prefix", Value::String(prefix)) => Ok(Self::Prefix(prefix.clone())),
                ("suffix", Value::String(suffix)) => Ok(Self::Suffix(suffix.clone())),
                ("exists", Value::Bool(wanted)) => Ok(Self::Exists(*wanted)),
                ("anything-but", Value::Array(unwanted)) => Ok(Self::AnythingBut(unwanted.clone())),
                ("anything-but", Value::String(_)) => Ok(Self::AnythingBut(vec![argument.clone()])),
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }

    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => value.is_some() == *wanted,
            (_, None) => false,
            (Self::Equals(wanted), Some(value)) => value == wanted,
            (Self::Prefix(prefix), Some(Value::String(text))) => text.starts_with(prefix.as_str()),
            (Self::Suffix(suffix), Some(Value::String(text))) => text.ends_with(suffix.as_str()),
            (Self::AnythingBut(unwanted), Some(value)) => !unwanted.contains(value),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filters(patterns: &[&str]) -> Filters {
        let filters: Vec<_> = patterns.iter().map(|pattern| json!({ "Pattern": pattern })).collect();
        Filters::read("Here", &json!({ "Filters": filters })).unwrap()
    }

    fn record(event: &str, pk: &str, sk: &str) -> Value {
        json!({ "eventName": event, "dynamodb": { "Keys": { "pk": { "S": pk }, "sk": { "S": sk } } } })
    }

    #[test]
    fn any_pattern_may_match_and_all_its_fields_must() {
        let filters = filters(&[
            r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"EVENT#"}]}}}}"#,
            r#"{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"PAPER#"},"X"]}}}}"#,
        ]);
        assert!(filters.pass(&record("INSERT", "CONTRACT#1", "EVENT#1")));
        assert!(!filters.pass(&record("MODIFY", "CONTRACT#1", "EVENT#1")));
        assert!(!filters.pass(&record("INSERT", "CONTRACT#1", "HEAD")));
        assert!(filters.pass(&record("MODIFY", "PAPER#1", "HEAD")));
        assert!(filters.pass(&record("REMOVE", "X", "HEAD")));
        assert!(!filters.pass(&json!({ "eventName": "INSERT" })));
    }

    #[test]
    fn no_pattern_lets_everything_pass() {
        assert!(Filters::read("Here", &Value::Null).unwrap().pass(&json!({})));
    }

    #[test]
    fn the_other_tests_hold_as_documented() {
        assert!(filters(&[r#"{"a":[{"exists":false}]}"#]).pass(&json!({ "b": 1 })));
        assert!(!filters(&[r#"{"a":[{"exists":true}]}"#]).pass(&json!({ "b": 1 })));
        assert!(filters(&[r#"{"a":[{"anything-but":["x"]}]}"#]).pass(&json!({ "a": "y" })));
        assert!(!filters(&[r#"{"a":[{"anything-but":"x"}]}"#]).pass(&json!({ "a": "x" })));
        assert!(filters(&[r#"{"a":[{"suffix":".pdf"}]}"#]).pass(&json!({ "a": "b.pdf" })));
        assert!(filters(&[r#"{"a":[3]}"#]).pass(&json!({ "a": 3 })));
    }

    #[test]
    fn an_unknown_test_is_refused() {
        let criteria = json!({ "Filters": [{ "Pattern": r#"{"a":[{"numeric":[">",1]}]}"# }] });
        assert!(Filters::read("Facts", &criteria).unwrap_err().0.contains("Facts"));
    }
}
