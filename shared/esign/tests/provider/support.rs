//! A provider in a few lines: it writes down what it receives and answers what the test laid ready, or fails as the test wants.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use contract::{ContractNumber, Credential, CredentialType, FileId, FlowId, Mobile, Name, SealSpot};
use esign::{Failure, NewFlow, Person, Provider, Secret, Settings, Signatory};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

pub const APP_ID: &str = "7438000001";
pub const SECRET: &str = "a secret of this test";
/// 2026-11-24T00:00:00Z.
pub const NOW_MS: i64 = 1_795_478_400_000;

/// What the server does with one request, once it has received all of it.
#[derive(Clone, Debug)]
pub enum Act {
    Answer(u16, Vec<u8>),
    /// A body without a known length, cut into chunks.
    Chunked(Vec<u8>),
    Silence,
    HangUp,
    /// Half of an answer, then the end.
    BreakOff,
}

pub fn code(code: i64, message: &str, data: Value) -> Act {
    let mut answer = json!({"code": code, "message": message});
    answer["data"] = data;
    Act::Answer(200, answer.to_string().into_bytes())
}

pub fn ok(data: Value) -> Act {
    code(0, "成功", data)
}

pub fn status(status: u16) -> Act {
    Act::Answer(status, b"<html>not of the API</html>".to_vec())
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Book {
    script: VecDeque<Act>,
    requests: Vec<Request>,
}

#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

impl Server {
    /// A server that plays `script`, one act for each request; `{host}` in it becomes its own address. After it, silence.
    pub async fn playing(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, book: Arc::default() };
        server.book.lock().unwrap().script = script.into_iter().map(|act| at(act, address)).collect();
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    pub fn requests(&self) -> Vec<Request> {
        self.book.lock().unwrap().requests.clone()
    }

    pub fn targets(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }

    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new(&format!("http://{}", self.address), APP_ID, Secret::new(SECRET).unwrap());
        settings.connect_timeout = Duration::from_millis(500);
        settings.total_timeout = Duration::from_secs(2);
        settings
    }

    pub fn provider(&self) -> Provider {
        provider(&self.settings())
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(request) = read(&mut stream).await {
            let act = {
                let mut book = self.book.lock().unwrap();
                book.requests.push(request);
                book.script.pop_front().unwrap_or(Act::Silence)
            };
            match act {
                Act::Answer(status, body) => {
                    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
                    stream.write_all(&[head.as_bytes(), &body].concat()).await.ok();
                }
                Act::Chunked(body) => {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.ok();
                    for chunk in body.chunks(64 * 1024) {
                        let piece = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
                        if stream.write_all(&piece).await.is_err() {
                            return;
                        }
                    }
                    stream.write_all(b"0\r\n\r\n").await.ok();
                }
                Act::Silence => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                Act::HangUp => return,
                Act::BreakOff => {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0").await.ok();
                    return;
                }
            }
        }
    }
}

pub fn provider(settings: &Settings) -> Provider {
    Provider::new(settings, Arc::new(|| contract::Timestamp::from_millisecond(NOW_MS).unwrap()), None).unwrap()
}

fn at(act: Act, address: SocketAddr) -> Act {
    match act {
        Act::Answer(status, body) => match String::from_utf8(body) {
            Ok(text) => Act::Answer(status, text.replace("{host}", &address.to_string()).into_bytes()),
            Err(bytes) => Act::Answer(status, bytes.into_bytes()),
        },
        other => other,
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut request = Request { method, target, headers, body: bytes.split_off(head_end + 4) };
    let length: usize = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(request)
}

/// A person who does not exist, with a number whose checksum holds.
pub struct Somebody {
    pub name: Name,
    pub credential: Credential,
    pub mobile: Mobile,
}

impl Somebody {
    pub fn new() -> Self {
        Self {
            name: Name::parse("王小明").unwrap(),
            credential: Credential::parse(CredentialType::IdCard, "11010519491231002X").unwrap(),
            mobile: Mobile::parse("13800138000").unwrap(),
        }
    }

    pub fn person(&self) -> Person<'_> {
        Person { name: &self.name, credential: &self.credential, mobile: &self.mobile }
    }
}

pub fn flow() -> FlowId {
    FlowId::new("f0001")
}

/// Creates a flow that [`Somebody`] is to sign.
pub async fn create(provider: &Provider) -> Result<FlowId, Failure> {
    let (somebody, file) = (Somebody::new(), FileId::new("file-1"));
    let new = NewFlow {
        file: &file,
        title: "云服务协议",
        number: &ContractNumber::parse("HT-20261124-0123456789").unwrap(),
        party_a: Signatory::Person(somebody.person()),
        seal_a: SealSpot { page: 8, x: 100.0, y: 200.0 },
        seal_b: SealSpot { page: 8, x: 300.0, y: 200.0 },
        callback_url: "https://contracts.example/v1/esign/callback?contract=1",
        redirect_url: "https://console.example/",
    };
    provider.create_flow(&new).await
}
