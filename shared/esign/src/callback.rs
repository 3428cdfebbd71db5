//! Callbacks: is it the provider that speaks, and of which flow (e签宝 Open API V3, notify3).
//!
//! A callback is only a reason to ask the provider how a flow stands, so nothing else of it is read. Anyone can post to a public
//! address: whatever is not proven to come from the provider is forged.

use contract::FlowId;
use hmac::Mac as _;

use crate::settings::Secret;

/// A timestamp in milliseconds has 13 digits from 2001 to 2286.
const TIMESTAMP_DIGITS: usize = 13;

/// A callback as it came over the network.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// `X-Tsign-Open-App-Id`.
    pub app_id: Option<&'a str>,
    /// `X-Tsign-Open-TIMESTAMP`.
    pub timestamp: Option<&'a str>,
    /// `X-Tsign-Open-SIGNATURE`.
    pub signature: Option<&'a str>,
    /// What follows the `?` in the address, still encoded; empty without one.
    pub raw_query: &'a str,
    /// The bytes as they came: JSON that was read and written again has another signature.
    pub body: &'a [u8],
}

/// A callback holds identity data, so only its size is shown.
impl std::fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Why a callback is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    #[error("The callback lacks its app id, timestamp or signature.")]
    Incomplete,
    #[error("The callback is for another app.")]
    ForeignApp,
    #[error("The callback's timestamp is not in milliseconds.")]
    Timestamp,
    #[error("The callback's signature does not match.")]
    Signature,
}

/// Verifies that `received` comes from the provider and was meant for the app `app_id`. Any of `secrets` will do, so that a secret
/// can be replaced while callbacks are on their way. Comparing takes the same time wherever the signatures differ.
///
/// The provider signs timestamp, query values and body run together, so that bytes could be moved from one to another under the
/// same signature. A timestamp of fixed length and a body that is exactly one JSON object leave no room for that. Age is not judged: whether a repeated callback gets a fresh timestamp is
/// not documented, and a replay only makes us ask the provider once more.
///
/// # Errors
/// [`Forged`], with the reason.
pub fn verify_callback(app_id: &str, secrets: &[Secret], received: &Received<'_>) -> Result<(), Forged> {
    let (Some(from), Some(timestamp), Some(signature)) = (received.app_id, received.timestamp, received.signature)
    else {
        return Err(Forged::Incomplete);
    };
    if from != app_id {
        return Err(Forged::ForeignApp);
    }
    if timestamp.len() != TIMESTAMP_DIGITS || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Forged::Timestamp);
    }
    let signature = hex::decode(signature).map_err(|_| Forged::Signature)?;
    let mut query: Vec<_> = form_urlencoded::parse(received.raw_query.as_bytes()).collect();
    query.sort_by(|(left, _), (right, _)| left.cmp(right));
    let matches = |secret: &Secret| {
        let mut mac = secret.mac().chain_update(timestamp);
        for (_, value) in &query {
            mac.update(value.as_bytes());
        }
        mac.chain_update(received.body).verify_slice(&signature).is_ok()
    };
    if secrets.iter().any(matches) && Callback::parse(received.body).is_ok() { Ok(()) } else { Err(Forged::Signature) }
}

/// What a verified callback is about. Actions and fields that are not known are no error: the provider adds new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Such as `SIGN_FLOW_COMPLETE`; empty where there is none.
    pub action: String,
    /// The flow, where it concerns one.
    pub flow: Option<FlowId>,
}

/// The body of a callback is not a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The callback's body is not a JSON object.")]
pub struct NotACallback;

impl Callback {
    /// # Errors
    /// [`NotACallback`] unless `body` is one JSON object.
    pub fn parse(body: &[u8]) -> Result<Self, NotACallback> {
        let serde_json::Value::Object(fields) = serde_json::from_slice(body).map_err(|_| NotACallback)? else {
            return Err(NotACallback);
        };
        let text = |name: &str| fields.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
        Ok(Self { action: text("action").unwrap_or_default().to_owned(), flow: text("signFlowId").map(FlowId::new) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "7438000001";
    const COMPLETE: &str = r#"{"action":"SIGN_FLOW_COMPLETE","timestamp":1700000000123,"signFlowId":"f0001","signFlowTitle":"服务合同","signFlowStatus":"2","statusDescription":"完成","signFlowCreateTime":1699999000000,"signFlowStartTime":1699999001000,"signFlowFinishTime":1700000000000}"#;
    const PLAIN: &str = "3eadc26535001aced74a62040be98ad85998c69645d9731bcbbe4722b56f3a5c";
    const WITH_QUERY: &str = "d0c5d6da65a15a10ea3a585202c5c16f4571ce78a44414e503debe10ed231090";

    fn secrets(text: &str) -> Vec<Secret> {
        vec![Secret::new(text).unwrap()]
    }

    fn received<'a>(timestamp: &'a str, raw_query: &'a str, body: &'a str, signature: &'a str) -> Received<'a> {
        Received {
            app_id: Some(APP),
            timestamp: Some(timestamp),
            signature: Some(signature),
            raw_query,
            body: body.as_bytes(),
        }
    }

    fn complete() -> Received<'static> {
        received("1700000000456", "", COMPLETE, PLAIN)
    }

    fn verify(received: &Received<'_>) -> Result<(), Forged> {
        verify_callback(APP, &secrets("ee-sandbox-secret-0001"), received)
    }

    #[test]
    fn published_vector_with_a_query() {
        let body = r#"{"action":"SIGN_MISSON_COMPLETE","signFlowId":"x"}"#;
        let hex = "3c736f140e22adf842c3c7d71dfd641e4f6c35c2109403b67ebb915d43a47e0c";
        let callback = received("1729489875363", "orderNo=001&belong=pinjie", body, hex);
        assert_eq!(verify_callback(APP, &secrets("dummysecret"), &callback), Ok(()));
    }

    #[test]
    fn vectors_without_and_with_a_query() {
        assert_eq!(verify(&complete()), Ok(()));
        assert_eq!(verify(&received("1700000000456", "b=2&a=1", COMPLETE, WITH_QUERY)), Ok(()));
        assert_eq!(verify(&received("1700000000456", "a=1&b=2", COMPLETE, WITH_QUERY)), Ok(()));
        assert_eq!(verify(&received("1700000000456", "%61=%31&b=2", COMPLETE, WITH_QUERY)), Ok(()));
    }

    #[test]
    fn any_change_is_refused() {
        let changed = COMPLETE.replace("\"2\"", "\"3\"");
        let spaced = COMPLETE.replace("\":\"", "\": \"");
        let mut flipped = PLAIN.replace('3', "4");
        flipped.truncate(64);
        for forged in [
            received("1700000000457", "", COMPLETE, PLAIN),
            received("1700000000456", "a=1", COMPLETE, PLAIN),
            received("1700000000456", "", &changed, PLAIN),
            received("1700000000456", "", &spaced, PLAIN),
            received("1700000000456", "", COMPLETE, &flipped),
            received("1700000000456", "", COMPLETE, &PLAIN[..62]),
            received("1700000000456", "", COMPLETE, ""),
            received("1700000000456", "", COMPLETE, "not hexadecimal"),
        ] {
            assert_eq!(verify(&forged), Err(Forged::Signature));
        }
    }

    #[test]
    fn bytes_cannot_move_between_timestamp_query_and_body() {
        assert_eq!(verify(&received("170000000045", "a=6", COMPLETE, PLAIN)), Err(Forged::Timestamp));
        assert_eq!(verify(&received("17000000004561", "b=2", COMPLETE, WITH_QUERY)), Err(Forged::Timestamp));
        assert_eq!(verify(&received("1700000000456", "a=%7B", &COMPLETE[1..], PLAIN)), Err(Forged::Signature));
        let longer = format!("12{COMPLETE}");
        assert_eq!(verify(&received("1700000000456", "", &longer, WITH_QUERY)), Err(Forged::Signature));
    }

    #[test]
    fn foreign_apps_and_missing_headers_are_refused() {
        assert_eq!(verify(&Received { app_id: Some("7438000002"), ..complete() }), Err(Forged::ForeignApp));
        for forged in [
            Received { app_id: None, ..complete() },
            Received { timestamp: None, ..complete() },
            Received { signature: None, ..complete() },
        ] {
            assert_eq!(verify(&forged), Err(Forged::Incomplete));
        }
    }

    #[test]
    fn each_current_secret_counts_and_no_other() {
        let mut both = secrets("the next secret");
        assert_eq!(verify_callback(APP, &both, &complete()), Err(Forged::Signature));
        both.extend(secrets("ee-sandbox-secret-0001"));
        assert_eq!(verify_callback(APP, &both, &complete()), Ok(()));
        assert_eq!(verify_callback(APP, &[], &complete()), Err(Forged::Signature));
    }

    #[test]
    fn reading_tolerates_what_it_does_not_know() {
        let flow = |id: &str| Some(FlowId::new(id));
        let known = Callback::parse(COMPLETE.as_bytes()).unwrap();
        assert_eq!(known, Callback { action: "SIGN_FLOW_COMPLETE".into(), flow: flow("f0001") });
        let news = Callback::parse(br#"{"action":"NEWS","signFlowId":"f2","extra":{"deep":[1]}}"#).unwrap();
        assert_eq!(news, Callback { action: "NEWS".into(), flow: flow("f2") });
        for body in ["{}", r#"{"action":7,"signFlowId":null}"#, r#"{"signFlowId":""}"#] {
            assert_eq!(Callback::parse(body.as_bytes()), Ok(Callback { action: String::new(), flow: None }), "{body}");
        }
        for body in ["", "[]", "null", "{", "{}{}"] {
            assert_eq!(Callback::parse(body.as_bytes()), Err(NotACallback), "{body}");
        }
        assert_eq!(Callback::parse(&[0xff]), Err(NotACallback));
    }
}
