//! `console`: the web pages, for customers and staff.
//!
//! Files lie in `pages/` and are served as they are: there is no build step. All addresses of pages get the same document; its script reads
//! the address. Files have the version of all of them in their address and are kept by browsers for good. The pages talk to the public API
//! only, and the policy sent with the document lets them talk to nobody else but the log-in and the store of documents.

use lambda_http::{
    Body,
    http::{HeaderName, HeaderValue, Method, header},
};
use serde_json::json;
use web::{Host, Problem, Request, Response};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file of `pages/`.
struct File {
    /// As in `pages/`, with `/` between.
    name: &'static str,
    plain: &'static [u8],
    /// The same, packed with gzip.
    packed: &'static [u8],
}

/// For good: another content has another address.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// Asked again each time, so that a new version is seen at once.
const ASK_AGAIN: &str = "no-cache";

/// What this function works with.
pub struct App {
    document: String,
    config: String,
    policy: HeaderValue,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let issuer = host.settings.required("TOKEN_ISSUER");
        if !issuer.is_empty() && !issuer.starts_with("https://") && !issuer.starts_with("http://") {
            host.settings
                .accept::<(), _>("TOKEN_ISSUER", Err("not the address of an issuer, which begins with https://"));
        }
        let client = host.settings.required("TOKEN_CLIENT_ID");
        let documents = host.settings.required("DOCUMENT_ORIGINS");
        let log_in = host.settings.optional("LOGIN_ORIGINS").unwrap_or_default();
        let accent = host.settings.optional("ACCENT");
        let vendor = host.settings.json::<serde_json::Value>("PARTY_B");
        let contact = host.settings.json::<serde_json::Value>("CONTACT");
        let vendor = vendor?.get("name").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let config = json!({
            "issuer": issuer, "clientId": client, "vendor": vendor, "contact": contact?, "accent": accent,
        });
        let origins = format!("{} {log_in} {documents}", origin(&issuer));
        let policy = host.settings.accept("DOCUMENT_ORIGINS", HeaderValue::from_str(&policy(&origins)));
        Some(Self { document: document()?, config: config.to_string(), policy: policy? })
    }
}

/// The document that all addresses of pages get, with the addresses of its files.
fn document() -> Option<String> {
    let index = FILES.iter().find(|file| file.name == "index.html")?;
    Some(std::str::from_utf8(index.plain).ok()?.replace("{assets}", &format!("/assets/{VERSION}")))
}

/// Scheme and host of an address.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address.get(host..).and_then(|rest| rest.find('/')).map_or(address.len(), |at| host + at);
    address.get(..end).unwrap_or(address)
}

/// Nothing inline, nothing from elsewhere; `origins` are those that scripts may ask besides the API.
fn policy(origins: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' {origins}; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// `GET` of a page, a file, or `/config.json`.
pub fn handle(app: &App, request: &Request) -> Response {
    let path = request.uri().path().trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let answer = match parts.as_slice() {
        _ if request.method() != Method::GET => Err(Problem::not_found()),
        ["config.json"] => {
            let config = app.config.as_bytes();
            Ok(answer("application/json", &Packed { plain: config, packed: None }, ASK_AGAIN, request))
        }
        ["assets", version, name @ ..] => file(version, &name.join("/"), request),
        _ => Ok(page(app, request)),
    };
    web::respond(request, answer)
}

fn page(app: &App, request: &Request) -> Response {
    let document = Packed { plain: app.document.as_bytes(), packed: None };
    let mut response = answer("text/html; charset=utf-8", &document, ASK_AGAIN, request);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, app.policy.clone());
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// A file, if it is asked for under the version that is served here. A page of an older version that asks for more is told so by 404, and
/// loads itself anew.
fn file(version: &str, name: &str, request: &Request) -> Result<Response, Problem> {
    let found = FILES.iter().find(|file| file.name == name && version == VERSION).ok_or_else(Problem::not_found)?;
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return Err(Problem::not_found()),
    };
    Ok(answer(kind, &Packed { plain: found.plain, packed: Some(found.packed) }, FOR_GOOD, request))
}

/// Bytes to be sent, and the same packed with gzip.
struct Packed<'a> {
    plain: &'a [u8],
    packed: Option<&'a [u8]>,
}

fn answer(kind: &'static str, bytes: &Packed<'_>, keep: &'static str, request: &Request) -> Response {
    let takes_gzip = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|one| one.split(';').next().map(str::trim) == Some("gzip")));
    let packed = bytes.packed.filter(|_| takes_gzip);
    let body = match (packed, std::str::from_utf8(bytes.plain)) {
        (Some(packed), _) => Body::Binary(packed.to_vec()),
        (None, Ok(text)) => Body::Text(text.to_owned()),
        (None, Err(_)) => Body::Binary(bytes.plain.to_vec()),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, keep),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "accept-encoding"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if packed.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_stands_before_the_path() {
        assert_eq!(origin("https://login.example/pool/1"), "https://login.example");
        assert_eq!(origin("http://127.0.0.1:8080/dev/issuer"), "http://127.0.0.1:8080");
        assert_eq!(origin("https://login.example"), "https://login.example");
    }

    #[test]
    fn files_have_a_kind_and_the_document_names_them() {
        let named = document().unwrap_or_default();
        assert!(named.contains(&format!("/assets/{VERSION}/core/app.js")) && !named.contains("{assets}"), "{named}");
        for file in FILES {
            let ends = [".js", ".css", ".svg", "index.html"].iter().any(|end| file.name.ends_with(end));
            assert!(ends, "{} is of a kind that is not served", file.name);
        }
    }
}
