//! What the provider answers. Unknown fields are ignored, absent and null are the same, and only `code` decides.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::lenient_int;
use crate::failure::Failure;

/// The frame around every answer (e签宝 Open API V3, dev-guide3). The gateway's own refusals have it too, without data.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    #[serde(default, deserialize_with = "lenient_int")]
    pub code: Option<i64>,
    #[serde(default, deserialize_with = "lenient_text")]
    pub message: String,
    #[serde(default)]
    data: Value,
}

impl Envelope {
    /// The data of an answer, read as `T`.
    pub(crate) fn data<T: DeserializeOwned>(self) -> Result<T, Failure> {
        serde_json::from_value(self.data).map_err(|_| Failure::puzzling("its data lack a field that the call needs"))
    }

    /// The `verifyId` that an identity check has, passed or not.
    pub(crate) fn verify_id(&self) -> Option<String> {
        self.data.get("verifyId").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
    }
}

fn lenient_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        _ => String::new(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upload {
    pub file_id: String,
    pub file_upload_url: String,
}

/// The answer of the file store to an upload: other names than everywhere else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    #[serde(default, deserialize_with = "lenient_int")]
    pub err_code: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    pub sign_flow_id: String,
}

/// `url` has no expiry, `shortUrl` lasts 90 days.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Link {
    pub url: Option<String>,
    pub short_url: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Downloads {
    pub files: Vec<Download>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Download {
    /// The signed file's id, for `verify` (open.esign.cn, pdf-sign3/yekrnc: it is taken from this call).
    #[serde(default)]
    pub file_id: Option<String>,
    pub download_url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(text: &str) -> Envelope {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_frame_is_read_leniently() {
        assert_eq!(envelope(r#"{"code":0,"message":"成功","data":{}}"#).code, Some(0));
        assert_eq!(envelope(r#"{"code":"1437103","message":null}"#).code, Some(1_437_103));
        assert_eq!(
            envelope(r#"{"success":false,"code":401,"message":"INVALID_SIGNATURE"}"#).message,
            "INVALID_SIGNATURE"
        );
        for none in ["{}", r#"{"code":null}"#, r#"{"code":"OK"}"#, r#"{"code":{}}"#] {
            assert_eq!(envelope(none).code, None, "{none}");
        }
    }

    #[test]
    fn data_may_be_absent_or_null_unless_a_field_is_needed() {
        for text in [r#"{"code":0}"#, r#"{"code":0,"data":null}"#, r#"{"code":0,"data":{}}"#, r#"{"code":0,"data":[]}"#]
        {
            assert!(envelope(text).data::<Created>().is_err(), "{text}");
            assert_eq!(envelope(text).verify_id(), None);
        }
        assert_eq!(
            envelope(r#"{"code":0,"data":{"signFlowId":"f1","new":1}}"#).data::<Created>().unwrap().sign_flow_id,
            "f1"
        );
        assert_eq!(envelope(r#"{"code":30504001,"data":{"verifyId":"v1"}}"#).verify_id().as_deref(), Some("v1"));
    }
}
