//! Values that the protocol's own clients send in more than one type: numbers as text, text as numbers.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An integer, or text that is one.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = match Option::<Value>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    number.map(Some).ok_or_else(|| D::Error::custom("an integer is expected"))
}

/// A number, or text that is one.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = match Option::<Value>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    number.map(Some).ok_or_else(|| D::Error::custom("a number is expected"))
}

/// Text, or an integer that stands for it.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::Number(number)) if number.is_i64() => Ok(Some(number.to_string())),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(D::Error::custom("a text is expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Record {
        #[serde(default, deserialize_with = "integer")]
        size: Option<i64>,
        #[serde(default, deserialize_with = "text")]
        page: Option<String>,
        #[serde(default, deserialize_with = "number")]
        width: Option<f64>,
    }

    #[test]
    fn both_types_are_taken() {
        let record: Record = serde_json::from_str(r#"{"size": "3600", "page": 3}"#).unwrap();
        assert_eq!((record.size, record.page.as_deref()), (Some(3600), Some("3")));
        for width in ["119", "119.0", r#""119""#] {
            let record: Record = serde_json::from_str(&format!(r#"{{"width": {width}}}"#)).unwrap();
            assert_eq!(record.width, Some(119.0), "{width}");
        }
        assert!(serde_json::from_str::<Record>(r#"{"width": "wide"}"#).is_err());
        let record: Record = serde_json::from_str(r#"{"size": null}"#).unwrap();
        assert_eq!((record.size, record.page), (None, None));
        assert!(serde_json::from_str::<Record>(r#"{"size": "many"}"#).is_err());
        assert!(serde_json::from_str::<Record>(r#"{"size": 1.5}"#).is_err());
    }
}
