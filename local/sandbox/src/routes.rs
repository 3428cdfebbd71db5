//! Which address leads to which act.
//!
//! Calls of the protocol are authorised before they are routed, as at e签宝's gateway; each act is one transaction. Faults set by
//! tests are looked up here, so that no act knows of them.

use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::faults::{self, Call, How};
use crate::house::House;
use crate::signature::check_request;
use crate::wire::{Answer, Delivery, Refusal, Request};
use crate::{controls, creation, detail, files, flows, identity, links, page, verify};

/// A call of the protocol.
enum Operation<'a> {
    UploadUrl,
    FileStatus(&'a str),
    Verify(&'a str),
    ThreeFactors,
    Create,
    Start(&'a str),
    Finish(&'a str),
    SignUrl(&'a str),
    Detail(&'a str),
    Revoke(&'a str),
    Urge(&'a str),
    Delay(&'a str),
    Download(&'a str),
}

impl<'a> Operation<'a> {
    fn of(method: &Method, path: &[&'a str]) -> Option<Operation<'a>> {
        let is_post = method == Method::POST;
        let is_get = method == Method::GET;
        Some(match *path {
            ["v3", "files", "file-upload-url"] if is_post => Operation::UploadUrl,
            ["v3", "files", id] if is_get => Operation::FileStatus(id),
            ["v3", "files", id, "verify"] if is_post => Operation::Verify(id),
            ["v2", "identity", "verify", "individual", "telecom3Factors"] if is_post => Operation::ThreeFactors,
            ["v3", "sign-flow", "create-by-file"] if is_post => Operation::Create,
            ["v3", "sign-flow", id, "start"] if is_post => Operation::Start(id),
            ["v3", "sign-flow", id, "finish"] if is_post => Operation::Finish(id),
            ["v3", "sign-flow", id, "sign-url"] if is_post => Operation::SignUrl(id),
            ["v3", "sign-flow", id, "detail"] if is_get => Operation::Detail(id),
            ["v3", "sign-flow", id, "revoke"] if is_post => Operation::Revoke(id),
            ["v3", "sign-flow", id, "urge"] if is_post => Operation::Urge(id),
            ["v3", "sign-flow", id, "delay"] if is_post => Operation::Delay(id),
            ["v3", "sign-flow", id, "file-download-url"] if is_post || is_get => Operation::Download(id),
            _ => return None,
        })
    }

    /// What tests call it when they make it fail.
    fn call(&self) -> Option<Call> {
        match self {
            Operation::UploadUrl => Some(Call::Upload),
            Operation::FileStatus(_) => Some(Call::File),
            Operation::Verify(_) => Some(Call::Verify),
            Operation::ThreeFactors => Some(Call::Check),
            Operation::Create => Some(Call::Create),
            Operation::Start(_) => Some(Call::Start),
            Operation::SignUrl(_) => Some(Call::Link),
            Operation::Detail(_) => Some(Call::Status),
            Operation::Revoke(_) => Some(Call::Revoke),
            Operation::Download(_) => Some(Call::Download),
            Operation::Finish(_) | Operation::Urge(_) | Operation::Delay(_) => None,
        }
    }

    fn perform(&self, house: &House, request: &Request) -> Result<Answer, Refusal> {
        house.state.transact(|records| match self {
            Operation::UploadUrl => files::upload_url(house, records, request),
            Operation::FileStatus(id) => files::status(house, records, id, request),
            Operation::Verify(id) => verify::verify(house, records, id, request),
            Operation::ThreeFactors => identity::three_factors(request),
            Operation::Create => creation::create(house, records, request),
            Operation::Start(id) => flows::start(house, records, id),
            Operation::Finish(id) => flows::finish(house, records, id),
            Operation::SignUrl(id) => links::sign_url(house, records, id, request),
            Operation::Detail(id) => detail::detail(house, records, id),
            Operation::Revoke(id) => flows::revoke(house, records, id, request),
            Operation::Urge(id) => flows::urge(house, records, id),
            Operation::Delay(id) => flows::delay(house, records, id, request),
            Operation::Download(id) => flows::download(house, records, id, request),
        })
    }
}

/// Answers one request; what is answered is on disk.
pub(crate) fn answer(house: &House, request: &Request) -> Answer {
    let answer = route(house, request).unwrap_or_else(Refusal::answer);
    house.bell.notify_one();
    answer
}

fn route(house: &House, request: &Request) -> Result<Answer, Refusal> {
    let path: Vec<&str> = request.path.split('/').skip(1).collect();
    let is_get = request.method == Method::GET;
    match *path.as_slice() {
        ["v1" | "v2" | "v3", ..] => {
            check_request(&house.application, request, house.now())?;
            let operation = Operation::of(&request.method, &path).ok_or_else(Refusal::not_found)?;
            faulty(house, operation.call(), || operation.perform(house, request))
        }
        ["upload", token] => faulty(house, Some(Call::Put), || {
            house.state.transact(|records| files::put(house, records, token, request))
        }),
        ["download", token] if is_get => faulty(house, Some(Call::Fetch), || {
            house.state.transact(|records| files::fetch(records, token, house.now()))
        }),
        ["s", short] if is_get => house.state.transact(|records| links::follow(house, records, short)),
        ["sign", ref rest @ ..] => page::answer(house, rest, request),
        ["sandbox", ref rest @ ..] => controls::answer(house, rest, request),
        _ => Err(Refusal::not_found()),
    }
}

/// Performs a call, or makes it fail as a test wants it.
fn faulty(
    house: &House,
    call: Option<Call>,
    perform: impl FnOnce() -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let waiting = match call {
        Some(call) => {
            house.count(call);
            house.state.transact(|records| faults::take(records, call, false))?
        }
        None => None,
    };
    match waiting {
        None | Some(How::Tampered | How::Appended) => perform(),
        Some(How::LostReply) => Ok(perform().unwrap_or_else(Refusal::answer).delivered(Delivery::Lost)),
        Some(How::Timeout) => Ok(Answer::success(Value::Null).delivered(Delivery::Held)),
        Some(How::ServerError) => {
            Ok(Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "Internal Server Error"))
        }
        Some(How::Code(code)) => Err(Refusal::business(code, "沙箱按测试要求返回的错误")),
    }
}
