//! How a flow moves: started, signed, declined, expired, revoked, finished.
//!
//! Every move is made here and nowhere else, with the callbacks that belong to it, in the transaction of whoever asked for it.

use serde_json::{Value, json};

use crate::callbacks;
use crate::files::File;
use crate::flow::{Flow, FlowStatus, Signer, SignerStatus};
use crate::house::House;
use crate::identity;
use crate::notary::{Placed, Signatory};
use crate::state::{Bytes, Kind, Records};
use crate::style::{self, Style};
use crate::wire::Refusal;

/// Where the signer wants the seal; what is left out stays as the field has it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) page: Option<u32>,
    pub(crate) x: Option<f64>,
    pub(crate) y: Option<f64>,
}

/// Why somebody could not sign or decline.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsigned {
    #[error("It is not this signer's turn.")]
    NotYourTurn,
    #[error("The seal cannot be moved.")]
    Fixed,
    #[error("The seal does not fit there: it must lie wholly on a page of the document.")]
    OffPage,
    #[error(transparent)]
    Other(#[from] Refusal),
}

/// Starts a draft: the documents are taken as they are, and whoever signs first may sign.
pub(crate) fn start(house: &House, records: &Records<'_>, flow: &mut Flow) -> Result<(), Refusal> {
    let now = house.now().as_millisecond();
    for doc in &flow.docs {
        let bytes = records.get_bytes(Bytes::Uploaded, &doc.file)?;
        let bytes = bytes.ok_or_else(|| Refusal::business(1_437_511, "文档不存在"))?;
        records.put_bytes(Bytes::Document, &flow.document_key(&doc.file), &bytes)?;
    }
    flow.status = FlowStatus::Signing;
    flow.started = Some(now);
    tracing::info!(flow = %flow.id, "a flow was started");
    advance(house, records, flow)?;
    flow.save(records)
}

/// Gives the turn to whoever comes next, lets automatic signers sign, and completes the flow when nobody is left.
fn advance(house: &House, records: &Records<'_>, flow: &mut Flow) -> Result<(), Refusal> {
    loop {
        let open = flow.signers.iter().filter(|signer| signer.status != SignerStatus::Signed);
        let Some(turn) = open.map(|signer| signer.order).min() else { break };
        for signer in &mut flow.signers {
            if signer.order == turn && signer.status == SignerStatus::Waiting {
                signer.status = SignerStatus::Signing;
            }
        }
        let automatic = |signer: &Signer| signer.auto && signer.status == SignerStatus::Signing;
        let Some(place) = flow.signers.iter().position(automatic) else { return Ok(()) };
        apply(house, records, flow, place)?;
    }
    if flow.auto_finish && !flow.signers.is_empty() {
        finish(house, records, flow)?;
    }
    Ok(())
}

/// Whose seal and certificate a signer uses.
pub(crate) fn signatory(signer: &Signer) -> Signatory {
    let organisation = signer.organisation.as_ref();
    Signatory {
        name: signer.name().to_owned(),
        is_organisation: organisation.is_some(),
        number: organisation.map_or_else(
            || signer.person.as_ref().and_then(|person| person.number.clone()),
            |organisation| organisation.number.clone(),
        ),
    }
}

/// Puts one signer's signatures into the documents, one for each field.
fn apply(house: &House, records: &Records<'_>, flow: &mut Flow, place: usize) -> Result<(), Refusal> {
    let now = house.now();
    let flow_id = flow.id.clone();
    let style = style::current(records)?;
    let fields = flow.signers.iter().flat_map(|signer| &signer.fields);
    let mut signatures = fields.filter(|field| field.done.is_some()).count();
    let Some(signer) = flow.signers.get_mut(place) else { return Ok(()) };
    let signatory = signatory(signer);
    for (number, field) in signer.fields.iter_mut().enumerate() {
        let key = format!("{flow_id}/{}", field.file);
        let bytes = records.get_bytes(Bytes::Document, &key)?.ok_or_else(Refusal::not_found)?;
        signatures += 1;
        let placed = Placed {
            name: match style {
                Style::Itext => format!("Signature{signatures}"),
                _ => format!("Signature-{}-{}-{}", signer.order, place + 1, number + 1),
            },
            page: field.page,
            x: field.x,
            y: field.y,
            width: field.width,
            height: field.height,
        };
        let signed = house.notary.sign(&bytes, &signatory, &placed, style, now).map_err(Refusal::Broken)?;
        records.put_bytes(Bytes::Document, &key, &signed)?;
        field.done = Some(now.as_millisecond());
    }
    signer.status = SignerStatus::Signed;
    tracing::info!(flow = %flow_id, order = signer.order, "a signer signed");
    told(house, records, flow, place, 2, "签署完成")
}

/// The callback about one signer.
fn told(
    house: &House,
    records: &Records<'_>,
    flow: &Flow,
    place: usize,
    result: u8,
    description: &str,
) -> Result<(), Refusal> {
    let Some(signer) = flow.signers.get(place) else { return Ok(()) };
    let now = house.now().as_millisecond();
    let mut body = json!({
        "action": "SIGN_MISSON_COMPLETE",
        "timestamp": now,
        "signFlowId": flow.id,
        "operateTime": now,
        "signResult": result,
        "resultDescription": description,
        "signOrder": signer.order,
        "customBizNum": signer.labels(),
    });
    if let Value::Object(fields) = &mut body {
        if let Some(person) = &signer.person {
            fields.insert("operator".to_owned(), json!({"psnId": person.id(), "psnAccount": account(&person.account)}));
        }
        if let Some(organisation) = &signer.organisation {
            let value = json!({"orgId": organisation.id(), "orgName": organisation.name});
            fields.insert("organization".to_owned(), value);
        }
    }
    callbacks::enqueue(records, flow, "SIGN_MISSON_COMPLETE", &body)
}

/// An account as callbacks and the detail show it: both kinds named, one of them empty.
pub(crate) fn account(account: &str) -> Value {
    let is_mail = account.contains('@');
    json!({
        "accountMobile": (!is_mail).then_some(account),
        "accountEmail": is_mail.then_some(account),
    })
}

/// Ends the flow and tells so.
fn end(house: &House, records: &Records<'_>, flow: &mut Flow, status: FlowStatus) -> Result<(), Refusal> {
    let now = house.now().as_millisecond();
    flow.status = status;
    flow.finished = Some(now);
    tracing::info!(flow = %flow.id, status = ?status, "a flow ended");
    let body = json!({
        "action": "SIGN_FLOW_COMPLETE",
        "timestamp": now,
        "signFlowId": flow.id,
        "signFlowTitle": flow.title,
        "signFlowStatus": (status as u8).to_string(),
        "statusDescription": status.description(),
        "signFlowCreateTime": flow.created,
        "signFlowStartTime": flow.started,
        "signFlowFinishTime": now,
    });
    callbacks::enqueue(records, flow, "SIGN_FLOW_COMPLETE", &body)?;
    flow.save(records)
}

pub(crate) fn finish(house: &House, records: &Records<'_>, flow: &mut Flow) -> Result<(), Refusal> {
    if style::current(records)? == Style::Lasting {
        for doc in &flow.docs {
            let key = flow.document_key(&doc.file);
            let bytes = records.get_bytes(Bytes::Document, &key)?.ok_or_else(Refusal::not_found)?;
            let lasting = house.notary.preserve(&bytes, house.now()).map_err(Refusal::Broken)?;
            records.put_bytes(Bytes::Document, &key, &lasting)?;
        }
    }
    end(house, records, flow, FlowStatus::Completed)
}

pub(crate) fn expire(house: &House, records: &Records<'_>, flow: &mut Flow) -> Result<(), Refusal> {
    end(house, records, flow, FlowStatus::Expired)
}

pub(crate) fn revoke(house: &House, records: &Records<'_>, flow: &mut Flow) -> Result<(), Refusal> {
    end(house, records, flow, FlowStatus::Revoked)
}

/// The signer whose turn it is; a mistaken or late one is refused.
fn in_turn(flow: &mut Flow, place: usize) -> Result<&mut Signer, Unsigned> {
    if flow.status != FlowStatus::Signing {
        return Err(Unsigned::NotYourTurn);
    }
    let signer = flow.signers.get_mut(place).filter(|signer| signer.status == SignerStatus::Signing);
    signer.ok_or(Unsigned::NotYourTurn)
}

/// A person signs, at the place they chose; with a name, somebody else signs in their stead.
///
/// # Errors
///
/// When it is not their turn, or the seal cannot stand there.
pub(crate) fn sign(
    house: &House,
    records: &Records<'_>,
    flow: &mut Flow,
    place: usize,
    seal: Place,
    name: Option<String>,
) -> Result<(), Unsigned> {
    let signer = in_turn(flow, place)?;
    // Only the first field follows the hand; further fields of the same signer stay where they were asked for.
    if let Some(field) = signer.fields.first_mut() {
        let (page, x, y) = (seal.page.unwrap_or(field.page), seal.x.unwrap_or(field.x), seal.y.unwrap_or(field.y));
        // Asked this way round, so that a place that is no number counts as moved, and is refused.
        let stays = page == field.page && (x - field.x).abs() <= 0.01 && (y - field.y).abs() <= 0.01;
        if !stays {
            if !field.movable {
                return Err(Unsigned::Fixed);
            }
            let file = records.get::<File>(Kind::File, &field.file)?.ok_or(Unsigned::OffPage)?;
            let size = usize::try_from(page).ok().and_then(|page| file.pages.get(page.checked_sub(1)?));
            let size = size.ok_or(Unsigned::OffPage)?;
            if !size.holds(x, y, field.width, field.height) {
                return Err(Unsigned::OffPage);
            }
            (field.page, field.x, field.y) = (page, x, y);
        }
    }
    signer.signed_as = name;
    if let Some(person) = &signer.person {
        identity::set_verified(records, &person.subject())?;
    }
    if let Some(organisation) = &signer.organisation {
        identity::set_verified(records, &organisation.subject())?;
    }
    apply(house, records, flow, place)?;
    advance(house, records, flow)?;
    flow.save(records)?;
    Ok(())
}

/// A person declines, which ends the flow for everybody.
///
/// # Errors
///
/// When it is not their turn.
pub(crate) fn decline(
    house: &House,
    records: &Records<'_>,
    flow: &mut Flow,
    place: usize,
    reason: &str,
) -> Result<(), Unsigned> {
    in_turn(flow, place)?.status = SignerStatus::Rejected;
    let description = if reason.trim().is_empty() { "拒签" } else { reason.trim() };
    flow.revoke_reason = Some(description.to_owned());
    told(house, records, flow, place, 4, description)?;
    end(house, records, flow, FlowStatus::Rejected)?;
    Ok(())
}
