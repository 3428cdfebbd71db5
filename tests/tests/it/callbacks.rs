//! Callbacks that the provider did not send, and genuine ones that say what is not so.
//!
//! Each contract here is in signing, and the provider has already completed its flow, but nobody told: the provider's own callbacks are lost
//! and the timer does not run. So whatever is believed shows at once, for the contract would be completed.

use crate::harness::{Answer, Contract, World};
use countersign::Options;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// The application's id at the local stack's provider.
const APP: &str = "7438900001";
/// When the callbacks here say that they were sent.
const TIMESTAMP: &str = "1767225600000";
/// How long nothing may happen; what is believed shows within a tenth of it.
const QUIET: Duration = Duration::from_millis(1000);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A stack in which nothing is found out but through the callbacks of a test.
async fn deaf() -> World {
    let options = Options {
        register_customers: false,
        look_schedule: "86400,86400".to_owned(),
        watch_every: DAY,
        ..Options::default()
    };
    let world = World::own(options).await;
    world.faults(&json!({ "dropCallbacks": true })).await;
    world
}

/// A contract in signing that the provider has completed.
async fn completed_unheard(world: &World) -> Contract {
    let contract = world.enterprise("某某科技有限公司").await.signing().await;
    contract.sign().await;
    assert_eq!(contract.flow_shown().await["status"], 2);
    assert_eq!(contract.state().await, "signing");
    contract
}

/// A callback on its way.
#[derive(Clone)]
struct Sent {
    headers: Vec<(&'static str, String)>,
    query: String,
    body: Vec<u8>,
    content_type: Option<&'static str>,
}

/// The provider's signature: HMAC-SHA256 over the timestamp, the query's values by their names, and the body.
fn signature(secret: &str, timestamp: &str, query: &str, body: &[u8]) -> String {
    let mut values: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    values.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(timestamp.as_bytes());
    for (_, value) in &values {
        mac.update(value.as_bytes());
    }
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// What the provider says when a flow is completed.
fn completion(flow: &str) -> Value {
    json!({
        "action": "SIGN_FLOW_COMPLETE",
        "timestamp": 1_767_225_600_000_u64,
        "signFlowId": flow,
        "signFlowStatus": "2",
        "statusDescription": "完成",
    })
}

impl Sent {
    /// A callback as the provider signs it.
    fn signed(world: &World, query: &str, body: &[u8]) -> Self {
        Self::signed_at(world, TIMESTAMP, query, body)
    }

    fn signed_at(world: &World, timestamp: &str, query: &str, body: &[u8]) -> Self {
        let signature = signature(world.stack().esign_app_secret(), timestamp, query, body);
        let headers = vec![
            ("x-tsign-open-app-id", APP.to_owned()),
            ("x-tsign-open-timestamp", timestamp.to_owned()),
            ("x-tsign-open-signature-algorithm", "hmac-sha256".to_owned()),
            ("x-tsign-open-signature", signature),
        ];
        let content_type = Some("application/json; charset=UTF-8");
        Self { headers, query: query.to_owned(), body: body.to_vec(), content_type }
    }

    /// The genuine one that would complete the contract.
    async fn genuine(contract: &Contract) -> Self {
        let body = completion(&contract.flow().await).to_string();
        Self::signed(&contract.customer.world, &format!("contract={}", contract.id), body.as_bytes())
    }

    /// The same with another header, or with none where the value is none.
    fn with(&self, name: &'static str, value: Option<&str>) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| *known != name);
        other.headers.extend(value.map(|value| (name, value.to_owned())));
        other
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    fn asking(&self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self.clone() }
    }

    fn saying(&self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self.clone() }
    }

    async fn to(&self, world: &World) -> Answer {
        let mut api = world.anybody();
        api.headers.clone_from(&self.headers);
        let question = if self.query.is_empty() { "" } else { "?" };
        let path = format!("/v1/esign/callback{question}{}", self.query);
        api.send_bytes(Method::POST, &path, self.content_type, self.body.clone()).await
    }
}

/// The contract with its whole history.
async fn kept(contract: &Contract) -> Value {
    contract.for_staff().await
}

const SIGNATURE: &str = "x-tsign-open-signature";
const APP_ID: &str = "x-tsign-open-app-id";
const AT: &str = "x-tsign-open-timestamp";

/// Forgeries of a genuine callback: whoever makes them has seen it, but not the secret.
fn forgeries(genuine: &Sent, world: &World, other: &Contract) -> Vec<(&'static str, Sent)> {
    let secret = world.stack().esign_app_secret();
    let (query, body) = (&genuine.query, &genuine.body);
    let text = String::from_utf8(body.clone()).unwrap();
    let hex = genuine.header(SIGNATURE);
    let resigned = |key: &str| genuine.with(SIGNATURE, Some(&signature(key, TIMESTAMP, query, body)));
    let signed = |value: &str| genuine.with(SIGNATURE, Some(value));
    let at = |value: &str| genuine.with(AT, Some(value));
    let app = |value: &str| genuine.with(APP_ID, Some(value));
    let last = if hex.ends_with('0') { "1" } else { "0" };
    let mut twice = genuine.clone();
    twice.headers.push((SIGNATURE, "0".repeat(64)));
    let mut twice_before = genuine.clone();
    twice_before.headers.insert(0, (SIGNATURE, "0".repeat(64)));
    let id = query.trim_start_matches("contract=");
    let unkeyed = {
        use sha2::Digest as _;
        hex::encode(Sha256::digest([TIMESTAMP.as_bytes(), body].concat()))
    };
    vec![
        ("another secret", resigned("another secret")),
        ("no secret", resigned("")),
        ("the secret in capitals", resigned(&secret.to_uppercase())),
        ("the app id as the secret", resigned(APP)),
        ("a plain hash", signed(&unkeyed)),
        ("another signature", signed(&"0".repeat(64))),
        ("one digit changed", signed(&format!("{}{last}", &hex[..63]))),
        ("half the signature", signed(&hex[..32])),
        ("one byte of the signature", signed(&hex[..2])),
        ("the signature twice", signed(&format!("{hex}{hex}"))),
        ("the signature and more", signed(&format!("{hex}00"))),
        ("an empty signature", signed("")),
        ("a signature that is no hexadecimal number", signed("nonsense")),
        ("a signature of other letters", signed(&"０".repeat(64))),
        ("two signature headers", twice),
        ("two signature headers, the other way round", twice_before),
        ("no signature", genuine.with(SIGNATURE, None)),
        ("no timestamp", genuine.with(AT, None)),
        ("no app id", genuine.with(APP_ID, None)),
        ("an empty timestamp", at("")),
        ("a later timestamp", at("1767225600001")),
        ("a timestamp in seconds", at("1767225600")),
        ("a negative timestamp", at("-767225600000")),
        ("a timestamp that is none", at("2026-01-01T00")),
        ("a timestamp with a digit more", at("17672256000000")),
        ("an empty app id", app("")),
        ("a foreign app id", app("7438900002")),
        ("two app ids", app(&format!("{APP},{APP}"))),
        ("no query", genuine.asking("")),
        ("another contract", genuine.asking(&format!("contract={}", other.id))),
        ("another contract too", genuine.asking(&format!("{query}&contract={}", other.id))),
        ("another value in the query", genuine.asking(&format!("{query}&x=1"))),
        ("a longer contract id", genuine.asking(&format!("{query}0"))),
        // What is signed is one run of bytes; these are the same ones, cut in other places.
        ("the end of the timestamp in the query", at(&TIMESTAMP[..12]).asking(&format!("a=0&{query}"))),
        ("the start of the body in the query", genuine.asking(&format!("{query}&z=%7B")).saying(&body[1..])),
        ("the query in the body", genuine.asking("").saying(&[id.as_bytes(), body].concat())),
        ("a body with a blank more", genuine.saying(format!("{text} ").as_bytes())),
        ("a body in another order of words", genuine.saying(text.replace("完成", "成完").as_bytes())),
        ("another status", genuine.saying(text.replace("\"2\"", "\"3\"").as_bytes())),
        ("another action", genuine.saying(text.replace("SIGN_FLOW_COMPLETE", "SIGN_FLOW_EXPIRED").as_bytes())),
        ("another flow", genuine.saying(text.replace("signFlowId\":\"", "signFlowId\":\"0").as_bytes())),
        ("no body", genuine.saying(b"")),
        ("an empty object", genuine.saying(b"{}")),
        // Signed, and yet nothing that the provider says.
        ("a signed list", Sent::signed(world, query, b"[]")),
        ("a signed word", Sent::signed(world, query, b"nonsense")),
        ("a signed nothing", Sent::signed(world, query, b"")),
        ("two signed objects", Sent::signed(world, query, [body.as_slice(), body].concat().as_slice())),
        ("signed bytes that are no text", Sent::signed(world, query, b"{\"a\":\"\xFF\"}")),
    ]
}

#[tokio::test]
async fn what_the_provider_did_not_send_is_refused_and_changes_nothing() {
    let world = deaf().await;
    let contract = completed_unheard(&world).await;
    let other = completed_unheard(&world).await;
    let genuine = Sent::genuine(&contract).await;
    let before = (kept(&contract).await, kept(&other).await);
    let mut wrong = Vec::new();
    for (what, forged) in forgeries(&genuine, &world, &other) {
        let answer = forged.to(&world).await;
        let problem = answer.json();
        if answer.status != 401 || problem["code"] != "forged_callback" || problem["status"] != 401 {
            wrong.push(format!("{what}: expected 401 forged_callback\n{}", answer.story()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let large = Sent::signed(&world, &genuine.query, format!("{}{{}}", " ".repeat(64 * 1024)).as_bytes());
    large.to(&world).await.refused(413, "too_large");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = world.anybody().send(method, &format!("/v1/esign/callback?{}", genuine.query), None).await;
        assert!(answer.is(404)["message"].is_string(), "{}", answer.story());
    }
    tokio::time::sleep(QUIET).await;
    assert_eq!((kept(&contract).await, kept(&other).await), before, "something was believed");

    // All of that was about a contract that one true word completes.
    let answer = genuine.to(&world).await;
    assert_eq!(answer.is(200), json!({ "code": "200", "msg": "success" }));
    contract.until("signed").await;
    assert_eq!(kept(&other).await, before.1, "the other contract was not spoken of");
}

#[tokio::test]
async fn a_genuine_callback_of_an_ended_contract_changes_nothing() {
    let world = deaf().await;
    let contract = completed_unheard(&world).await;
    let genuine = Sent::genuine(&contract).await;
    // What is signed are the bytes, however they are labelled.
    for content_type in [None, Some("text/plain"), Some("application/octet-stream"), Some("application/pdf")] {
        let labelled = Sent { content_type, ..genuine.clone() };
        labelled.saying(&[genuine.body.as_slice(), b" "].concat()).to(&world).await.refused(401, "forged_callback");
        labelled.to(&world).await.is(200);
    }
    contract.until("signed").await;
    let before = kept(&contract).await;
    let flow = contract.flow().await;
    // The same again, at another time, and what would be news of another end.
    let mut late = vec![genuine.clone(), genuine.clone()];
    for timestamp in ["1000000000000", "9999999999999"] {
        late.push(Sent::signed_at(&world, timestamp, &genuine.query, &genuine.body));
    }
    for (action, status) in
        [("SIGN_FLOW_REVOKED", "3"), ("SIGN_FLOW_EXPIRED", "5"), ("SIGN_FLOW_REJECTED", "7"), ("NEWS", "x")]
    {
        let mut body = completion(&flow);
        body["action"] = json!(action);
        body["signFlowStatus"] = json!(status);
        late.push(Sent::signed(&world, &genuine.query, body.to_string().as_bytes()));
    }
    for callback in late {
        callback.to(&world).await.is(200);
    }
    tokio::time::sleep(QUIET).await;
    assert_eq!(kept(&contract).await, before);
}

#[tokio::test]
async fn a_genuine_callback_is_a_reason_to_ask_and_no_news_itself() {
    let world = deaf().await;
    let [acme, person] = world.both().await;
    let signing = acme.signing().await;
    let draft = person.apply().await;
    let flow = signing.flow().await;
    let before = (kept(&signing).await, kept(&draft).await);
    for action in
        ["SIGN_FLOW_COMPLETE", "SIGN_MISSON_COMPLETE", "SIGN_FLOW_REVOKED", "SIGN_FLOW_EXPIRED", "SIGN_FLOW_REJECTED"]
    {
        for (contract, status) in [(&signing, "2"), (&signing, "3"), (&draft, "2")] {
            let mut body = completion(&flow);
            body["action"] = json!(action);
            body["signFlowStatus"] = json!(status);
            let query = format!("contract={}", contract.id);
            Sent::signed(&world, &query, body.to_string().as_bytes()).to(&world).await.is(200);
        }
    }
    tokio::time::sleep(QUIET).await;
    assert_eq!(
        (kept(&signing).await, kept(&draft).await),
        before,
        "the provider says of the flow that it is in signing"
    );
}

#[tokio::test]
async fn a_genuine_callback_about_nothing_known_is_harmless() {
    let world = deaf().await;
    let contract = completed_unheard(&world).await;
    let before = kept(&contract).await;
    let body = completion(&contract.flow().await).to_string();
    let id = &contract.id;
    for query in [
        String::new(),
        "contract=".to_owned(),
        "contract=nothing".to_owned(),
        "contract=01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        format!("contract={}", id.to_lowercase()),
        format!("contract={id}%00"),
        format!("contract={id}%20"),
        format!("Contract={id}"),
        format!("contract%00={id}"),
        "contract=%FF%FE".to_owned(),
        format!("contract=CONTRACT%23{id}"),
        format!("contract={}", "A".repeat(4000)),
    ] {
        let answer = Sent::signed(&world, &query, body.as_bytes()).to(&world).await;
        answer.shows(answer.json() == json!({ "code": "200", "msg": "success" }), "the provider need not call again");
    }
    tokio::time::sleep(QUIET).await;
    assert_eq!(kept(&contract).await, before);
}
