//! Items of the table: their keys, and how values stand in them.
//!
//! A value is kept as JSON text in `body`; what is searched or compared stands beside it in attributes of its own.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use contract::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::Failure;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// So many partitions share each of the indexes by state and by due time.
pub(crate) const SHARDS: u8 = 4;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

/// Milliseconds, always as many digits, so that text sorts as time does.
pub(crate) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

pub(crate) fn shard(prefix: &str, id: &str) -> String {
    let sum = id.bytes().fold(0u8, u8::wrapping_add);
    format!("{prefix}#{}", sum % SHARDS)
}

pub(crate) fn json_text(value: &impl Serialize) -> Result<AttributeValue, Failure> {
    serde_json::to_string(value).map(text).map_err(|_| Failure::Unreadable { what: "a value" })
}

pub(crate) fn get<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The value in `body`.
pub(crate) fn body<T: DeserializeOwned>(item: &Item, what: &'static str) -> Result<T, Failure> {
    get(item, "body").and_then(|body| serde_json::from_str(body).ok()).ok_or(Failure::Unreadable { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_sort_as_time_does() {
        let times = ["2026-11-24T00:00:00Z", "2026-11-24T00:00:00.5Z", "2026-11-24T00:00:01Z"]
            .map(|time| stamp(time.parse().unwrap()));
        assert_eq!(times, ["2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.500Z", "2026-11-24T00:00:01.000Z"]);
    }
}
