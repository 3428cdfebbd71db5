//! What can be done to a flow once it exists (Open API V3, flow operations).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::creation::{LONGEST_MILLISECONDS, ensure};
use crate::files::{Source, grant_download};
use crate::flow::{Flow, FlowStatus, SignerStatus};
use crate::house::House;
use crate::lenient;
use crate::signing;
use crate::state::Records;
use crate::wire::{Answer, Refusal, Request};

const MINUTE_MILLISECONDS: i64 = 60_000;

/// `POST …/{id}/start`. Starting what is started already is refused as e签宝 refuses what is no draft.
pub(crate) fn start(house: &House, records: &Records<'_>, id: &str) -> Result<Answer, Refusal> {
    let mut flow = Flow::load(house, records, id)?;
    if flow.status != FlowStatus::Draft {
        return Err(Refusal::business(1_437_502, "流程非草稿状态"));
    }
    if flow.expires <= house.now().as_millisecond() {
        return Err(Refusal::business(1_437_169, "流程已过期"));
    }
    ensure(!flow.docs.is_empty(), "流程没有签署文档")?;
    signing::start(house, records, &mut flow)?;
    Ok(Answer::success(json!({})))
}

/// `POST …/{id}/finish`.
pub(crate) fn finish(house: &House, records: &Records<'_>, id: &str) -> Result<Answer, Refusal> {
    let mut flow = Flow::load(house, records, id)?;
    match flow.status {
        FlowStatus::Draft => return Err(Refusal::business(1_437_112, "流程未开启")),
        FlowStatus::Signing => {}
        _ => return Err(Refusal::business(1_437_136, "流程已结束")),
    }
    if flow.signers.is_empty() {
        return Err(Refusal::business(1_437_170, "流程没有任何签署，不能完结"));
    }
    if flow.signers.iter().any(|signer| signer.status != SignerStatus::Signed) {
        return Err(Refusal::business(1_437_113, "存在未完成签署的签署方"));
    }
    signing::finish(house, records, &mut flow)?;
    Ok(Answer::success(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevokeRequest {
    revoke_reason: Option<String>,
}

/// `POST …/{id}/revoke`. A flow that somebody has signed already can be revoked, as long as it is not complete.
pub(crate) fn revoke(house: &House, records: &Records<'_>, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked: RevokeRequest = request.json()?;
    let reason = asked.revoke_reason.filter(|reason| !reason.is_empty());
    ensure(reason.as_deref().unwrap_or_default().chars().count() <= 50, "revokeReason长度不能超过50")?;
    let mut flow = Flow::load(house, records, id)?;
    match flow.status {
        FlowStatus::Signing => {}
        FlowStatus::Revoked => return Err(Refusal::business(1_437_168, "流程已撤销，请勿重复操作")),
        _ => return Err(Refusal::business(1_437_203, "仅签署中的流程可以撤销")),
    }
    flow.revoke_reason = reason;
    signing::revoke(house, records, &mut flow)?;
    Ok(Answer::success(json!({})))
}

/// `POST …/{id}/urge`: nothing is sent, but its rate is limited as it is at e签宝.
pub(crate) fn urge(house: &House, records: &Records<'_>, id: &str) -> Result<Answer, Refusal> {
    let mut flow = Flow::load(house, records, id)?;
    let (FlowStatus::Signing, Some(started)) = (flow.status, flow.started) else {
        return Err(Refusal::business(1_437_103, "流程未处于签署中"));
    };
    let now = house.now().as_millisecond();
    if now - started < 30 * MINUTE_MILLISECONDS {
        return Err(Refusal::business(1_437_137, "流程开启30分钟后才可催签"));
    }
    if flow.urged.is_some_and(|last| now - last < 10 * MINUTE_MILLISECONDS) {
        return Err(Refusal::business(1_437_138, "催签过于频繁"));
    }
    flow.urged = Some(now);
    flow.save(records)?;
    Ok(Answer::success(Value::Null))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DelayRequest {
    #[serde(default, deserialize_with = "lenient::integer")]
    sign_flow_expire_time: Option<i64>,
}

/// `POST …/{id}/delay`: once, later than before, and at most 90 days from now.
pub(crate) fn delay(house: &House, records: &Records<'_>, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked: DelayRequest = request.json()?;
    let mut flow = Flow::load(house, records, id)?;
    if flow.delayed {
        return Err(Refusal::business(1_435_011, "流程仅支持延期一次"));
    }
    let expired = flow.status == FlowStatus::Expired;
    if !expired && flow.status != FlowStatus::Signing {
        return Err(Refusal::business(1_437_201, "流程未处于签署中"));
    }
    let until = asked.sign_flow_expire_time.unwrap_or(0);
    let now = house.now().as_millisecond();
    ensure(until > now && until > flow.expires, "signFlowExpireTime不能早于原截止时间")?;
    ensure(until <= now + LONGEST_MILLISECONDS, "signFlowExpireTime不能超过90天")?;
    flow.expires = until;
    flow.delayed = true;
    if expired {
        flow.status = FlowStatus::Signing;
        flow.finished = None;
    }
    flow.save(records)?;
    Ok(Answer::success(Value::Null))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DownloadRequest {
    #[serde(default, deserialize_with = "lenient::integer")]
    url_available_date: Option<i64>,
}

/// `POST …/{id}/file-download-url`, and the older `GET` with the same parameter in its query.
pub(crate) fn download(house: &House, records: &Records<'_>, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked = match request.parameter("urlAvailableDate") {
        Some(text) => text.parse().map(Some).map_err(|_| Refusal::parameter("参数错误: urlAvailableDate格式不正确"))?,
        None => request.json::<DownloadRequest>()?.url_available_date,
    };
    let seconds = asked.unwrap_or(3600);
    ensure((1..=3600).contains(&seconds), "urlAvailableDate应在1至3600之间")?;
    let flow = Flow::load(house, records, id)?;
    if flow.status != FlowStatus::Completed {
        return Err(Refusal::business(1_437_518, "流程未完成，不能下载文件"));
    }
    let mut files = Vec::new();
    for doc in &flow.docs {
        let source = Source::Signed { document: flow.document_key(&doc.file) };
        let address = grant_download(house, records, &doc.name, source, seconds * 1000)?;
        files.push(json!({"fileId": doc.file, "fileName": doc.name, "downloadUrl": address}));
    }
    Ok(Answer::success(json!({"files": files, "attachments": [], "certificateDownloadUrl": null})))
}
