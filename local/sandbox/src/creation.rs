//! Creating a flow: the whole request is checked before anything is kept (Open API V3, `create-by-file`).
//!
//! The first thing found wrong is named in a parameter error (1435002), or has a code of its own.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::creation_signers::{self, SignerRequest};
use crate::files::{File, FileStatus};
use crate::flow::{Doc, Flow, FlowStatus, Redirect};
use crate::house::House;
use crate::lenient;
use crate::state::{Kind, Records, new_id};
use crate::wire::{Answer, Refusal, Request};
use crate::{identity, signing};

/// The longest a flow can stay open: 90 days.
pub(crate) const LONGEST_MILLISECONDS: i64 = 90 * 24 * 60 * 60 * 1000;

const MOST_DOCS: usize = 50;
const MOST_SIGNERS: usize = 10;
const MOST_FIELDS: usize = 300;
const LONGEST_TITLE: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateRequest {
    docs: Option<Vec<DocRequest>>,
    sign_flow_config: Option<Value>,
    signers: Option<Vec<SignerRequest>>,
    sign_flow_initiator: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocRequest {
    file_id: Option<String>,
    file_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigRequest {
    sign_flow_title: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    sign_flow_expire_time: Option<i64>,
    auto_start: Option<bool>,
    auto_finish: Option<bool>,
    identity_verify: Option<bool>,
    notify_url: Option<String>,
    redirect_config: Option<RedirectRequest>,
    notice_config: Option<NoticeRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedirectRequest {
    redirect_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    redirect_delay_time: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoticeRequest {
    notice_types: Option<String>,
}

/// A parameter error unless the condition holds.
pub(crate) fn ensure(holds: bool, message: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::parameter(format!("参数错误: {message}"))) }
}

fn parsed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| Refusal::parameter(format!("参数错误: {error}")))
}

/// An address that a browser or a callback can go to.
pub(crate) fn is_web_address(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && reqwest::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

pub(crate) fn redirect(asked: Option<RedirectRequest>) -> Result<Option<Redirect>, Refusal> {
    let Some(asked) = asked else { return Ok(None) };
    let Some(url) = asked.redirect_url.filter(|url| !url.is_empty()) else {
        ensure(asked.redirect_delay_time.is_none(), "未设置redirectUrl时不能设置redirectDelayTime")?;
        return Ok(None);
    };
    ensure(is_web_address(&url), "redirectUrl格式不正确")?;
    let delay_seconds = asked.redirect_delay_time.unwrap_or(3);
    ensure([0, 3].contains(&delay_seconds), "redirectDelayTime只能为0或3")?;
    Ok(Some(Redirect { url, delay_seconds }))
}

pub(crate) fn notices(asked: Option<&NoticeRequest>) -> Result<(), Refusal> {
    let types = asked.and_then(|asked| asked.notice_types.as_deref()).unwrap_or_default();
    let known = types.is_empty() || types.split(',').all(|one| ["1", "2", "3", "5", "6", "7"].contains(&one.trim()));
    ensure(known, "noticeTypes取值不正确")
}

/// `POST /v3/sign-flow/create-by-file`.
pub(crate) fn create(house: &House, records: &Records<'_>, request: &Request) -> Result<Answer, Refusal> {
    let asked: CreateRequest = request.json()?;
    if asked.sign_flow_initiator.is_some_and(|initiator| !initiator.is_null()) {
        return Err(Refusal::business(1_436_116, "未获得发起方的授权"));
    }
    let raw_config = asked.sign_flow_config.filter(Value::is_object);
    let raw_config = raw_config.ok_or_else(|| Refusal::parameter("参数错误: signFlowConfig不能为空"))?;
    let config: ConfigRequest = parsed(raw_config.clone())?;

    let title = config.sign_flow_title.unwrap_or_default();
    ensure(!title.trim().is_empty(), "signFlowTitle不能为空")?;
    ensure(title.chars().count() <= LONGEST_TITLE, "signFlowTitle长度不能超过100")?;
    let now = house.now().as_millisecond();
    let expires = config.sign_flow_expire_time.unwrap_or(now + LONGEST_MILLISECONDS);
    ensure(expires > now, "signFlowExpireTime不能早于当前时间")?;
    ensure(expires <= now + LONGEST_MILLISECONDS, "signFlowExpireTime不能超过90天")?;
    let notify_url = config.notify_url.filter(|url| !url.is_empty());
    ensure(notify_url.as_deref().is_none_or(is_web_address), "notifyUrl格式不正确")?;
    let redirect = redirect(config.redirect_config)?;
    notices(config.notice_config.as_ref())?;
    // Nothing can be undone here after signing, so this setting is only checked, and repeated by the detail.
    let rescind = raw_config.pointer("/contractConfig/allowToRescind");
    ensure(rescind.is_none_or(|value| value.is_boolean() || value.is_null()), "allowToRescind应为布尔值")?;

    let auto_start = config.auto_start.unwrap_or(true);
    let signers = asked.signers.unwrap_or_default();
    let files = files(records, asked.docs.unwrap_or_default())?;
    let optional = signers.is_empty() && !auto_start;
    ensure(optional || !files.is_empty(), "docs不能为空")?;
    if signers.is_empty() && auto_start {
        return Err(Refusal::business(1_435_011, "自动开启的流程必须包含签署方"));
    }
    if signers.len() > MOST_SIGNERS {
        return Err(Refusal::business(1_437_608, "签署方数量超过限制"));
    }
    let signers = signers
        .into_iter()
        .map(|signer| creation_signers::signer(house, &files, signer))
        .collect::<Result<Vec<_>, _>>()?;
    ensure(signers.iter().map(|signer| signer.fields.len()).sum::<usize>() <= MOST_FIELDS, "签署区数量超过限制")?;
    if config.identity_verify.unwrap_or(true) {
        let stranger = |signer: &crate::flow::Signer| {
            signer.person.as_ref().is_some_and(|person| identity::matches_nobody(&person.account))
        };
        if signers.iter().any(stranger) {
            return Err(Refusal::business(1_437_328, "签署方信息与实名信息不一致"));
        }
    }

    let docs = files.iter().map(|(doc, _)| Doc { file: doc.file.clone(), name: doc.name.clone() }).collect();
    let mut flow = Flow {
        id: new_id(),
        status: FlowStatus::Draft,
        title,
        created: now,
        started: None,
        finished: None,
        expires,
        auto_finish: config.auto_finish.unwrap_or(false),
        notify_url,
        redirect,
        revoke_reason: None,
        delayed: false,
        urged: None,
        docs,
        signers,
        config: raw_config,
    };
    flow.insert(records)?;
    tracing::info!(flow = %flow.id, "a flow was created");
    if auto_start {
        signing::start(house, records, &mut flow)?;
    }
    Ok(Answer::success(json!({"signFlowId": flow.id})))
}

/// The documents with their files; each must have been uploaded.
fn files(records: &Records<'_>, asked: Vec<DocRequest>) -> Result<Vec<(Doc, File)>, Refusal> {
    ensure(asked.len() <= MOST_DOCS, "docs数量超过限制")?;
    let mut files: Vec<(Doc, File)> = Vec::new();
    for doc in asked {
        let id = doc.file_id.unwrap_or_default();
        ensure(!id.is_empty(), "docs.fileId不能为空")?;
        ensure(files.iter().all(|(known, _)| known.file != id), "docs.fileId重复")?;
        let file = records.get::<File>(Kind::File, &id)?;
        let file = file.ok_or_else(|| Refusal::business(1_437_511, "文档不存在"))?;
        if file.status != FileStatus::Uploaded {
            return Err(Refusal::business(1_437_513, "文档未上传完成或尚未转换为PDF"));
        }
        let name = doc.file_name.filter(|name| !name.is_empty()).unwrap_or_else(|| file.name.clone());
        files.push((Doc { file: id, name }, file));
    }
    Ok(files)
}
