//! The sample events in `events/`: one for each function and each route, of the shape that AWS sends, and really dealt with.
//!
//! They name a contract that no stack knows. So each is first tried as it is, and then with the id of a contract that was opened by one of them.

use crate::harness::{World, until};
use base64::Engine as _;
use countersign::Options;
use hmac::{Hmac, KeyInit as _, Mac as _};
use lambda_http::RequestExt as _;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::aws_lambda_events::dynamodb::Event as StreamEvent;
use lambda_http::aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_http::aws_lambda_events::sqs::SqsEvent;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The contract that the samples name.
const CONTRACT: &str = "01KE8H5VBKQ7M2N9B5R8T3V6YC";
/// The paper contract that they name.
const PAPER: &str = "01KE8HN4R2S6T8V0W3X5Y7Z9A1";
/// What an empty store answers to each request, in this order: status, and a refusal's code or a page's type.
const REQUESTS: [(&str, u16, &str); 39] = [
    ("check-eligibility", 200, ""),
    ("fill-party-a", 409, "unverified"),
    ("fill-party-a.change-party-a", 404, "not_found"),
    ("confirm-content", 404, "not_found"),
    ("confirm-content.read-draft", 404, "not_found"),
    ("preview-draft", 404, "not_found"),
    ("submit-signer", 404, "not_found"),
    ("open-signing", 404, "not_found"),
    ("revoke-contract", 404, "not_found"),
    ("revoke-contract.revoke-contract-as-staff", 404, "not_found"),
    ("read-contracts", 404, "not_found"),
    ("read-contracts.list-contracts", 200, ""),
    ("read-contracts.read-document", 404, "not_found"),
    ("read-contracts.read-history", 404, "not_found"),
    ("read-contracts.read-contract-as-staff", 404, "not_found"),
    ("read-contracts.read-held-document", 404, "not_found"),
    ("read-contracts.search-contracts", 200, ""),
    ("read-contracts.read-description", 200, ""),
    ("esign-callback", 401, "forged_callback"),
    ("manage-subjects.read-identity", 404, "not_found"),
    ("manage-subjects", 200, ""),
    ("manage-subjects.take-identity-back", 200, ""),
    ("manage-subjects.review-contract", 404, "not_found"),
    ("manage-subjects.read-paper-contract", 404, "not_found"),
    ("manage-subjects.withdraw-paper-contract", 404, "not_found"),
    ("manage-subjects.register-paper-contract", 201, ""),
    ("manage-subjects.list-paper-contracts", 200, ""),
    ("manage-subjects.enquire", 201, ""),
    ("manage-subjects.list-enquiries", 200, ""),
    ("console", 200, "text/html"),
    ("console.first-page", 200, "text/html"),
    ("console.apply", 200, "text/html"),
    ("console.step", 200, "text/html"),
    ("console.signed-in", 200, "text/html"),
    ("console.staff", 200, "text/html"),
    ("console.staff-page", 200, "text/html"),
    ("console.staff-contract", 200, "text/html"),
    ("console.config", 200, "application/json"),
    ("console.asset", 404, "not_found"),
];

fn project(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(project(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn sample_text(name: &str) -> String {
    std::fs::read_to_string(project("events").join(format!("{name}.json"))).unwrap()
}

fn sample(name: &str) -> Value {
    serde_json::from_str(&sample_text(name)).unwrap()
}

/// The samples' names: the function's, and for another route of the same function what it does after a point.
fn samples() -> BTreeSet<String> {
    let files = names("events");
    let samples = files.iter().filter_map(|name| name.strip_suffix(".json"));
    samples.filter(|name| !name.starts_with("demo-")).map(str::to_owned).collect()
}

fn function_of(sample: &str) -> &str {
    sample.split('.').next().unwrap()
}

#[test]
fn every_function_has_its_sample_and_every_sample_its_function() {
    let samples = samples();
    let functions: BTreeSet<String> = samples.iter().map(|sample| function_of(sample).to_owned()).collect();
    assert_eq!(functions, names("functions"));
    assert!(functions.is_subset(&samples), "each function has one that is called as itself");
}

/// Whether all that `sent` holds is in `read` too: a field of a sample that AWS does not send is lost on the way.
#[track_caller]
fn nothing_is_lost(place: &str, sent: &Value, read: &Value) {
    match (sent, read) {
        (Value::Object(fields), Value::Object(others)) => {
            for (name, value) in fields {
                let other = others.get(name).unwrap_or_else(|| panic!("{place}/{name} is no field of such an event"));
                nothing_is_lost(&format!("{place}/{name}"), value, other);
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len(), "{place}");
            for (at, (item, other)) in items.iter().zip(others).enumerate() {
                nothing_is_lost(&format!("{place}/{at}"), item, other);
            }
        }
        // Times are written in one of several ways.
        (Value::Number(sent), Value::Number(read)) => assert_eq!(sent.as_f64(), read.as_f64(), "{place}"),
        _ => assert_eq!(sent, read, "{place}"),
    }
}

#[test]
fn requests_are_as_the_gateway_sends_them() {
    let all = samples().into_iter().map(|name| (sample(&name), name));
    let requests: Vec<_> = all.filter(|(event, _)| event.get("routeKey").is_some()).collect();
    assert!(requests.len() >= 30, "{} requests", requests.len());
    for (event, function) in &requests {
        let read: ApiGatewayV2httpRequest = serde_json::from_value(event.clone()).unwrap();
        nothing_is_lost(function, event, &serde_json::to_value(&read).unwrap());

        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let mut path =
            event["routeKey"].as_str().unwrap().strip_prefix(request.method().as_str()).unwrap().trim().to_owned();
        for (name, value) in event["pathParameters"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap();
            assert_eq!(request.path_parameters().first(name), Some(value), "{function}");
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let context = &event["requestContext"];
        for said in [&event["rawPath"], &context["http"]["path"]] {
            assert_eq!((said, request.uri().path()), (&json!(path), path.as_str()), "{function}");
        }
        assert_eq!(event["routeKey"], context["routeKey"], "{function}");
        assert_eq!(context["http"]["userAgent"], event["headers"]["user-agent"], "{function}");
        assert_eq!(context["http"]["sourceIp"], event["headers"]["x-forwarded-for"], "{function}");
        let length = event["body"].as_str().unwrap_or_default().len().to_string();
        assert_eq!(event["headers"]["content-length"], length, "{function}");

        let token = &context["authorizer"]["jwt"];
        let scope = if path.starts_with("/v1/staff/") { "contracts/staff" } else { "contracts/self" };
        if !path.starts_with("/v1/") || ["/v1/esign/callback", "/v1/openapi.json"].contains(&path.as_str()) {
            assert!(token.is_null(), "{function}");
        } else {
            assert_eq!((&token["claims"]["scope"], &token["scopes"]), (&json!(scope), &json!([scope])), "{function}");
            assert!(token["claims"].as_object().unwrap().values().all(Value::is_string), "{function}");
        }
    }
}

#[test]
fn batches_are_as_queue_and_stream_send_them() {
    for function in ["settle-signing", "notify"] {
        let event = sample(function);
        let read: SqsEvent = serde_json::from_value(event.clone()).unwrap();
        assert!(!read.records.is_empty(), "{function}");
        nothing_is_lost(function, &event, &serde_json::to_value(&read).unwrap());
    }
    let event = sample("relay-events");
    let read: StreamEvent = serde_json::from_value(event.clone()).unwrap();
    assert!(!read.records.is_empty());
    nothing_is_lost("relay-events", &event, &serde_json::to_value(&read).unwrap());
    let facts = read.records.iter().filter_map(|record| {
        let image = serde_json::to_value(&record.change.new_image).unwrap();
        serde_json::from_str::<Value>(image["body"]["S"].as_str()?).ok()
    });
    assert_eq!(facts.count(), read.records.len(), "each item keeps a value in its body");
    let event = sample("watch-contracts");
    let read: EventBridgeEvent = serde_json::from_value(event.clone()).unwrap();
    nothing_is_lost("watch-contracts", &event, &serde_json::to_value(&read).unwrap());
}

/// A stack on which nothing happens but what a test sends.
async fn quiet() -> World {
    let day = Duration::from_secs(24 * 3600);
    let options = Options { register_customers: false, watch_every: day, ..Options::default() };
    World::own(options).await
}

async fn invoke(world: &World, name: &str, event: Value) -> Value {
    let answer = world.stack().invoke(function_of(name), event).await;
    answer.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Calls an HTTP function and reads its answer, which must have this status.
#[track_caller]
fn body(function: &str, status: u16, answer: &Value) -> Value {
    assert_eq!(answer["statusCode"], status, "{function}: {answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

async fn answered(world: &World, function: &str, status: u16, event: Value) -> Value {
    body(function, status, &invoke(world, function, event).await)
}

/// How many messages were sent to queues so far, batches counted once.
fn sends(world: &World) -> u64 {
    let counts = world.stack().stores().counts();
    counts.iter().filter(|((_, operation), _)| operation == "SendMessageBatch").map(|(_, count)| count).sum()
}

#[tokio::test]
async fn samples_are_dealt_with_as_they_are() {
    let world = quiet().await;
    let eligibility = answered(&world, "check-eligibility", 200, sample("check-eligibility")).await;
    assert_eq!(
        (&eligibility["eligible"], &eligibility["reason"], &eligibility["subject"]),
        (&json!(false), &json!("unverified"), &Value::Null)
    );
    for (name, status, code) in REQUESTS {
        let answer = invoke(&world, name, sample(name)).await;
        assert_eq!(answer["statusCode"], status, "{name}: {answer}");
        let kind = answer["headers"]["content-type"].as_str().unwrap_or_default().split(';').next().unwrap();
        if code.contains('/') {
            assert_eq!(kind, code, "{name}");
        } else {
            assert_eq!(body(name, status, &answer)["code"].as_str().unwrap_or_default(), code, "{name}");
        }
    }
    for function in ["settle-signing", "notify"] {
        let answer = invoke(&world, function, sample(function)).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{function}: what is unknown is nobody's fault");
    }
    let before = sends(&world);
    let relayed = invoke(&world, "relay-events", sample("relay-events")).await;
    assert_eq!(relayed, json!({ "batchItemFailures": [] }));
    assert_eq!(sends(&world) - before, 2, "one batch for each of the two queues");
    assert_eq!(invoke(&world, "watch-contracts", sample("watch-contracts")).await, Value::Null);
    let others = ["settle-signing", "notify", "relay-events", "watch-contracts"].into_iter();
    let tried: BTreeSet<String> = REQUESTS.iter().map(|request| request.0).chain(others).map(str::to_owned).collect();
    assert_eq!(tried, samples());
}

#[tokio::test]
async fn an_event_of_another_kind_is_refused() {
    let world = World::shared().await;
    for (function, other) in
        [("notify", "watch-contracts"), ("read-contracts", "notify"), ("relay-events", "watch-contracts")]
    {
        let refused = world.stack().invoke(function, sample(other)).await.unwrap_err();
        assert!(refused.contains("not one that the function takes"), "{function}: {refused}");
    }
    assert!(world.stack().invoke("nobody", json!({})).await.is_err());
}

#[tokio::test]
async fn samples_lead_a_contract_through_its_steps() {
    let world = quiet().await;
    let identity = answered(&world, "manage-subjects", 200, sample("manage-subjects")).await;
    assert_eq!((&identity["customerId"], &identity["version"]), (&json!("sample-enterprise"), &json!(1)));
    let eligibility = answered(&world, "check-eligibility", 200, sample("check-eligibility")).await;
    assert_eq!((&eligibility["eligible"], &eligibility["reason"]), (&json!(true), &Value::Null));

    let draft = answered(&world, "fill-party-a", 201, sample("fill-party-a")).await;
    let again = answered(&world, "fill-party-a", 201, sample("fill-party-a")).await;
    assert_eq!(again, draft, "the sample carries an Idempotency-Key");
    let id = draft["id"].as_str().unwrap();
    let about = |name: &str| -> Value {
        let text = sample_text(name);
        assert!(text.contains(CONTRACT), "{name} names no contract");
        serde_json::from_str(&text.replace(CONTRACT, id)).unwrap()
    };

    let draft = answered(&world, "fill-party-a.change-party-a", 200, about("fill-party-a.change-party-a")).await;
    assert_eq!((&draft["revision"], &draft["partyA"]["contactName"]), (&json!(2), &json!("钱样例")));
    let link = answered(&world, "confirm-content.read-draft", 200, about("confirm-content.read-draft")).await;
    assert_eq!(link["sha256"], draft["draft"]["sha256"]);

    let picture = invoke(&world, "preview-draft", about("preview-draft")).await;
    assert_eq!((&picture["statusCode"], &picture["isBase64Encoded"]), (&json!(200), &json!(true)), "{picture}");
    let picture = base64::engine::general_purpose::STANDARD.decode(picture["body"].as_str().unwrap()).unwrap();
    assert!(picture.starts_with(b"\x89PNG"), "a picture arrives as it was drawn");

    let refused = answered(&world, "confirm-content", 409, about("confirm-content")).await;
    assert_eq!(refused["code"], "draft_changed");
    let mut confirmation = about("confirm-content");
    confirmation["body"] = json!({ "draftSha256": draft["draft"]["sha256"] }).to_string().into();
    let confirmed = answered(&world, "confirm-content", 200, confirmation).await;
    assert_eq!(confirmed["state"], "confirmed");

    let submitted = answered(&world, "submit-signer", 200, about("submit-signer")).await;
    assert_eq!(submitted["contract"]["state"], "signing");
    let session = answered(&world, "open-signing", 200, about("open-signing")).await;
    assert!(session["url"].as_str().unwrap().starts_with(world.stack().sandbox_url()), "{session}");

    let taken = answered(&world, "esign-callback", 200, signed_anew(&world, about("esign-callback"), id)).await;
    assert_eq!(taken, json!({ "code": "200", "msg": "success" }));
    let settled = invoke(&world, "settle-signing", about("settle-signing")).await;
    assert_eq!(settled, json!({ "batchItemFailures": [] }));
    let read = answered(&world, "read-contracts", 200, about("read-contracts")).await;
    assert_eq!(read["state"], "signing", "whatever a callback says, the provider knows that nobody signed");

    for list in ["read-contracts.list-contracts", "read-contracts.search-contracts"] {
        let page = answered(&world, list, 200, sample(list)).await;
        assert_eq!((&page["items"][0]["id"], &page["items"][1]), (&json!(id), &Value::Null), "{list}");
    }
    let history = answered(&world, "read-contracts.read-history", 200, about("read-contracts.read-history")).await;
    assert_eq!(history["items"][0]["kind"], "applied", "{history}");
    let of_staff = "read-contracts.read-contract-as-staff";
    assert_eq!(answered(&world, of_staff, 200, about(of_staff)).await["id"], id);
    for name in ["read-contracts.read-document", "read-contracts.read-held-document", "manage-subjects.review-contract"]
    {
        assert_eq!(answered(&world, name, 409, about(name)).await["code"], "wrong_state", "{name}");
    }

    let revoked = answered(&world, "revoke-contract", 202, about("revoke-contract")).await;
    assert_eq!(revoked["state"], "revoking");
    until("the provider has revoked", async || {
        let read = answered(&world, "read-contracts", 200, about("read-contracts")).await;
        if read["state"] == "revoked" { Ok(()) } else { Err(read) }
    })
    .await;
    let of_staff = "revoke-contract.revoke-contract-as-staff";
    assert_eq!(answered(&world, of_staff, 200, about(of_staff)).await["state"], "revoked", "it is already");

    let paper = "manage-subjects.register-paper-contract";
    let paper = answered(&world, paper, 201, sample(paper)).await;
    for (name, status) in
        [("manage-subjects.read-paper-contract", "recorded"), ("manage-subjects.withdraw-paper-contract", "withdrawn")]
    {
        let event = sample_text(name).replace(PAPER, paper["id"].as_str().unwrap());
        let answer = answered(&world, name, 200, serde_json::from_str(&event).unwrap()).await;
        assert_eq!(answer["status"], status, "{name}");
    }
}

/// The callback with the signature that the provider would give it: over its timestamp, the one value of its query, and its body.
fn signed_anew(world: &World, mut event: Value, id: &str) -> Value {
    let mut mac = Hmac::<Sha256>::new_from_slice(world.stack().esign_app_secret().as_bytes()).unwrap();
    for part in [&event["headers"]["x-tsign-open-timestamp"], &json!(id), &event["body"]] {
        mac.update(part.as_str().unwrap().as_bytes());
    }
    event["headers"]["x-tsign-open-signature"] = hex::encode(mac.finalize().into_bytes()).into();
    event
}
