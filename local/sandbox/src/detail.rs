//! A flow's detail as the protocol words it: absent parts are explicit nulls (Open API V3, flow detail).

use serde_json::{Value, json};

use crate::flow::{Field, Flow, FlowStatus, Signer, SignerStatus, derived_id};
use crate::house::House;
use crate::signing::account;
use crate::state::Records;
use crate::wire::{Answer, Refusal};

/// `GET …/{id}/detail`.
pub(crate) fn detail(house: &House, records: &Records<'_>, id: &str) -> Result<Answer, Refusal> {
    let flow = Flow::load(house, records, id)?;
    let docs: Vec<Value> = flow
        .docs
        .iter()
        .map(|doc| json!({"fileId": doc.file, "fileName": doc.name, "fileEditPwd": null, "contractNum": null, "order": null}))
        .collect();
    let signers: Vec<Value> = flow.signers.iter().map(|signer| signer_detail(house, signer)).collect();
    Ok(Answer::success(json!({
        "signFlowStatus": flow.status as u8,
        "signFlowDescription": flow.status.description(),
        "rescissionStatus": 0,
        "rescissionSignFlowIds": null,
        "revokeReason": flow.revoke_reason,
        "signFlowCreateTime": flow.created,
        "signFlowStartTime": flow.started,
        "signFlowFinishTime": (flow.status != FlowStatus::Signing).then_some(flow.finished).flatten(),
        "signFlowInitiator": {
            "psnInitiator": null,
            "orgInitiator": {
                "orgId": derived_id("organisation", &house.vendor_name),
                "orgName": house.vendor_name,
                "transactor": null,
            },
        },
        "signFlowConfig": config(&flow),
        "docs": docs,
        "attachments": null,
        "copiers": null,
        "signers": signers,
    })))
}

/// The settings that were asked for, with the defaults that took their place where they were left out.
fn config(flow: &Flow) -> Value {
    let mut config = flow.config.clone();
    if let Value::Object(fields) = &mut config {
        fields.insert("signFlowTitle".to_owned(), json!(flow.title));
        fields.insert("signFlowExpireTime".to_owned(), json!(flow.expires));
        fields.insert("autoFinish".to_owned(), json!(flow.auto_finish));
        for name in
            ["autoStart", "identityVerify", "notifyUrl", "redirectConfig", "noticeConfig", "signConfig", "authConfig"]
        {
            fields.entry(name).or_insert(Value::Null);
        }
    }
    config
}

fn signer_detail(house: &House, signer: &Signer) -> Value {
    let person = signer.person.as_ref();
    let organisation = signer.organisation.as_ref();
    // Where somebody else signed, the detail shows who really did.
    let person_value = |name: &str| {
        person.map(|person| json!({"psnId": person.id(), "psnName": name, "psnAccount": account(&person.account)}))
    };
    let (person_signer, organisation_signer) = match organisation {
        None => (person_value(signer.name()), None),
        Some(organisation) => {
            let transactor = person_value(person.map_or("", |person| person.name.as_str()));
            let value = json!({"orgId": organisation.id(), "orgName": signer.name(), "transactor": transactor});
            (None, Some(value))
        }
    };
    let fields: Vec<Value> = signer.fields.iter().map(|field| field_detail(house, signer, field)).collect();
    json!({
        "psnSigner": person_signer,
        "orgSigner": organisation_signer,
        "signerType": u8::from(organisation.is_some()),
        "signOrder": signer.order,
        "signStatus": signer.status as u8,
        "signTaskType": 0,
        "signerIp": null,
        "signFields": fields,
    })
}

fn field_detail(house: &House, signer: &Signer, field: &Field) -> Value {
    let status = match (signer.status, field.done) {
        (_, Some(_)) => "4",
        (SignerStatus::Signing, None) => "1",
        (SignerStatus::Rejected, None) => "2",
        _ => "0",
    };
    let owner = signer
        .organisation
        .as_ref()
        .map_or_else(|| signer.person.as_ref().map(crate::flow::Person::id), |organisation| Some(organisation.id()));
    let mut config = field.config.clone();
    if let Value::Object(entries) = &mut config {
        let position = json!({
            "positionPage": field.page.to_string(),
            "positionX": field.x,
            "positionY": field.y,
            "acrossPageMode": null,
        });
        entries.insert("signFieldPosition".to_owned(), position);
        let seal = field.done.map(|_| derived_id(&house.vendor_name, signer.name()));
        entries.insert("sealId".to_owned(), json!(seal));
        entries.insert("sealOwnerId".to_owned(), json!(field.done.and(owner)));
    }
    json!({
        "signFieldId": field.id,
        "signFieldStatus": status,
        "statusUpdateTime": field.done,
        "failReason": null,
        "customBizNum": field.label,
        "fileId": field.file,
        "signFieldType": 0,
        "mustSign": true,
        "signFieldSealType": u8::from(signer.organisation.is_some()),
        "normalSignFieldConfig": config,
        "remarkSignFieldConfig": null,
        "dateSignFieldConfig": null,
    })
}
