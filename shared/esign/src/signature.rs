//! How a request to the provider is signed (e签宝 Open API V3, dev-guide3). Pure: text in, text out.
//!
//! The gateway rebuilds the text from what it receives, so every value in it must equal the header or body that is really sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::Mac as _;
use md5::{Digest as _, Md5};

use crate::settings::Secret;

/// The `Accept` of every call. Another value is a frequent cause of refused signatures.
pub(crate) const ACCEPT: &str = "*/*";
/// The `Content-Type` of every call, with and without a body.
pub(crate) const CONTENT_TYPE: &str = "application/json; charset=UTF-8";

/// Base64 of the 16 raw MD5 bytes. Of a request it covers the body, of an upload the file.
pub(crate) fn content_md5(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

/// The parts of a request that its signature covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub method: &'a str,
    /// Empty where there is no body.
    pub content_md5: &'a str,
    /// Headers beyond the usual ones, named in `X-Tsign-Open-Ca-Signature-Headers`.
    pub headers: &'a [(&'a str, &'a str)],
    /// Without scheme, host and query.
    pub path: &'a str,
    /// Decoded: in the signed text nothing is percent-encoded.
    pub query: &'a [(&'a str, &'a str)],
}

impl Signed<'_> {
    /// The text that is signed. Each field keeps its line feed even when it is empty, except the headers: without any there is no line.
    pub(crate) fn text(&self) -> String {
        let Self { method, content_md5, path, .. } = self;
        // The blank line is the date, which is not used.
        let mut text = format!("{method}\n{ACCEPT}\n{content_md5}\n{CONTENT_TYPE}\n\n");
        let mut headers = self.headers.to_vec();
        headers.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in headers {
            text.extend([name, ":", value, "\n"]);
        }
        text.push_str(path);
        let mut query = self.query.to_vec();
        // The sort is stable, so that of a repeated key the first value stays in front and is the one that counts.
        query.sort_by_key(|(name, _)| *name);
        query.dedup_by_key(|(name, _)| *name);
        let mut separator = "?";
        for (name, value) in query {
            text.extend([separator, name]);
            if !value.is_empty() {
                text.extend(["=", value]);
            }
            separator = "&";
        }
        text
    }

    /// The value of `X-Tsign-Open-Ca-Signature`.
    pub(crate) fn signature(&self, secret: &Secret) -> String {
        STANDARD.encode(secret.mac().chain_update(self.text()).finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    fn plain<'a>(method: &'a str, content_md5: &'a str, path: &'a str) -> Signed<'a> {
        Signed { method, content_md5, headers: &[], path, query: &[] }
    }

    #[test]
    fn published_md5_vectors() {
        assert_eq!(content_md5(b"{}"), "mZFLkyvTelC5g8XnyQrpOw==");
        assert_eq!(content_md5(r#"{"name":"张某人","age":18}"#.as_bytes()), "jsmDBtOHeXhiozlzXsFtlg==");
    }

    #[test]
    fn published_text_and_signature_of_a_post() {
        let signed = plain("POST", "uxydqKBMBy6x1siClKEQ6Q==", "/v3/sign-flow/create-by-file");
        assert_eq!(
            signed.text(),
            "POST\n*/*\nuxydqKBMBy6x1siClKEQ6Q==\napplication/json; charset=UTF-8\n\n/v3/sign-flow/create-by-file"
        );
        assert_eq!(signed.signature(&secret("dummysecret")), "6dYuzEqXUobDAEL97Ja5pvH3QWHpn4R5iJSWEvIsCo8=");
    }

    #[test]
    fn published_signature_of_a_get() {
        let signed = plain("GET", "", "/v3/sign-flow/abc123/detail");
        assert_eq!(signed.signature(&secret("dummysecret")), "xG4jw3vs+xusJ0x3XkIJBwxpTHHzEHqdMGOJ45Ry8Fk=");
    }

    #[test]
    fn a_post_with_chinese_text() {
        let md5 = content_md5(r#"{"revokeReason":"合同条款错误"}"#.as_bytes());
        assert_eq!(md5, "TpqGUqB4lZRwcarZP5v22Q==");
        let signed = plain("POST", &md5, "/v3/sign-flow/f0001/revoke");
        assert_eq!(signed.signature(&secret("ee-sandbox-secret-0001")), "uglLqLG317gKOwKd1t6FELcM1QeXZz0rodFmaFL5XRE=");
    }

    #[test]
    fn a_query_is_sorted_and_not_encoded() {
        let query = [("orgName", "某某科技有限公司"), ("orgIDCardType", ""), ("orgName", "second")];
        let signed = Signed { query: &query, ..plain("GET", "", "/v3/organizations/identity-info") };
        assert!(signed.text().ends_with("/v3/organizations/identity-info?orgIDCardType&orgName=某某科技有限公司"));
        assert_eq!(signed.signature(&secret("ee-sandbox-secret-0001")), "XAx/a+qvKQihryXimqgsued7AqrI/HhoWT3gPDC66f8=");
    }

    #[test]
    fn extra_headers_are_sorted_and_an_empty_one_keeps_its_colon() {
        let signed = Signed {
            headers: &[("X-B", ""), ("X-A", "1")],
            query: &[("pageSize", "true")],
            ..plain("GET", "", "/v3/files/f1")
        };
        assert!(signed.text().contains("\n\nX-A:1\nX-B:\n/v3/files/f1?pageSize=true"));
        assert_eq!(signed.signature(&secret("ee-sandbox-secret-0001")), "fRlqBDmQKyQKu6t7qCYCfTTQ8LN3ZwoRDjInqHFmRdQ=");
    }
}
