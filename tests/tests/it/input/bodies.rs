//! Whole bodies that are not what they should be, at every route that takes one.

use super::found::Found;
use super::sites::{self, Site};
use crate::harness::World;
use serde_json::json;

const JSON: &str = "application/json";
/// The largest body that a function looks at.
const LARGEST: usize = 64 * 1024;
/// What API Gateway passes on of a body: more is its own refusal.
const LARGEST_AT_THE_GATEWAY: usize = 10 * 1024 * 1024;
/// The largest answer that a function can give.
const LARGEST_ANSWER: usize = 6 * 1024 * 1024;

#[tokio::test]
async fn what_is_no_body_is_refused_everywhere() {
    let world = World::shared().await;
    let contract = world.enterprise("某某科技有限公司").await.apply().await;
    let mut found = Found::nothing_yet();
    for site in sites::all(&contract).await {
        let before = site.kept().await;
        no_json(&site, &mut found).await;
        no_object(&site, &mut found).await;
        fields_twice(&site, &mut found).await;
        content_types(&site, &mut found).await;
        too_large(&site, &mut found).await;
        found.unchanged(&site.name(), &before, &site.kept().await);
    }
    found.none();
}

/// The text with blanks before it, so that it has so many bytes.
fn padded(text: &str, bytes: usize) -> Vec<u8> {
    let mut body = vec![b' '; bytes - text.len()];
    body.extend_from_slice(text.as_bytes());
    body
}

/// 400 for what is not JSON.
async fn no_json(site: &Site, found: &mut Found) {
    let valid = site.body.to_string();
    let utf16: Vec<u8> = valid.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let (twice, with_nul) = (format!("{valid}{valid}"), format!("{valid}\0"));
    let after_a_mark = format!("\u{FEFF}{valid}");
    let cases: [(&str, &[u8]); 23] = [
        ("nothing", b""),
        ("blanks", b"  \n"),
        ("a word", b"nonsense"),
        ("a form", b"reason=x&decision=close"),
        ("an open brace", b"{"),
        ("the valid body without its end", &valid.as_bytes()[..valid.len() - 1]),
        ("the valid body twice", twice.as_bytes()),
        ("the valid body and a NUL", with_nul.as_bytes()),
        ("the valid body after a byte order mark", after_a_mark.as_bytes()),
        ("the valid body in UTF-16", &utf16),
        ("single quotes", b"{'reason':'x'}"),
        ("a comma too many", br#"{"reason":"x",}"#),
        ("a comment", br#"{"reason":"x"/* */}"#),
        ("a name without quotes", br#"{reason:"x"}"#),
        ("not a number", br#"{"revision":NaN}"#),
        ("a number beyond all bounds", br#"{"revision":1e400}"#),
        ("a number with a zero before it", br#"{"revision":01}"#),
        ("half a surrogate pair", br#"{"reason":"\ud800"}"#),
        ("a line feed in a text", b"{\"reason\":\"a\nb\"}"),
        ("a byte that is no UTF-8", b"{\"reason\":\"\xFF\"}"),
        ("an overlong slash", b"{\"reason\":\"\xC0\xAF\"}"),
        ("a surrogate in UTF-8", b"{\"reason\":\"\xED\xA0\x80\"}"),
        ("20,000 arrays in each other", nested.as_bytes()),
    ];
    for (what, body) in cases {
        let answer = site.send_bytes(Some(JSON), body.to_vec()).await;
        found.problem(&format!("{}, {what}", site.name()), &answer, 400, "malformed_json", &[]);
    }
}

/// 422 for what is no object.
async fn no_object(site: &Site, found: &mut Found) {
    for body in ["null", "true", "7", "\"x\"", "[]", "[{}]"] {
        let answer = site.send_bytes(Some(JSON), body.into()).await;
        let case = format!("{}, {body}", site.name());
        found.problem(&case, &answer, 422, "invalid_fields", &[("", "wrong_type")]);
    }
    let nested = format!("{{\"nobodys\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let answer = site.send_bytes(Some(JSON), with_more(site, &nested)).await;
    let case = format!("{}, 100 arrays in each other in an unknown field", site.name());
    found.problem(&case, &answer, 422, "invalid_fields", &[("/nobodys", "unknown_field")]);
}

/// The valid body with the fields of another text behind its own.
fn with_more(site: &Site, more: &str) -> Vec<u8> {
    let valid = site.body.to_string();
    let own = &valid[..valid.len() - 1];
    let comma = if own == "{" { "" } else { "," };
    format!("{own}{comma}{}", &more[1..]).into_bytes()
}

/// Of a field that is sent twice the last one counts.
async fn fields_twice(site: &Site, found: &mut Found) {
    let Some(field) = site.fields.iter().find(|field| field.at.matches('/').count() == 1) else { return };
    let name = &field.at[1..];
    let wrong = "[[]]";
    let last = with_more(site, &format!("{{\"{name}\":{wrong}}}"));
    let answer = site.send_bytes(Some(JSON), last).await;
    let case = format!("{}, {name} twice, wrong at last", site.name());
    found.problem(&case, &answer, 422, "invalid_fields", &[(field.at, "wrong_type")]);

    let valid = with_more(site, r#"{"nobodys":1}"#);
    let first = [format!("{{\"{name}\":{wrong},").as_bytes(), &valid[1..]].concat();
    let answer = site.send_bytes(Some(JSON), first).await;
    let case = format!("{}, {name} twice, wrong at first", site.name());
    found.problem(&case, &answer, 422, "invalid_fields", &[("/nobodys", "unknown_field")]);
}

/// 415 for another content type.
async fn content_types(site: &Site, found: &mut Found) {
    let valid = site.body.to_string();
    for content_type in [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/octet-stream"),
        Some("application/jsonp"),
        Some("application/problem+json"),
        Some("application/json, text/plain"),
        Some("application/json text/plain"),
        Some("*/*"),
    ] {
        let answer = site.send_bytes(content_type, valid.clone().into()).await;
        let case = format!("{}, content type {content_type:?}", site.name());
        found.problem(&case, &answer, 415, "unsupported_media_type", &[]);
    }
    for content_type in
        ["application/json; charset=utf-8", "Application/JSON", "application/json;", "application/json ; a=b"]
    {
        let answer = site.send_bytes(Some(content_type), b"{".to_vec()).await;
        let case = format!("{}, content type {content_type:?}, which is fine", site.name());
        found.problem(&case, &answer, 400, "malformed_json", &[]);
    }
    if !site.empty_is_fine {
        let answer = site.send_bytes(None, Vec::new()).await;
        let case = format!("{}, neither body nor content type", site.name());
        found.problem(&case, &answer, 415, "unsupported_media_type", &[]);
    }
}

/// 413 for more than a function looks at.
async fn too_large(site: &Site, found: &mut Found) {
    // Blanks mean nothing to JSON, so only its size is wrong with it.
    let valid = site.body.to_string();
    for (what, size) in [("one byte too many", LARGEST + 1), ("a megabyte", 1 << 20)] {
        let answer = site.send_bytes(Some(JSON), padded(&valid, size)).await;
        found.problem(&format!("{}, {what}", site.name()), &answer, 413, "too_large", &[]);
    }
    let answer = site.send_bytes(Some(JSON), padded(r#"{"nobodys":1}"#, LARGEST)).await;
    let case = format!("{}, as large as may be", site.name());
    found.status(&case, &answer, &[422]);
    found.status(&case, &site.send_bytes(Some(JSON), padded("{", LARGEST)).await, &[400]);
}

#[tokio::test]
async fn what_is_too_large_for_the_gateway_is_its_own_refusal() {
    let world = World::shared().await;
    let site = sites::step_1(&world.person("李大山").await);
    let answer = site.send_bytes(Some(JSON), vec![b' '; LARGEST_AT_THE_GATEWAY + 1]).await;
    let mut found = Found::nothing_yet();
    found.by_the_gateway("11 MB", &answer, 413);
    found.unchanged("11 MB", &json!({ "items": [], "cursor": null }), &site.kept().await);
    found.none();
}

#[tokio::test]
async fn as_many_unknown_fields_as_fit_have_an_answer() {
    let world = World::shared().await;
    let site = sites::step_1(&world.person("李大山").await);
    let mut body = String::from("{");
    for number in 0.. {
        // A tilde takes two characters in a pointer.
        let field = format!("\"~{number:x}\":0,");
        if body.len() + field.len() > LARGEST {
            break;
        }
        body.push_str(&field);
    }
    body.truncate(body.len() - 1);
    body.push('}');
    let answer = site.send_bytes(Some(JSON), body.into()).await;
    let count = answer.is(422)["errors"].as_array().map_or(0, Vec::len);
    answer.shows(count > 5_000, "each of them is named");
    answer.shows(answer.bytes.len() < LARGEST_ANSWER, "a function can give this answer");
}
