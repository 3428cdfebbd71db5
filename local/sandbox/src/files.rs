//! Uploaded files: an address to put the bytes to, the bytes, and the file's status (Open API V3, files).
//!
//! Bytes are put and got with a token in the address instead of a signature, as with the object store behind e签宝; its refusals
//! are XML documents.

use contract::Timestamp;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{self, Call};
use crate::house::House;
use crate::lenient;
use crate::pdf::{self, Page};
use crate::signature::content_md5;
use crate::state::{Bytes, Kind, Records, new_id};
use crate::wire::{Answer, Refusal, Request};

/// The largest file: 50 MB.
pub(crate) const LARGEST: usize = 50 * 1024 * 1024;

/// How long an upload or download address holds: 60 minutes.
const HOUR_MILLISECONDS: i64 = 60 * 60 * 1000;

/// An uploaded file, or one whose bytes are still to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    content_md5: String,
    content_type: String,
    pub(crate) status: FileStatus,
    pub(crate) pages: Vec<Page>,
}

/// How far a file is, with the protocol's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FileStatus {
    NotUploaded = 0,
    Uploaded = 2,
    Failed = 3,
}

/// A permission to put a file's bytes, or to get a document's.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Grant {
    Upload { file: String, until: i64 },
    Download { name: String, source: Source, until: i64 },
}

/// Where downloaded bytes come from.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Source {
    Uploaded { file: String },
    Signed { document: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadRequest {
    content_md5: Option<String>,
    content_type: Option<String>,
    file_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    file_size: Option<i64>,
}

/// `POST /v3/files/file-upload-url`.
pub(crate) fn upload_url(house: &House, records: &Records<'_>, request: &Request) -> Result<Answer, Refusal> {
    let bad = |what: &str| Refusal::business(1_430_002, format!("参数错误: {what}"));
    let asked: UploadRequest = request.json().map_err(|refusal| bad(&refusal.to_string()))?;
    let content_md5 = asked.content_md5.filter(|text| text.len() == 24).ok_or_else(|| bad("contentMd5格式不正确"))?;
    let content_type = asked.content_type.unwrap_or_default();
    if !["application/pdf", "application/octet-stream"].contains(&content_type.as_str()) {
        return Err(bad("contentType不支持"));
    }
    let name = asked.file_name.unwrap_or_default();
    let unfit = |letter: char| r#"/\:*"<>|？"#.contains(letter) || letter.is_control();
    if name.trim().is_empty() || name.chars().count() > 100 || name.contains(unfit) {
        return Err(Refusal::business(1_430_601, "文件名称不合法"));
    }
    if !name.to_ascii_lowercase().ends_with(".pdf") {
        return Err(bad("沙箱仅支持PDF文件"));
    }
    let size = asked.file_size.and_then(|size| usize::try_from(size).ok()).filter(|size| (1..=LARGEST).contains(size));
    size.ok_or_else(|| bad("fileSize应在1字节至50MB之间"))?;

    let file =
        File { id: new_id(), name, content_md5, content_type, status: FileStatus::NotUploaded, pages: Vec::new() };
    records.put(Kind::File, &file.id, &file)?;
    let token = new_id();
    let until = house.now().as_millisecond() + HOUR_MILLISECONDS;
    records.put(Kind::Grant, &token, &Grant::Upload { file: file.id.clone(), until })?;
    let data = json!({"fileId": file.id, "fileUploadUrl": format!("{}/upload/{token}", house.base_url)});
    Ok(Answer::success(data))
}

fn store_error(status: StatusCode, code: &'static str, message: &'static str) -> Refusal {
    Refusal::Store { status, code, message }
}

/// `PUT` to an upload address. Putting the same bytes again succeeds again: after a lost answer nothing else would help.
pub(crate) fn put(house: &House, records: &Records<'_>, token: &str, request: &Request) -> Result<Answer, Refusal> {
    if request.method != Method::PUT {
        let message = "The specified method is not allowed against this resource.";
        return Err(store_error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message));
    }
    let Some(Grant::Upload { file, until }) = records.get(Kind::Grant, token)? else {
        return Err(store_error(StatusCode::FORBIDDEN, "AccessDenied", "The address is not known."));
    };
    if house.now().as_millisecond() > until {
        return Err(store_error(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired."));
    }
    let Some(mut file) = records.get::<File>(Kind::File, &file)? else { return Err(Refusal::not_found()) };
    let same = request.header("content-md5") == Some(&file.content_md5)
        && request.header("content-type") == Some(&file.content_type);
    if !same {
        let message = "The request signature we calculated does not match the signature you provided.";
        return Err(store_error(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", message));
    }
    if content_md5(&request.body) != file.content_md5 {
        let message = "The Content-MD5 you specified was invalid.";
        return Err(store_error(StatusCode::BAD_REQUEST, "InvalidDigest", message));
    }
    let pages = pdf::pages(&request.body);
    file.status = if pages.is_some() { FileStatus::Uploaded } else { FileStatus::Failed };
    file.pages = pages.unwrap_or_default();
    records.put_bytes(Bytes::Uploaded, &file.id, &request.body)?;
    records.put(Kind::File, &file.id, &file)?;
    Ok(Answer::json(StatusCode::OK, &json!({"errCode": 0, "msg": "成功"})))
}

/// `GET /v3/files/{fileId}`.
pub(crate) fn status(house: &House, records: &Records<'_>, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let file = records.get::<File>(Kind::File, id)?;
    let file = file.ok_or_else(|| Refusal::business(1_430_608, "文件不存在"))?;
    let uploaded = file.status == FileStatus::Uploaded;
    let address = if uploaded {
        let source = Source::Uploaded { file: file.id.clone() };
        Value::from(grant_download(house, records, &file.name, source, HOUR_MILLISECONDS)?)
    } else {
        Value::Null
    };
    let sized = request.parameter("pageSize").as_deref() == Some("true");
    let first = file.pages.first().filter(|_| sized);
    Ok(Answer::success(json!({
        "fileId": file.id,
        "fileName": file.name,
        "fileSize": null,
        "fileStatus": file.status as u8,
        "fileDownloadUrl": address,
        "fileTotalPageCount": uploaded.then_some(file.pages.len()),
        "pageWidth": first.map(|page| page.width),
        "pageHeight": first.map(|page| page.height),
    })))
}

/// A download address that holds for this many milliseconds.
pub(crate) fn grant_download(
    house: &House,
    records: &Records<'_>,
    name: &str,
    source: Source,
    holds: i64,
) -> Result<String, Refusal> {
    let token = new_id();
    let until = house.now().as_millisecond().saturating_add(holds);
    records.put(Kind::Grant, &token, &Grant::Download { name: name.to_owned(), source, until })?;
    Ok(format!("{}/download/{token}", house.base_url))
}

/// `GET` of a download address.
pub(crate) fn fetch(records: &Records<'_>, token: &str, now: Timestamp) -> Result<Answer, Refusal> {
    let Some(Grant::Download { name, source, until }) = records.get(Kind::Grant, token)? else {
        return Err(store_error(StatusCode::FORBIDDEN, "AccessDenied", "The address is not known."));
    };
    if now.as_millisecond() > until {
        return Err(store_error(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired."));
    }
    let mut bytes = match &source {
        Source::Uploaded { file } => records.get_bytes(Bytes::Uploaded, file)?,
        Source::Signed { document } => records.get_bytes(Bytes::Document, document)?,
    }
    .ok_or_else(Refusal::not_found)?;
    if matches!(source, Source::Signed { .. }) {
        for call in [Call::Download, Call::Fetch] {
            if let Some(how) = faults::take(records, call, true)? {
                bytes = faults::spoil(bytes, how);
            }
        }
    }
    let name: String = name.bytes().map(encoded).collect();
    Ok(Answer::new(StatusCode::OK, "application/pdf", bytes)
        .with("content-disposition", format!("attachment; filename*=UTF-8''{name}")))
}

/// One byte of a file name as it may stand in a header.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
