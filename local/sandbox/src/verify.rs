//! The provider's own verdict on a signed file (Open API V3, `verify`; open.esign.cn, pdf-sign3/yekrnc).
//!
//! What is judged is the file as it is kept here. Bytes that a fault changes on their way out are not seen, as e签宝 does not see them either.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::Timestamp;
use jiff::tz::{self, TimeZone};
use seals::Examined;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::creation::ensure;
use crate::flow::{Flow, FlowStatus};
use crate::house::House;
use crate::state::{Bytes, Records};
use crate::wire::{Answer, Refusal, Request};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyRequest {
    sign_flow_id: Option<String>,
    #[serde(rename = "async")]
    later: Option<bool>,
}

/// `POST /v3/files/{fileId}/verify`: of a completed flow the signed file, without a flow the file as it was uploaded.
pub(crate) fn verify(house: &House, records: &Records<'_>, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked: VerifyRequest = request.json()?;
    ensure(asked.later != Some(true), "沙箱仅支持同步验签，async应为false")?;
    let bytes = match asked.sign_flow_id.filter(|flow| !flow.is_empty()) {
        None => records.get_bytes(Bytes::Uploaded, id)?,
        Some(flow) => {
            let flow = Flow::load(house, records, &flow)?;
            // Which code this has is not published; it is that of a download that comes too early.
            if flow.status != FlowStatus::Completed {
                return Err(Refusal::business(1_437_518, "流程未完成，不能核验文件"));
            }
            records.get_bytes(Bytes::Document, &flow.document_key(id))?
        }
    };
    let bytes = bytes.ok_or_else(|| Refusal::business(1_430_608, "文件不存在"))?;
    // A file that cannot be read has no signature that holds; e签宝's answer to one is not published.
    let signatures = seals::examine(&bytes).map_err(|error| Refusal::parameter(format!("参数错误: {error}")))?;
    let infos: Vec<Value> = signatures.iter().map(info).collect();
    Ok(Answer::success(json!({"verifyTaskId": null, "signInfos": infos})))
}

fn info(signature: &Examined) -> Value {
    json!({
        "cert": {
            "certOwner": signature.owner,
            "certSN": signature.serial,
            "effectiveTime": beijing(signature.valid_from),
            "expireTime": beijing(signature.valid_to),
            "issuerCN": signature.issuer,
            "certBase64": STANDARD.encode(&signature.certificate),
        },
        "signature": {
            "modify": signature.modified,
            // "local" is what e签宝's SDK calls a time that is not a time stamp's (paas_sdk_3/sd42wr5zxl7wl47k).
            "signTimeSource": if signature.time_stamped { "tsa" } else { "local" },
            "signTime": signature.signed_at.map(beijing),
            "sealData": null,
        },
    })
}

fn beijing(time: Timestamp) -> String {
    TimeZone::fixed(tz::offset(8)).to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
