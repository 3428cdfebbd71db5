//! One HTTP exchange with the provider, and how often it is repeated.
//!
//! Every exchange ends by an instant that its caller sets. What failed is repeated up to twice, after a pause, while there is time:
//! a [`Repeat::Freely`] call after every outage that may pass, a [`Repeat::OnlyUnsent`] call only where the connection was never
//! made. An answer that was understood is never asked for again.

use std::{future::Future, io, pin::Pin, sync::Arc, time::Duration};

use contract::Clock;
use reqwest::{Client, Method, Response, StatusCode, Url, redirect, retry};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    failure::{Failure, Outage, is_fault},
    settings::{BadSetting, Secret, Settings, is_loopback},
    signature::{ACCEPT, CONTENT_TYPE, Signed, content_md5},
    wire::answer::{Envelope, Stored},
};

/// Answers in JSON are a few kilobytes; one that is longer than this is no answer.
const MOST_JSON_BYTES: usize = 1 << 20;
/// The first attempt and its repetitions.
const ATTEMPTS: u32 = 3;
/// The pause before the first repetition; it doubles.
const PAUSE: Duration = Duration::from_millis(200);
/// Shorter than a server keeps an idle connection, so that few requests meet one that is being closed.
const IDLE: Duration = Duration::from_secs(10);
/// Codes from here on are the provider's own; smaller ones repeat an HTTP status.
const BUSINESS_CODES: i64 = 10_000;

const TOO_LONG: Outage = Outage::Puzzling("it is longer than the call allows");

/// When a failed exchange may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice does what once does.
    Freely,
    /// Twice would make something twice, or cost twice.
    OnlyUnsent,
}

impl Repeat {
    fn after(self, outage: Outage) -> bool {
        match outage {
            Outage::Unreached => true,
            Outage::Puzzling(_) => false,
            Outage::Status(status) => self == Self::Freely && is_passing(status),
            Outage::Late | Outage::BrokenOff | Outage::Fault(_) => self == Self::Freely,
        }
    }

    /// The time of one attempt. Where another may follow it, it takes half at most, so that a connection that hangs leaves time for it.
    fn share(self, whole: Duration) -> Duration {
        match self {
            Self::Freely => whole / 2,
            Self::OnlyUnsent => whole,
        }
    }
}

fn is_passing(status: u16) -> bool {
    status >= 500 || status == 429 || status == 408
}

/// A call of the API.
pub(crate) struct Call<'a> {
    method: Method,
    path: String,
    body: Vec<u8>,
    repeat: Repeat,
    private: Vec<&'a str>,
    /// The longest answer that is read.
    most: usize,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, ..Self::post(path, Repeat::Freely) }
    }

    /// A POST without a body.
    pub(crate) fn post(path: String, repeat: Repeat) -> Self {
        Self { method: Method::POST, path, body: Vec::new(), repeat, private: Vec::new(), most: MOST_JSON_BYTES }
    }

    /// A POST with `body` as JSON: serialised once, here, so that the bytes signed are the bytes sent.
    pub(crate) fn post_json(path: String, body: &impl Serialize, repeat: Repeat) -> Result<Self, Failure> {
        let body =
            serde_json::to_vec(body).map_err(|_| Failure::puzzling("the request could not be written as JSON"))?;
        Ok(Self { body, ..Self::post(path, repeat) })
    }

    /// With values that must not be repeated in an error.
    pub(crate) fn keeping(self, private: Vec<&'a str>) -> Self {
        Self { private, ..self }
    }

    /// With an answer of up to `most` bytes.
    pub(crate) fn answered_within(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The answer's refusal, unless it is code 0.
    pub(crate) fn accepted(&self, envelope: Envelope) -> Result<Envelope, Failure> {
        match envelope.code {
            Some(0) => Ok(envelope),
            code => Err(Failure::refused(code.unwrap_or_default(), &envelope.message, &self.private)),
        }
    }
}

/// What carries a request and brings its answer in the network's place, for a simulation. An error of the kind
/// `ConnectionRefused` says that nothing was sent; after any other it is not known what arrived.
pub type Carrier = Arc<
    dyn Fn(http::Request<Vec<u8>>) -> Pin<Box<dyn Future<Output = io::Result<http::Response<Vec<u8>>>> + Send>>
        + Send
        + Sync,
>;

/// How requests travel.
enum Way {
    Network(Client),
    Carried(Carrier),
}

/// The one way to the provider, and who we are there.
pub(crate) struct Exchange {
    way: Way,
    base: Url,
    app_id: String,
    secret: Secret,
    clock: Clock,
}

impl Exchange {
    pub(crate) fn new(settings: &Settings, clock: Clock, carrier: Option<Carrier>) -> Result<Self, BadSetting> {
        let base = settings.checked_base()?;
        let way = match carrier {
            Some(carrier) => Way::Carried(carrier),
            None => Way::Network(network(settings, &base)?),
        };
        Ok(Self { way, base, app_id: settings.app_id.clone(), secret: settings.app_secret.clone(), clock })
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.clock)().as_millisecond()
    }

    /// Makes the call and returns what the provider said, accepting or refusing, once it said something that can be understood.
    pub(crate) async fn ask(&self, call: &Call<'_>, by: Instant) -> Result<Envelope, Failure> {
        let began = Instant::now();
        let outcome = repeated(call.repeat, by, |until| self.attempt(call, until)).await;
        let ms = began.elapsed().as_millis();
        match &outcome {
            Ok(envelope) => {
                tracing::debug!(method = %call.method, path = call.path, code = envelope.code, ms, "provider answered")
            }
            Err(failure) => {
                tracing::warn!(method = %call.method, path = call.path, %failure, ms, "provider call failed")
            }
        }
        outcome
    }

    async fn attempt(&self, call: &Call<'_>, until: Instant) -> Result<Envelope, Failure> {
        let content_md5 = if call.body.is_empty() { String::new() } else { content_md5(&call.body) };
        let signed = Signed {
            method: call.method.as_str(),
            content_md5: &content_md5,
            headers: &[],
            path: &call.path,
            query: &[],
        };
        let mut url = self.base.clone();
        url.set_path(&call.path);
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header("Accept", ACCEPT)
            .header("Content-Type", CONTENT_TYPE)
            .header("X-Tsign-Open-App-Id", &self.app_id)
            .header("X-Tsign-Open-Auth-Mode", "Signature")
            .header("X-Tsign-Open-Ca-Timestamp", self.now_ms())
            .header("X-Tsign-Open-Ca-Signature", signed.signature(&self.secret));
        if !call.body.is_empty() {
            request = request.header("Content-MD5", &content_md5);
        }
        let request = whole(request, call.body.clone())?;
        let (status, bytes) = self.send(request, call.most, until).await.map_err(Failure::Unavailable)?;
        understood(status, &bytes, &call.private)
    }

    /// Puts a PDF at the address that the provider gave for it, under the headers that were announced. The address is signed by
    /// itself; the app's identification does not belong there.
    pub(crate) async fn put(&self, address: &str, pdf: &[u8], content_md5: &str, by: Instant) -> Result<(), Failure> {
        let url = file_address(address)?;
        repeated(Repeat::Freely, by, |until| {
            let request =
                http::Request::put(url.as_str()).header("Content-MD5", content_md5).header("Content-Type", PDF);
            let request = whole(request, pdf.to_vec());
            async move {
                let (status, bytes) =
                    self.send(request?, MOST_JSON_BYTES, until).await.map_err(Failure::Unavailable)?;
                stored(status, &bytes)
            }
        })
        .await
        .inspect_err(|failure| tracing::warn!(%failure, "upload to the provider failed"))
    }

    /// Fetches the file at an address that the provider gave, of at most `most` bytes.
    pub(crate) async fn fetch(&self, address: &str, most: usize, by: Instant) -> Result<Vec<u8>, Failure> {
        let url = file_address(address)?;
        repeated(Repeat::Freely, by, |until| {
            let request = whole(http::Request::get(url.as_str()), Vec::new());
            async move {
                let (status, bytes) = self.send(request?, most, until).await.map_err(Failure::Unavailable)?;
                if status == StatusCode::OK {
                    Ok(bytes)
                } else {
                    Err(Failure::Unavailable(Outage::Status(status.as_u16())))
                }
            }
        })
        .await
        .inspect_err(|failure| tracing::warn!(%failure, "download from the provider failed"))
    }

    /// Sends and reads the whole answer by `until`.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        most: usize,
        until: Instant,
    ) -> Result<(StatusCode, Vec<u8>), Outage> {
        if until <= Instant::now() {
            return Err(Outage::Late);
        }
        let exchange = async {
            match &self.way {
                Way::Network(client) => over_network(client, request, most).await,
                Way::Carried(carrier) => {
                    let answer = carrier(request).await.map_err(|error| match error.kind() {
                        io::ErrorKind::ConnectionRefused => Outage::Unreached,
                        _ => Outage::BrokenOff,
                    })?;
                    let (parts, bytes) = answer.into_parts();
                    if bytes.len() > most { Err(TOO_LONG) } else { Ok((parts.status, bytes)) }
                }
            }
        };
        timeout_at(until, exchange).await.unwrap_or(Err(Outage::Late))
    }
}

async fn over_network(
    client: &Client,
    request: http::Request<Vec<u8>>,
    most: usize,
) -> Result<(StatusCode, Vec<u8>), Outage> {
    let request = reqwest::Request::try_from(request).map_err(|_| Outage::BrokenOff)?;
    let response = client.execute(request).await.map_err(|error| match error {
        error if error.is_connect() => Outage::Unreached,
        error if error.is_timeout() => Outage::Late,
        _ => Outage::BrokenOff,
    })?;
    Ok((response.status(), body(response, most).await?))
}

/// The HTTP client. The provider never redirects, and what is signed for it must not go elsewhere. Repetitions are decided here alone.
fn network(settings: &Settings, base: &Url) -> Result<Client, BadSetting> {
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(settings.connect_timeout)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
    if is_loopback(base) && base.scheme() == "http" {
        // Nothing but this machine is called: a proxy could not reach it, and no certificate is needed.
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder.build().map_err(BadSetting::Client)
}

/// The content type under which a draft is announced and put.
pub(crate) const PDF: &str = "application/pdf";

async fn repeated<T, F>(repeat: Repeat, by: Instant, attempt: impl Fn(Instant) -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let share = repeat.share(by.saturating_duration_since(Instant::now()));
    let mut pause = PAUSE;
    let mut left = ATTEMPTS;
    loop {
        let outcome = attempt(by.min(Instant::now() + share)).await;
        left -= 1;
        match outcome {
            Err(Failure::Unavailable(outage)) if left > 0 && repeat.after(outage) && Instant::now() + pause < by => {
                sleep(pause).await;
                pause *= 2;
            }
            outcome => return outcome,
        }
    }
}

fn whole(request: http::request::Builder, body: Vec<u8>) -> Result<http::Request<Vec<u8>>, Failure> {
    request.body(body).map_err(|_| Failure::puzzling("the request could not be put together"))
}

async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, Outage> {
    if response.content_length().is_some_and(|length| usize::try_from(length).unwrap_or(usize::MAX) > most) {
        return Err(TOO_LONG);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Outage::BrokenOff)? {
        if bytes.len() + chunk.len() > most {
            return Err(TOO_LONG);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Which HTTP status goes with a refusal is not documented. So a code of the provider's own decides under any status.
fn understood(status: StatusCode, bytes: &[u8], private: &[&str]) -> Result<Envelope, Failure> {
    let envelope: Option<Envelope> = serde_json::from_slice(bytes).ok();
    let message = envelope.as_ref().map_or("", |envelope| &envelope.message).to_owned();
    let http = status.as_u16();
    match (envelope.as_ref().and_then(|envelope| envelope.code), envelope) {
        (Some(code), _) if is_fault(code) => Err(Failure::Unavailable(Outage::Fault(code))),
        (Some(code), Some(envelope)) if code >= BUSINESS_CODES => Ok(envelope),
        (Some(0), Some(envelope)) if status.is_success() => Ok(envelope),
        _ if is_passing(http) => Err(Failure::Unavailable(Outage::Status(http))),
        (Some(code), _) if status.is_success() => Err(Failure::refused(code, &message, private)),
        _ if status.is_client_error() => Err(Failure::refused(http.into(), &message, private)),
        _ => Err(Failure::puzzling("it is not in the provider's usual form")),
    }
}

/// The file store says 200 and `errCode` 0; a body that is not its usual one does not outweigh the status.
fn stored(status: StatusCode, bytes: &[u8]) -> Result<(), Failure> {
    let code = serde_json::from_slice::<Stored>(bytes).ok().and_then(|stored| stored.err_code).unwrap_or(0);
    match (status.is_success(), code) {
        (true, 0) => Ok(()),
        (true, code) => Err(Failure::Unavailable(Outage::Fault(code))),
        (false, _) => Err(Failure::Unavailable(Outage::Status(status.as_u16()))),
    }
}

/// An address of a file, which must be as well protected as the API itself.
fn file_address(address: &str) -> Result<Url, Failure> {
    Url::parse(address)
        .ok()
        .filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
        .ok_or_else(|| Failure::puzzling("the file's address is not one that can be called"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Result<Option<i64>, Failure> {
        understood(StatusCode::from_u16(status).unwrap(), body.as_bytes(), &[]).map(|envelope| envelope.code)
    }

    #[test]
    fn a_code_of_the_providers_own_decides_under_any_status() {
        for status in [200, 400, 404, 500] {
            assert_eq!(of(status, r#"{"code":1437103,"message":"x"}"#), Ok(Some(1_437_103)));
            assert_eq!(of(status, r#"{"code":"1435012"}"#), Err(Failure::Unavailable(Outage::Fault(1_435_012))));
        }
        assert_eq!(of(200, r#"{"code":0,"data":null}"#), Ok(Some(0)));
    }

    #[test]
    fn without_one_the_status_decides() {
        assert_eq!(of(500, r#"{"code":0}"#), Err(Failure::Unavailable(Outage::Status(500))));
        assert_eq!(of(429, ""), Err(Failure::Unavailable(Outage::Status(429))));
        assert_eq!(of(502, "<html>"), Err(Failure::Unavailable(Outage::Status(502))));
        for (status, body) in [(200, ""), (200, "[]"), (200, r#"{"data":{}}"#), (302, r#"{"code":0}"#)] {
            assert!(matches!(of(status, body), Err(Failure::Unavailable(Outage::Puzzling(_)))), "{status} {body}");
        }
    }

    #[test]
    fn identification_that_is_not_accepted() {
        use crate::failure::Refusal::{Configuration, Other};
        let unsigned = r#"{"success":false,"code":401,"message":"INVALID_SIGNATURE"}"#;
        for (status, body, refusal, code) in [
            (401, unsigned, Configuration, 401),
            (200, unsigned, Configuration, 401),
            (403, "IP白名单不匹配", Configuration, 403),
            (404, "", Other, 404),
        ] {
            let Err(Failure::Refused { refusal: found, code: number, .. }) = of(status, body) else { panic!("{body}") };
            assert_eq!((found, number), (refusal, code));
        }
    }

    #[test]
    fn the_file_store_has_its_own_words() {
        assert_eq!(stored(StatusCode::OK, r#"{"errCode":0,"msg":"成功"}"#.as_bytes()), Ok(()));
        assert_eq!(stored(StatusCode::OK, b""), Ok(()));
        assert_eq!(stored(StatusCode::OK, br#"{"errCode":"7"}"#), Err(Failure::Unavailable(Outage::Fault(7))));
        assert_eq!(stored(StatusCode::FORBIDDEN, b"<Error/>"), Err(Failure::Unavailable(Outage::Status(403))));
    }

    #[test]
    fn files_come_over_a_protected_way() {
        assert!(file_address("https://oss.esign.cn/1?Signature=a%2Bb").is_ok());
        assert!(file_address("http://127.0.0.1:8081/oss/1").is_ok());
        for bad in ["", "/oss/1", "http://oss.esign.cn/1", "file:///etc/passwd"] {
            assert!(file_address(bad).is_err(), "{bad}");
        }
    }
}
