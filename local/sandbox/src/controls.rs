//! The sandbox's own endpoints, for tests: act as the signer, let time pass, look at the flows, set faults.
//!
//! They are no part of e签宝's protocol and need no signature; the sandbox listens on this machine only.

use std::sync::PoisonError;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::callbacks;
use crate::creation_signers::LONGEST_NAME;
use crate::faults::{self, Faults};
use crate::flow::{Flow, FlowStatus, SignerStatus};
use crate::house::House;
use crate::signing::{self, Place, Unsigned};
use crate::state::Records;
use crate::style;
use crate::wire::{Answer, Refusal, Request};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignRequest {
    page: Option<u32>,
    x: Option<f64>,
    y: Option<f64>,
    signer_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclineRequest {
    reason: Option<String>,
}

/// Answers a request below `/sandbox`.
pub(crate) fn answer(house: &House, path: &[&str], request: &Request) -> Result<Answer, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", ["flows"]) => house.state.transact(|records| list(house, records)),
        ("GET", ["flows", id]) => house.state.transact(|records| {
            let flow = find(house, records, id)?;
            Ok(Answer::json(StatusCode::OK, &described(records, &flow)?))
        }),
        ("POST", ["flows", id, "sign"]) => sign(house, id, request),
        ("POST", ["flows", id, "decline"]) => decline(house, id, request),
        ("POST", ["flows", id, "expire"]) => expire(house, id),
        ("GET", ["faults"]) => house.state.transact(|records| shown(&faults::current(records)?)),
        ("PUT", ["faults"]) => {
            let faults: Faults = body(request)?;
            house.state.transact(|records| {
                faults::replace(records, &faults)?;
                shown(&faults)
            })
        }
        ("GET", ["signing-style"]) => house.state.transact(|records| shown_style(style::current(records)?)),
        ("PUT", ["signing-style"]) => {
            let style::Setting { style } = body(request)?;
            house.state.transact(|records| {
                style::replace(records, style)?;
                shown_style(style)
            })
        }
        ("GET", ["calls"]) => {
            let calls = house.calls.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Ok(Answer::json(StatusCode::OK, &serde_json::to_value(calls)?))
        }
        ("GET", ["root.pem"]) => Ok(Answer::new(StatusCode::OK, "application/x-pem-file", house.notary.root_pem())),
        _ => Err(Refusal::not_found()),
    }
}

fn shown(faults: &Faults) -> Result<Answer, Refusal> {
    Ok(Answer::json(StatusCode::OK, &serde_json::to_value(faults)?))
}

fn shown_style(style: style::Style) -> Result<Answer, Refusal> {
    Ok(Answer::json(StatusCode::OK, &serde_json::to_value(style::Setting { style })?))
}

fn body<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    request
        .object()
        .map_err(|reason| Refusal::plain(StatusCode::BAD_REQUEST, format!("The body cannot be used: {reason}.")))
}

fn find(house: &House, records: &Records<'_>, id: &str) -> Result<Flow, Refusal> {
    let flow = Flow::find(house, records, id)?;
    flow.ok_or_else(|| Refusal::plain(StatusCode::NOT_FOUND, "There is no such flow."))
}

fn list(house: &House, records: &Records<'_>) -> Result<Answer, Refusal> {
    let mut items = Vec::new();
    for stored in Flow::all(records)? {
        let flow = find(house, records, &stored.id)?;
        items.push(described(records, &flow)?);
    }
    Ok(Answer::json(StatusCode::OK, &Value::Array(items)))
}

fn described(records: &Records<'_>, flow: &Flow) -> Result<Value, Refusal> {
    let tally = callbacks::tally(records, &flow.id)?;
    let signers: Vec<Value> = flow
        .signers
        .iter()
        .map(|signer| {
            json!({
                "order": signer.order,
                "kind": if signer.organisation.is_some() { "enterprise" } else { "personal" },
                "name": signer.name(),
                "automatic": signer.auto,
                "status": signer.status as u8,
                "signed": signer.status == SignerStatus::Signed,
            })
        })
        .collect();
    Ok(json!({
        "id": flow.id,
        "status": flow.status as u8,
        "started": flow.started.is_some(),
        "title": flow.title,
        "signers": signers,
        "callbacksSent": tally.sent,
        "callbacksDelivered": tally.delivered,
        "callbacksPending": tally.pending,
        "callbacksDropped": tally.dropped,
        "callbacksGivenUp": tally.given_up,
        "notifyUrl": flow.notify_url,
        "revokeReason": flow.revoke_reason,
        "createdAt": flow.created,
        "expiresAt": flow.expires,
        "config": flow.config,
    }))
}

fn refused(unsigned: Unsigned) -> Refusal {
    match unsigned {
        Unsigned::Other(refusal) => refusal,
        Unsigned::NotYourTurn => {
            Refusal::plain(StatusCode::CONFLICT, "Nobody is to sign this flow by hand as it stands.")
        }
        other @ (Unsigned::Fixed | Unsigned::OffPage) => Refusal::plain(StatusCode::BAD_REQUEST, other.to_string()),
    }
}

/// The signer who is to act by hand now.
fn whose_turn(flow: &Flow) -> Result<usize, Refusal> {
    let place = flow.signers.iter().position(|signer| !signer.auto && signer.status == SignerStatus::Signing);
    place.ok_or_else(|| refused(Unsigned::NotYourTurn))
}

fn sign(house: &House, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked: SignRequest = body(request)?;
    let seal = Place { page: asked.page, x: asked.x, y: asked.y };
    let name = asked.signer_name;
    let fits = |name: &String| !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
    if name.as_ref().is_some_and(|name| !fits(name)) {
        return Err(Refusal::plain(StatusCode::BAD_REQUEST, "signerName has 1 to 64 characters."));
    }
    house.state.transact(|records| {
        let mut flow = find(house, records, id)?;
        let place = whose_turn(&flow)?;
        signing::sign(house, records, &mut flow, place, seal, name).map_err(refused)?;
        Ok(Answer::json(StatusCode::OK, &described(records, &flow)?))
    })
}

fn decline(house: &House, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked: DeclineRequest = body(request)?;
    house.state.transact(|records| {
        let mut flow = find(house, records, id)?;
        let place = whose_turn(&flow)?;
        let reason = asked.reason.as_deref().unwrap_or_default();
        signing::decline(house, records, &mut flow, place, reason).map_err(refused)?;
        Ok(Answer::json(StatusCode::OK, &described(records, &flow)?))
    })
}

/// Moves the deadline to now: a started flow expires, a draft can no longer be started.
fn expire(house: &House, id: &str) -> Result<Answer, Refusal> {
    house.state.transact(|records| {
        let mut flow = find(house, records, id)?;
        flow.expires = house.now().as_millisecond();
        match flow.status {
            FlowStatus::Draft => flow.save(records)?,
            FlowStatus::Signing => signing::expire(house, records, &mut flow)?,
            _ => return Err(Refusal::plain(StatusCode::CONFLICT, "The flow has ended already.")),
        }
        Ok(Answer::json(StatusCode::OK, &described(records, &flow)?))
    })
}
