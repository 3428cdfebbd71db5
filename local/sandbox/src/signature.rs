//! The two signatures of the protocol: of requests to e签宝, and of its callbacks (Open API V3, request signing and callbacks).
//!
//! A request is checked with the header values as received, never with assumed ones: whatever the caller signed must be what it
//! sent. The application is looked at before the timestamp, and both before the signature, in e签宝's order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::wire::{Refusal, Request, decode_pairs};

/// How far a request's timestamp may be from the sandbox's clock, either way: 15 minutes.
const WINDOW_MILLISECONDS: i64 = 15 * 60 * 1000;

/// Headers that are never part of the signed header block.
const UNSIGNED: [&str; 6] =
    ["x-tsign-open-ca-signature", "x-tsign-open-ca-signature-headers", "accept", "content-md5", "content-type", "date"];

/// Who may call, and with which secret.
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Base64 of the MD5 of these bytes, as `Content-MD5` carries it.
pub(crate) fn content_md5(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

/// Base64 of HMAC-SHA256 over a string to sign.
pub(crate) fn sign_text(secret: &str, text: &str) -> String {
    STANDARD.encode(mac(secret, &[text.as_bytes()]))
}

fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length, so this never falls into the empty answer.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Path, and the query's decoded values with their keys in ASCII order; of a repeated key only the first value.
fn path_and_parameters(request: &Request) -> String {
    let mut pairs = request.parameters();
    pairs.sort_by(|left, right| left.0.cmp(&right.0));
    pairs.dedup_by(|later, first| later.0 == first.0);
    if pairs.is_empty() {
        return request.path.clone();
    }
    let query: Vec<String> =
        pairs.into_iter().map(|(key, value)| if value.is_empty() { key } else { format!("{key}={value}") }).collect();
    format!("{}?{}", request.path, query.join("&"))
}

/// The text whose signature a request must carry.
pub(crate) fn string_to_sign(request: &Request) -> String {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let mut signed: Vec<&str> = header("x-tsign-open-ca-signature-headers")
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && !UNSIGNED.contains(&name.to_ascii_lowercase().as_str()))
        .collect();
    signed.sort_unstable();
    let block: Vec<String> = signed.into_iter().map(|name| format!("{name}:{}", header(name))).collect();
    let block = if block.is_empty() { String::new() } else { format!("{}\n", block.join("\n")) };
    format!(
        "{}\n{}\n{}\n{}\n{}\n{block}{}",
        request.method,
        header("accept"),
        header("content-md5"),
        header("content-type"),
        header("date"),
        path_and_parameters(request)
    )
}

/// Whether this request comes from the application, unaltered and recent.
///
/// # Errors
///
/// e签宝's 401 with the message that names the first thing found wrong.
pub(crate) fn check_request(application: &Application, request: &Request, now: Timestamp) -> Result<(), Refusal> {
    let present = |name: &str| request.header(name).filter(|value| !value.is_empty());
    match present("x-tsign-open-auth-mode") {
        None => return Err(Refusal::Unauthorised("TOKEN_CANT_BE_NULL")),
        Some("Signature") => {}
        Some(_) => return Err(Refusal::Unauthorised("AUTHSTRATEGY_NOT_FOUND")),
    }
    let missing = Refusal::Unauthorised("缺少参数");
    let Some(id) = present("x-tsign-open-app-id") else { return Err(missing) };
    if id != application.id {
        return Err(Refusal::Unauthorised("无效的应用"));
    }
    let Some(timestamp) = present("x-tsign-open-ca-timestamp") else { return Err(missing) };
    let in_window = timestamp
        .parse::<i64>()
        .ok()
        .and_then(|sent| sent.checked_sub(now.as_millisecond()))
        .is_some_and(|apart| apart.unsigned_abs() <= WINDOW_MILLISECONDS.unsigned_abs());
    if !in_window {
        return Err(Refusal::Unauthorised("INVALID_TIMESTAMP"));
    }
    let Some(signature) = present("x-tsign-open-ca-signature") else { return Err(missing) };
    // A body whose digest is absent or differs would not be covered by the signature at all.
    let digest = present("content-md5");
    if (!request.body.is_empty() || digest.is_some()) && digest != Some(content_md5(&request.body).as_str()) {
        return Err(Refusal::Unauthorised("INVALID_SIGNATURE"));
    }
    let expected = sign_text(&application.secret, &string_to_sign(request));
    if bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        Ok(())
    } else {
        Err(Refusal::Unauthorised("INVALID_SIGNATURE"))
    }
}

/// The signature of a callback: lower-case hex of HMAC-SHA256 over the timestamp, the query's decoded values in the order of
/// their keys, and the body's bytes, with nothing between them.
pub(crate) fn sign_callback(secret: &str, timestamp: &str, query: &str, body: &[u8]) -> String {
    let mut pairs = decode_pairs(query);
    pairs.sort_by(|left, right| left.0.cmp(&right.0));
    let values: String = pairs.into_iter().map(|(_, value)| value).collect();
    hex::encode(mac(secret, &[timestamp.as_bytes(), values.as_bytes(), body]))
}

#[cfg(test)]
mod tests {
    use hyper::body::Bytes;
    use hyper::header::{HeaderName, HeaderValue};
    use hyper::{HeaderMap, Method};

    use super::*;

    const SECRET: &str = "ee-sandbox-secret-0001";

    fn request(method: Method, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: map,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    fn signature(request: &Request) -> String {
        sign_text(SECRET, &string_to_sign(request))
    }

    #[test]
    fn digests_of_bodies() {
        assert_eq!(content_md5(b"{}"), "mZFLkyvTelC5g8XnyQrpOw==");
        assert_eq!(content_md5("{\"name\":\"张某人\",\"age\":18}".as_bytes()), "jsmDBtOHeXhiozlzXsFtlg==");
    }

    #[test]
    fn published_texts() {
        let post =
            "POST\n*/*\nuxydqKBMBy6x1siClKEQ6Q==\napplication/json; charset=UTF-8\n\n/v3/sign-flow/create-by-file";
        assert_eq!(sign_text("dummysecret", post), "6dYuzEqXUobDAEL97Ja5pvH3QWHpn4R5iJSWEvIsCo8=");
        let get = "GET\n*/*\n\napplication/json; charset=UTF-8\n\n/v3/sign-flow/abc123/detail";
        assert_eq!(sign_text("dummysecret", get), "xG4jw3vs+xusJ0x3XkIJBwxpTHHzEHqdMGOJ45Ry8Fk=");
    }

    #[test]
    fn a_post_with_a_body() {
        let body = "{\"revokeReason\":\"合同条款错误\"}";
        assert_eq!(content_md5(body.as_bytes()), "TpqGUqB4lZRwcarZP5v22Q==");
        let headers = [
            ("accept", "*/*"),
            ("content-md5", "TpqGUqB4lZRwcarZP5v22Q=="),
            ("content-type", "application/json; charset=UTF-8"),
        ];
        let request = request(Method::POST, "/v3/sign-flow/f0001/revoke", &headers, body);
        assert_eq!(signature(&request), "uglLqLG317gKOwKd1t6FELcM1QeXZz0rodFmaFL5XRE=");
    }

    #[test]
    fn a_query_is_signed_sorted_and_decoded() {
        let headers = [("accept", "*/*"), ("content-type", "application/json; charset=UTF-8")];
        let target = "/v3/organizations/identity-info?orgName=%E6%9F%90%E6%9F%90%E7%A7%91%E6%8A%80%E6%9C%89%E9%99%90%E5%85%AC%E5%8F%B8&orgIDCardType";
        let request = request(Method::GET, target, &headers, "");
        assert_eq!(signature(&request), "XAx/a+qvKQihryXimqgsued7AqrI/HhoWT3gPDC66f8=");
    }

    #[test]
    fn named_headers_are_signed_too() {
        let headers = [
            ("accept", "*/*"),
            ("content-type", "application/json; charset=UTF-8"),
            ("x-tsign-open-ca-signature-headers", "X-B,X-A"),
            ("x-a", "1"),
            ("x-b", ""),
        ];
        let request = request(Method::GET, "/v3/files/f1?pageSize=true", &headers, "");
        assert_eq!(signature(&request), "fRlqBDmQKyQKu6t7qCYCfTTQ8LN3ZwoRDjInqHFmRdQ=");
    }

    #[test]
    fn callbacks() {
        let body = b"{\"action\":\"SIGN_MISSON_COMPLETE\",\"signFlowId\":\"x\"}";
        assert_eq!(
            sign_callback("dummysecret", "1729489875363", "orderNo=001&belong=pinjie", body),
            "3c736f140e22adf842c3c7d71dfd641e4f6c35c2109403b67ebb915d43a47e0c"
        );
        let body = "{\"action\":\"SIGN_FLOW_COMPLETE\",\"timestamp\":1700000000123,\"signFlowId\":\"f0001\",\"signFlowTitle\":\"服务合同\",\"signFlowStatus\":\"2\",\"statusDescription\":\"完成\",\"signFlowCreateTime\":1699999000000,\"signFlowStartTime\":1699999001000,\"signFlowFinishTime\":1700000000000}";
        assert_eq!(
            sign_callback(SECRET, "1700000000456", "", body.as_bytes()),
            "3eadc26535001aced74a62040be98ad85998c69645d9731bcbbe4722b56f3a5c"
        );
        assert_eq!(
            sign_callback(SECRET, "1700000000456", "b=2&a=1", body.as_bytes()),
            "d0c5d6da65a15a10ea3a585202c5c16f4571ce78a44414e503debe10ed231090"
        );
    }

    fn judged(change: impl FnOnce(&mut Vec<(&'static str, String)>), body: &str) -> Result<(), &'static str> {
        let now = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let mut headers = vec![
            ("accept", "*/*".to_owned()),
            ("content-type", "application/json; charset=UTF-8".to_owned()),
            ("content-md5", content_md5(b"{}")),
            ("x-tsign-open-app-id", "7438000001".to_owned()),
            ("x-tsign-open-auth-mode", "Signature".to_owned()),
            ("x-tsign-open-ca-timestamp", "1700000000000".to_owned()),
        ];
        change(&mut headers);
        let build = |headers: &[(&'static str, String)]| {
            let borrowed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            request(Method::POST, "/v3/x", &borrowed, body)
        };
        if !headers.iter().any(|(name, _)| *name == "x-tsign-open-ca-signature") {
            headers.push(("x-tsign-open-ca-signature", signature(&build(&headers))));
        }
        let application = Application { id: "7438000001".to_owned(), secret: SECRET.to_owned() };
        check_request(&application, &build(&headers), now).map_err(|refusal| match refusal {
            Refusal::Unauthorised(message) => message,
            other => panic!("{other}"),
        })
    }

    fn replace(name: &'static str, value: &str) -> impl FnOnce(&mut Vec<(&'static str, String)>) {
        let value = value.to_owned();
        move |headers| {
            headers.retain(|(known, _)| *known != name);
            if !value.is_empty() {
                headers.push((name, value));
            }
        }
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        assert_eq!(judged(|_| {}, "{}"), Ok(()));
        assert_eq!(judged(replace("x-tsign-open-auth-mode", ""), "{}"), Err("TOKEN_CANT_BE_NULL"));
        assert_eq!(judged(replace("x-tsign-open-auth-mode", "simple"), "{}"), Err("AUTHSTRATEGY_NOT_FOUND"));
        assert_eq!(judged(replace("x-tsign-open-app-id", ""), "{}"), Err("缺少参数"));
        assert_eq!(judged(replace("x-tsign-open-app-id", "7438000002"), "{}"), Err("无效的应用"));
        assert_eq!(judged(replace("x-tsign-open-ca-timestamp", "1700000000"), "{}"), Err("INVALID_TIMESTAMP"));
        assert_eq!(judged(replace("x-tsign-open-ca-timestamp", "1700000900001"), "{}"), Err("INVALID_TIMESTAMP"));
        assert_eq!(judged(replace("x-tsign-open-ca-timestamp", "1699999100000"), "{}"), Ok(()));
        assert_eq!(
            judged(replace("x-tsign-open-ca-timestamp", "-9223372036854775808"), "{}"),
            Err("INVALID_TIMESTAMP")
        );
        assert_eq!(judged(replace("x-tsign-open-ca-signature", "AAAA"), "{}"), Err("INVALID_SIGNATURE"));
        assert_eq!(judged(replace("content-md5", ""), "{}"), Err("INVALID_SIGNATURE"));
        assert_eq!(judged(|_| {}, "{\"a\":1}"), Err("INVALID_SIGNATURE"));
    }
}
