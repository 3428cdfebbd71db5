//! A tiny client of the protocol, a receiver of callbacks, and a sandbox to talk to.

#![expect(dead_code, reason = "each test file uses a part of this")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use lopdf::{Document, Object, dictionary};
use md5::{Digest, Md5};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use sha2::Sha256;

pub const APP_ID: &str = "7438000001";
pub const SECRET: &str = "made-up-secret-of-the-tests";
pub const VENDOR: &str = "云上示例科技有限公司";
pub const COMPANY: &str = "某某科技有限公司";
pub const CREDIT_CODE: &str = "91350100M000100Y43";
pub const PERSON: &str = "王小云";
pub const ID_CARD: &str = "11010519491231002X";
pub const MOBILE: &str = "13800138000";

/// A sandbox, a clock that can be moved, and a client.
pub struct Stage {
    pub sandbox: Sandbox,
    pub client: Client,
    /// Milliseconds that the sandbox's clock is ahead.
    pub ahead: Arc<AtomicI64>,
}

pub fn fonts() -> PathBuf {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/agreement/fonts");
    std::env::var_os("FONTS_DIR").map_or(shared, PathBuf::from)
}

pub fn options(data: Option<&Path>, ahead: &Arc<AtomicI64>) -> Options {
    let ahead = Arc::clone(ahead);
    Options {
        port: 0,
        data: data.map(Path::to_owned),
        app_id: APP_ID.to_owned(),
        app_secret: SECRET.to_owned(),
        vendor_name: VENDOR.to_owned(),
        clock: Arc::new(move || {
            let now = Timestamp::now().as_millisecond() + ahead.load(Ordering::SeqCst);
            Timestamp::from_millisecond(now).unwrap()
        }),
        retries: vec![Duration::from_millis(50); 4],
        fonts: fonts(),
    }
}

pub async fn stage() -> Stage {
    stage_on(None).await
}

pub async fn stage_on(data: Option<&Path>) -> Stage {
    let ahead = Arc::new(AtomicI64::new(0));
    let sandbox = Sandbox::start(options(data, &ahead)).await.unwrap();
    let client = Client::new(sandbox.base_url(), &ahead);
    Stage { sandbox, client, ahead }
}

pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sandbox-{name}-{:x}", rand::random::<u64>()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub struct Client {
    pub base: String,
    pub http: reqwest::Client,
    pub secret: String,
    ahead: Arc<AtomicI64>,
}

pub fn digest(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

fn hmac(secret: &str, text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

impl Client {
    /// A client of the sandbox at this address, whose clock is the machine's.
    pub fn at(base: &str) -> Client {
        Client::new(base, &Arc::new(AtomicI64::new(0)))
    }

    fn new(base: &str, ahead: &Arc<AtomicI64>) -> Client {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Client { base: base.to_owned(), http, secret: SECRET.to_owned(), ahead: Arc::clone(ahead) }
    }

    /// Sends a signed request with these very bytes.
    pub async fn send(&self, method: &str, path: &str, body: &[u8]) -> reqwest::Result<(u16, Value)> {
        let md5 = if body.is_empty() { String::new() } else { digest(body) };
        let kind = "application/json; charset=UTF-8";
        let text = format!("{method}\n*/*\n{md5}\n{kind}\n\n{path}");
        let timestamp = Timestamp::now().as_millisecond() + self.ahead.load(Ordering::SeqCst);
        let request = self
            .http
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .header("Accept", "*/*")
            .header("Content-Type", kind)
            .header("Content-MD5", md5)
            .header("X-Tsign-Open-App-Id", APP_ID)
            .header("X-Tsign-Open-Auth-Mode", "Signature")
            .header("X-Tsign-Open-Ca-Timestamp", timestamp.to_string())
            .header("X-Tsign-Open-Ca-Signature", STANDARD.encode(hmac(&self.secret, text.as_bytes())))
            .body(body.to_vec());
        let response = request.send().await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// A call that the gateway lets through: its code and its data.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (i64, Value) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let (status, answer) = self.send(method, path, body.as_bytes()).await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        (answer["code"].as_i64().unwrap(), answer["data"].clone())
    }

    pub async fn post(&self, path: &str, body: Value) -> (i64, Value) {
        self.call("POST", path, Some(body)).await
    }

    pub async fn detail(&self, flow: &str) -> Value {
        let (code, data) = self.call("GET", &format!("/v3/sign-flow/{flow}/detail"), None).await;
        assert_eq!(code, 0);
        data
    }

    /// A test endpoint.
    pub async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method.parse().unwrap(), format!("{}/sandbox/{path}", self.base));
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }

    pub async fn faults(&self, faults: Value) {
        let (status, answer) = self.control("PUT", "faults", faults).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Uploads a document of three pages.
    pub async fn upload(&self) -> String {
        self.upload_bytes(&pdf()).await
    }

    pub async fn upload_bytes(&self, bytes: &[u8]) -> String {
        let asked = json!({
            "contentMd5": digest(bytes), "contentType": "application/pdf",
            "fileName": "合同.pdf", "fileSize": bytes.len().to_string(),
        });
        let (code, data) = self.post("/v3/files/file-upload-url", asked).await;
        assert_eq!(code, 0);
        let put = self
            .http
            .put(data["fileUploadUrl"].as_str().unwrap())
            .header("Content-MD5", digest(bytes))
            .header("Content-Type", "application/pdf")
            .body(bytes.to_vec());
        let answer: Value = serde_json::from_slice(&put.send().await.unwrap().bytes().await.unwrap()).unwrap();
        assert_eq!(answer["errCode"], 0);
        data["fileId"].as_str().unwrap().to_owned()
    }

    /// Creates a flow; what it is made of can be changed before.
    pub async fn create(&self, body: Value) -> String {
        let (code, data) = self.post("/v3/sign-flow/create-by-file", body).await;
        assert_eq!(code, 0, "{data}");
        data["signFlowId"].as_str().unwrap().to_owned()
    }

    /// A started flow that waits for party A.
    pub async fn started(&self, notify: Option<&str>) -> String {
        let file = self.upload().await;
        let flow = self.create(enterprise(&file, notify)).await;
        let (code, _) = self.call("POST", &format!("/v3/sign-flow/{flow}/start"), None).await;
        assert_eq!(code, 0);
        flow
    }

    /// The signed document of a completed flow.
    pub async fn signed(&self, flow: &str) -> Vec<u8> {
        let (code, data) = self.post(&format!("/v3/sign-flow/{flow}/file-download-url"), json!({})).await;
        assert_eq!(code, 0);
        let address = data["files"][0]["downloadUrl"].as_str().unwrap();
        let response = self.http.get(address).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().to_vec()
    }

    /// The flow as the test endpoints show it, once this holds.
    pub async fn until(&self, flow: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..200 {
            let (_, shown) = self.control("GET", &format!("flows/{flow}"), json!({})).await;
            if holds(&shown) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it never came to hold");
    }
}

fn vendor(file: &str) -> Value {
    json!({
        "signerType": 1,
        "signConfig": {"signOrder": 1},
        "signFields": [{"fileId": file, "customBizNum": "party-b", "normalSignFieldConfig": {
            "autoSign": true, "signFieldStyle": 1,
            "signFieldPosition": {"positionPage": "3", "positionX": 420.0, "positionY": 300.0}}}],
    })
}

fn field(file: &str) -> Value {
    json!([{"fileId": file, "customBizNum": "party-a", "normalSignFieldConfig": {
        "movableSignField": true, "signFieldStyle": 1,
        "signFieldPosition": {"positionPage": "3", "positionX": 150.0, "positionY": 300.0}}}])
}

fn flow_config(notify: Option<&str>) -> Value {
    json!({
        "signFlowTitle": "云服务协议", "autoStart": false, "autoFinish": true, "identityVerify": true, "notifyUrl": notify,
        "redirectConfig": {"redirectUrl": "http://127.0.0.1:9/contracts/1?from=sign", "redirectDelayTime": 3},
        "contractConfig": {"allowToRescind": false},
    })
}

/// A flow with the vendor first and a company second.
pub fn enterprise(file: &str, notify: Option<&str>) -> Value {
    json!({
        "docs": [{"fileId": file, "fileName": "合同.pdf"}],
        "signFlowConfig": flow_config(notify),
        "signers": [vendor(file), {
            "signerType": 1,
            "signConfig": {"signOrder": 2},
            "noticeConfig": {"noticeTypes": "1"},
            "orgSignerInfo": {
                "orgName": COMPANY,
                "orgInfo": {"orgIDCardNum": CREDIT_CODE, "orgIDCardType": "CRED_ORG_USCC"},
                "transactorInfo": {"psnAccount": MOBILE, "psnInfo": {
                    "psnName": PERSON, "psnIDCardNum": ID_CARD, "psnIDCardType": "CRED_PSN_CH_IDCARD"}},
            },
            "signFields": field(file),
        }],
    })
}

/// A flow with the vendor first and a person second.
pub fn personal(file: &str, notify: Option<&str>) -> Value {
    json!({
        "docs": [{"fileId": file}],
        "signFlowConfig": flow_config(notify),
        "signers": [vendor(file), {
            "signerType": 0,
            "signConfig": {"signOrder": 2},
            "psnSignerInfo": {"psnAccount": MOBILE, "psnInfo": {"psnName": PERSON, "psnIDCardNum": ID_CARD}},
            "signFields": field(file),
        }],
    })
}

pub fn operator() -> Value {
    json!({"operator": {"psnAccount": MOBILE}, "organization": {"orgName": COMPANY}, "needLogin": true, "clientType": "ALL"})
}

/// A document of three empty A4 pages.
pub fn pdf() -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let tree = document.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for _ in 0..3 {
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Resources" => dictionary! {},
            "MediaBox" => vec![0.into(), 0.into(), Object::Real(595.28), Object::Real(841.89)],
        };
        kids.push(document.add_object(page).into());
    }
    document.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 3 }.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

pub fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

/// A callback that arrived, and was signed as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    pub query: String,
    pub body: Value,
    pub raw: Bytes,
}

/// Receives callbacks on a port of its own; the first few can be refused.
pub struct Receiver {
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    refusing: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub async fn new(refuse: usize) -> Receiver {
        Receiver::on(0, refuse).await
    }

    pub async fn on(port: u16, refuse: usize) -> Receiver {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let url = format!("http://{}/callback?contract=01J&a=%E5%90%88", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let refusing = Arc::new(AtomicUsize::new(refuse));
        let (seen, left) = (Arc::clone(&arrived), Arc::clone(&refusing));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, left) = (Arc::clone(&seen), Arc::clone(&left));
                let service =
                    hyper::service::service_fn(move |request| receive(request, Arc::clone(&seen), Arc::clone(&left)));
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
            }
        });
        Receiver { url, arrived, refusing, task }
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The actions of what arrived, with the result or state that each tells.
    pub fn actions(&self) -> Vec<String> {
        let told = |arrived: Arrived| {
            let result = [&arrived.body["signResult"], &arrived.body["signFlowStatus"]];
            let result = result.into_iter().find(|value| !value.is_null()).unwrap_or(&Value::Null);
            format!("{} {result}", arrived.body["action"].as_str().unwrap())
        };
        self.arrived().into_iter().map(told).collect()
    }

    pub async fn wait(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.arrived().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.actions()
    }
}

async fn receive(
    request: hyper::Request<Incoming>,
    seen: Arc<Mutex<Vec<Arrived>>>,
    left: Arc<AtomicUsize>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let raw = body.collect().await.unwrap().to_bytes();
    let header = |name: &str| parts.headers[name].to_str().unwrap().to_owned();
    // The values of `a` and `contract`, decoded, in the order of their keys.
    let text = [header("x-tsign-open-timestamp").as_bytes(), "合01J".as_bytes(), &raw].concat();
    assert_eq!(header("x-tsign-open-signature"), hex::encode(hmac(SECRET, &text)));
    assert_eq!(header("x-tsign-open-app-id"), APP_ID);
    assert_eq!(header("x-tsign-open-signature-algorithm"), "hmac-sha256");
    let query = parts.uri.query().unwrap_or_default().to_owned();
    seen.lock().unwrap().push(Arrived { query, body: serde_json::from_slice(&raw).unwrap(), raw });
    let refuse = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
    let mut response = hyper::Response::new(Full::new(Bytes::from_static(b"{\"code\":\"200\",\"msg\":\"success\"}")));
    if refuse {
        *response.status_mut() = hyper::StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}
