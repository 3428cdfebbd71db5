//! `POST /v3/files/{fileId}/verify`: what the provider says of a signed file.
//!
//! Request and answer are published (open.esign.cn, pdf-sign3/yekrnc, 2025-12-12; the sample of an answer stands on the page of the
//! asynchronous variant, ay2e53w33k635tgb). Whether `modify` tells a later, unsigned change too is not said there, nor whether a field may
//! be absent; so each one may.

use contract::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::verdict::{Integrity, SignatureVerdict, Verdict};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verify<'a> {
    /// The flow that the file is of, which must be completed. For a file that was uploaded by itself it is an empty text.
    pub sign_flow_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    #[serde(default, deserialize_with = "entries")]
    sign_infos: Vec<SignInfo>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SignInfo {
    cert: Value,
    signature: Value,
}

fn entries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SignInfo>, D::Error> {
    let entries = match Value::deserialize(deserializer)? {
        Value::Array(entries) => entries,
        _ => Vec::new(),
    };
    // One that cannot be read still counts: it is a signature of which nothing is said.
    Ok(entries.into_iter().map(|entry| serde_json::from_value(entry).unwrap_or_default()).collect())
}

impl Verified {
    pub(crate) fn verdict(self) -> Verdict {
        Verdict { signatures: self.sign_infos.iter().map(SignInfo::verdict).collect() }
    }
}

impl SignInfo {
    fn verdict(&self) -> SignatureVerdict {
        SignatureVerdict {
            integrity: integrity(&self.signature),
            owner: text(&self.cert, "certOwner"),
            serial: text(&self.cert, "certSN"),
            issuer: text(&self.cert, "issuerCN"),
            signed_at: text(&self.signature, "signTime").and_then(|time| beijing(&time)),
            time_stamped: text(&self.signature, "signTimeSource")
                .is_some_and(|source| source.eq_ignore_ascii_case("tsa")),
        }
    }
}

fn integrity(signature: &Value) -> Integrity {
    let said = match signature.get("modify") {
        Some(Value::Bool(modified)) => Some(*modified),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    match said {
        Some(true) => Integrity::Modified,
        Some(false) => Integrity::Unmodified,
        None => Integrity::Unsaid,
    }
}

fn text(of: &Value, field: &str) -> Option<String> {
    match of.get(field)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A time such as `2025-12-09 17:46:05`. The zone is not published; the provider's pages show Beijing's everywhere.
fn beijing(time: &str) -> Option<Timestamp> {
    format!("{time}+08:00").parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verdict(data: Value) -> Verdict {
        serde_json::from_value::<Verified>(data).unwrap().verdict()
    }

    #[test]
    fn the_published_answer() {
        let found = verdict(json!({"signInfos": [{
            "cert": {"certOwner": "甲示例科技有限公司", "certSN": "109478", "effectiveTime": "2025-04-27 11:44:35",
                     "expireTime": "2028-04-26 11:44:35", "issuerCN": "Example OCA", "certBase64": "MIIF"},
            "signature": {"modify": false, "signTimeSource": "tsa", "signTime": "2025-12-09 17:46:05", "sealData": "iVBO"}
        }]}));
        let expected = SignatureVerdict {
            integrity: Integrity::Unmodified,
            owner: Some("甲示例科技有限公司".to_owned()),
            serial: Some("109478".to_owned()),
            issuer: Some("Example OCA".to_owned()),
            signed_at: Some("2025-12-09T09:46:05Z".parse().unwrap()),
            time_stamped: true,
        };
        assert_eq!(found.signatures, [expected]);
    }

    #[test]
    fn fields_may_be_absent_null_or_of_another_type() {
        for nothing in [json!({}), json!({"signInfos": null}), json!({"signInfos": []}), json!({"signInfos": "none"})] {
            assert_eq!(verdict(nothing), Verdict::default());
        }
        let found = verdict(json!({"verifyTaskId": null, "signInfos": [
            {"cert": null, "signature": {"modify": "true", "signTime": "yesterday", "signTimeSource": "local"}},
            {"cert": {"certOwner": "", "certSN": 109_478}},
            "not an entry",
            {"signature": {"modify": null}}
        ]}));
        let said: Vec<_> = found.signatures.iter().map(|signature| signature.integrity).collect();
        use Integrity::{Modified, Unsaid};
        assert_eq!(said, [Modified, Unsaid, Unsaid, Unsaid]);
        assert_eq!((&found.signatures[0].signed_at, found.signatures[0].time_stamped), (&None, false));
        assert_eq!((&found.signatures[1].owner, found.signatures[1].serial.as_deref()), (&None, Some("109478")));
    }
}
