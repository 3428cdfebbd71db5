//! The events functions receive, built as API Gateway, SQS, DynamoDB Streams and EventBridge build them.
//!
//! Each is written as the JSON a deployed function would get, and read by the same conversion the Lambda runtime uses: what a function sees here,
//! it sees there.

use crate::routing::Match;
use crate::template::{ACCOUNT, REGION};
use contract::Timestamp;
use http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// What the gateway knows about an accepted request.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path and query as sent.
    pub uri: &'a Uri,
    /// The headers as sent.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
    /// Who sent it.
    pub source_ip: IpAddr,
    /// The claims and scopes of the token, where the route asks for one.
    pub claims: Option<(Map<String, Value>, Vec<String>)>,
    /// A fresh id for this request.
    pub request_id: &'a str,
    /// When it arrived.
    pub at: Timestamp,
}

/// An API Gateway HTTP API event, payload format 2.0.
pub fn http_request(incoming: &Incoming<'_>, found: &Match<'_>) -> Value {
    let path = incoming.uri.path();
    let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
    let host = header("host").filter(|host| is_plain_host(host)).unwrap_or("localhost");
    let mut headers = joined_headers(incoming.headers);
    headers.insert("host".to_owned(), host.into());
    headers.insert("x-forwarded-for".to_owned(), incoming.source_ip.to_string().into());
    headers.insert("x-forwarded-proto".to_owned(), "http".into());
    let route_key = format!("{} {}", found.route.method, found.route.path);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": incoming.uri.query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split('.').next(),
            "http": {
                "method": incoming.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": incoming.source_ip.to_string(),
                "userAgent": header("user-agent").unwrap_or_default(),
            },
            "requestId": incoming.request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": incoming.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": incoming.at.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    let cookies: Vec<&str> = incoming
        .headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .collect();
    let mut put = |name: &str, value: Value| {
        if let Some(event) = event.as_object_mut() {
            event.insert(name.to_owned(), value);
        }
    };
    if !cookies.is_empty() {
        put("cookies", json!(cookies));
    }
    if let Some(query) = incoming.uri.query() {
        put("queryStringParameters", query_parameters(query));
    }
    if !found.parameters.is_empty() {
        put("pathParameters", json!(found.parameters));
    }
    if !incoming.body.is_empty() {
        let (encoded, body) = encoded_body(header("content-type"), incoming.body);
        put("body", body.into());
        put("isBase64Encoded", encoded.into());
    }
    if let Some((claims, scopes)) = &incoming.claims {
        let claims: Map<_, _> = claims.iter().map(|(name, value)| (name.clone(), claim_text(value).into())).collect();
        if let Some(context) = event.get_mut("requestContext").and_then(Value::as_object_mut) {
            context.insert("authorizer".to_owned(), json!({ "jwt": { "claims": claims, "scopes": scopes } }));
        }
    }
    event
}

/// Names in lower case, values of one name joined by commas; cookies travel apart.
fn joined_headers(headers: &HeaderMap) -> Map<String, Value> {
    headers
        .keys()
        .filter(|name| name.as_str() != "cookie")
        .map(|name| {
            let values: Vec<_> =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            // A header value must be printable again when the runtime rebuilds the request.
            let value: String =
                values.join(",").chars().filter(|letter| *letter == '\t' || !letter.is_control()).collect();
            (name.as_str().to_owned(), value.into())
        })
        .collect()
}

/// A host a URL can be built with; anything else would stop the runtime's own conversion.
fn is_plain_host(host: &str) -> bool {
    !host.is_empty()
        && host.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter))
        && format!("http://{host}/")
            .parse::<Uri>()
            .is_ok_and(|uri| uri.host().is_some_and(|host| !host.starts_with(['.', '-'])))
}

fn query_parameters(query: &str) -> Value {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text: &str| crate::routing::percent_decoded(&text.replace('+', " "));
        let value = decode(value);
        let joined = match parameters.get(&decode(name)).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(decode(name), joined.into());
    }
    Value::Object(parameters)
}

/// Text goes as it is, everything else in base64.
fn encoded_body(content_type: Option<&str>, body: &[u8]) -> (bool, String) {
    use base64::Engine as _;
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str())
        || ["+json", "+xml"].iter().any(|suffix| kind.ends_with(suffix));
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (false, text.to_owned()),
        _ => (true, base64::engine::general_purpose::STANDARD.encode(body)),
    }
}

/// Claims reach a function as texts: lists as `[a b]`, numbers and truth values written out.
fn claim_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(claim_text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

/// An SQS event with one message for each of `records`.
pub fn queue_batch(records: &[Value]) -> Value {
    json!({ "Records": records })
}

/// An EventBridge scheduled event.
pub fn schedule_tick(rule: &str, id: &str, at: Timestamp) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": REGION,
        "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}")],
        "detail": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::Router;
    use crate::wiring::Route;
    use lambda_http::RequestExt as _;

    fn build(uri: &str, headers: &[(&str, &str)], body: &[u8], claims: Option<Value>) -> lambda_http::Request {
        let router = Router::new(vec![Route {
            method: "POST".to_owned(),
            path: "/v1/contracts/{id}".to_owned(),
            function: "f".to_owned(),
            scopes: None,
        }]);
        let uri: Uri = uri.parse().unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(http::HeaderName::try_from(*name).unwrap(), http::HeaderValue::from_str(value).unwrap());
        }
        let claims = claims.map(|claims| (claims.as_object().unwrap().clone(), vec!["contracts/self".to_owned()]));
        let incoming = Incoming {
            method: &Method::POST,
            uri: &uri,
            headers: &map,
            body,
            source_ip: [127, 0, 0, 1].into(),
            claims,
            request_id: "r-1",
            at: "2026-11-23T14:05:06Z".parse().unwrap(),
        };
        let event = http_request(&incoming, &router.find("POST", uri.path()).unwrap());
        lambda_http::request::from_str(&event.to_string()).unwrap()
    }

    #[test]
    fn the_runtime_reads_back_what_was_sent() {
        let request = build(
            "/v1/contracts/01A%20?a=1&a=2&b=%E4%B8%AD",
            &[
                ("Host", "127.0.0.1:8080"),
                ("Accept", "a"),
                ("Accept", "b"),
                ("cookie", "x=1; y=2"),
                ("Content-Type", "application/json"),
            ],
            br#"{"a":1}"#,
            Some(json!({ "sub": "u", "exp": 12, "groups": ["a", "b"], "ok": true })),
        );
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri().path(), "/v1/contracts/01A%20");
        assert_eq!(request.uri().query(), Some("a=1&a=2&b=%E4%B8%AD"));
        assert_eq!(request.headers()["accept"], "a,b");
        assert_eq!(request.headers()["cookie"], "x=1; y=2");
        assert_eq!(request.path_parameters().first("id"), Some("01A "));
        assert_eq!(request.query_string_parameters().first("b"), Some("中"));
        assert_eq!(request.body(), &lambda_http::Body::Text(r#"{"a":1}"#.to_owned()));
        let lambda_http::request::RequestContext::ApiGatewayV2(context) = request.request_context() else {
            panic!("another kind of event");
        };
        assert_eq!(context.time.as_deref(), Some("23/Nov/2026:14:05:06 +0000"));
        assert_eq!(context.http.source_ip.as_deref(), Some("127.0.0.1"));
        let jwt = context.authorizer.unwrap().jwt.unwrap();
        assert_eq!(jwt.claims["exp"], "12");
        assert_eq!(jwt.claims["groups"], "[a b]");
        assert_eq!(jwt.claims["ok"], "true");
        assert_eq!(jwt.scopes.unwrap(), ["contracts/self"]);
    }

    #[test]
    fn bytes_that_are_no_text_arrive_whole() {
        let body = [0xff_u8, 0, 1, 2];
        let request = build("/v1/contracts/1", &[("content-type", "application/json")], &body, None);
        assert_eq!(request.body(), &lambda_http::Body::Binary(body.to_vec()));
        let request = build("/v1/contracts/1", &[("content-type", "application/pdf")], b"%PDF", None);
        assert_eq!(request.body(), &lambda_http::Body::Binary(b"%PDF".to_vec()));
    }

    #[test]
    fn an_odd_host_is_replaced() {
        for host in ["a b", "a/b", "..", "-", "x:y:z", "[::1", "%"] {
            let request = build("/v1/contracts/1", &[("host", host)], b"", None);
            assert_eq!(request.uri().host(), Some("localhost"), "{host}");
        }
    }
}
