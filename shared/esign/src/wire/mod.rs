//! What goes over the wire, field by field as the provider names it.

pub(crate) mod answer;
pub(crate) mod create;
pub(crate) mod detail;
pub(crate) mod verify;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An integer that may come as a number, as a numeric string, as null or not at all: the provider does not keep to one type.
pub(crate) fn lenient_int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// `POST /v3/files/file-upload-url`. The file itself is then put to the answered address under the same MD5 and content type.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadUrl<'a> {
    pub content_md5: &'a str,
    pub content_type: &'a str,
    pub file_name: &'a str,
    pub file_size: usize,
}

/// `POST /v2/identity/verify/individual/telecom3Factors`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreeFactors<'a> {
    pub name: &'a str,
    pub id_no: &'a str,
    pub mobile_no: &'a str,
}

/// `POST /v3/sign-flow/{id}/sign-url`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignUrl<'a> {
    /// As the flow was created: by account, so the mobile number.
    pub operator: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization<'a>>,
    pub need_login: bool,
    pub url_type: u8,
    pub client_type: &'static str,
    pub redirect_config: create::Redirect<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account<'a> {
    pub psn_account: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization<'a> {
    pub org_name: &'a str,
}

/// `POST /v3/sign-flow/{id}/revoke`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revoke<'a> {
    pub revoke_reason: &'a str,
}

/// `POST /v3/sign-flow/{id}/file-download-url`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DownloadUrl {
    /// Seconds, 1 to 3600.
    pub url_available_date: u32,
}
