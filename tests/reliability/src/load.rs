//! Many at once, over HTTP, on the local stack: applications that race for one subject, one request sent again and again, and contracts from
//! their first step to their last.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use countersign::{Options, Stack};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::simulation::people::{Subject, company};

/// Applications of one round, from two accounts of one subject.
const APPLICANTS: u32 = 50;
/// Requests that carry one `Idempotency-Key`.
const REPEATS: u32 = 64;
/// Contracts that are on their way at once.
const AT_ONCE: usize = 16;
/// So often somebody tries again who is told to, because a machine this busy keeps the provider waiting too.
const ATTEMPTS: u32 = 10;
/// A contract that has not ended so long after its signature is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(15 * 60);
/// A client waits so long for an answer: longer than the gateway.
const PATIENCE: Duration = Duration::from_secs(35);

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Rounds of applications that race for one subject.
    pub rounds: u32,
    /// Keys that are repeated.
    pub keys: u32,
    /// Contracts that go all the way.
    pub contracts: u32,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Figures {
    pub rounds: u32,
    /// Rounds that ended with one contract.
    pub single: u32,
    pub keys: u32,
    /// Keys that had one effect and equal answers.
    pub equal: u32,
    pub contracts: u32,
    /// Contracts that were signed.
    pub signed: u32,
    /// So often an answer was to try again later, and that was done.
    pub again: u32,
    pub took: Duration,
    pub violations: Vec<String>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rounds of {APPLICANTS} applications, one contract in {}", self.rounds, self.single)?;
        writeln!(f, "{} keys under {REPEATS} requests, one effect and equal answers of {}", self.keys, self.equal)?;
        writeln!(f, "{} contracts, {} signed; told to try again: {}", self.contracts, self.signed, self.again)?;
        write!(f, "violations: {}, in {} s", self.violations.len(), self.took.as_secs())
    }
}

/// Puts the load on a stack of its own; `progress` is told each round, key and contract that is done, by what it is and how many there are.
///
/// # Errors
/// When the stack does not start.
pub async fn run(size: Size, progress: impl Fn(&'static str, u32)) -> Result<Figures, countersign::StartError> {
    let began = Instant::now();
    // Kept in files, as `cargo run` keeps it: in memory all documents would be held there, too.
    let data = std::env::temp_dir().join(format!("countersign-load-{:016x}", rand::random::<u64>()));
    let options = Options { register_customers: false, data: Some(data.clone()), ..Options::default() };
    let stack = Stack::start(options).await?;
    let field = Arc::new(Field::new(&stack)?);
    let mut figures = Figures::default();
    for round in 0..size.rounds {
        let came = races(&field, company(round)).await;
        figures.rounds += 1;
        figures.single += u32::from(came.is_ok());
        figures.violations.extend(came.err());
        progress("rounds", figures.rounds);
    }
    for key in 0..size.keys {
        let came = repeats(&field, company(1_000_000 + key)).await;
        figures.keys += 1;
        figures.equal += u32::from(came.is_ok());
        figures.violations.extend(came.err());
        progress("keys", figures.keys);
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut contracts = JoinSet::new();
    for number in 0..size.contracts {
        let place = Arc::clone(&places).acquire_owned().await.expect("nobody closes it");
        let field = Arc::clone(&field);
        contracts.spawn(async move {
            let _place = place;
            all_the_way(&field, company(2_000_000 + number)).await
        });
        while let Some(done) = contracts.try_join_next() {
            figures.ended(done.expect("no contract panics"), &progress);
        }
    }
    while let Some(done) = contracts.join_next().await {
        figures.ended(done.expect("no contract panics"), &progress);
    }
    figures.violations.extend(flows_are_all_completed(&field, size.contracts).await);
    figures.again = field.again.load(Ordering::Relaxed);
    figures.took = began.elapsed();
    stack.stop().await;
    // What is left behind is the temporary folder's to clean.
    let _ = std::fs::remove_dir_all(&data);
    Ok(figures)
}

impl Figures {
    fn ended(&mut self, came: Result<(), String>, progress: &impl Fn(&'static str, u32)) {
        self.contracts += 1;
        match came {
            Ok(()) => self.signed += 1,
            Err(what) => self.violations.push(what),
        }
        progress("contracts", self.contracts);
    }
}

/// The stack from outside.
struct Field {
    http: reqwest::Client,
    base_url: String,
    sandbox_url: String,
    staff: String,
    again: AtomicU32,
}

/// An answer: status and body.
type Answer = Result<(u16, Value), String>;

impl Field {
    fn new(stack: &Stack) -> Result<Self, countersign::StartError> {
        let http =
            reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("an HTTP client can be built");
        let staff = stack.token("staff-1", "contracts/staff")?;
        let (base_url, sandbox_url) = (stack.base_url().to_owned(), stack.sandbox_url().to_owned());
        Ok(Self { http, base_url, sandbox_url, staff, again: AtomicU32::new(0) })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.map_err(|error| format!("no answer: {error:?}"))?;
        let status = answer.status().as_u16();
        let body = answer.text().await.map_err(|error| format!("no whole answer: {error:?}"))?;
        Ok((status, serde_json::from_str(&body).unwrap_or_default()))
    }

    fn request(&self, token: &str, method: Method, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base_url)).bearer_auth(token);
        if body.is_null() {
            return request;
        }
        request.header("content-type", "application/json").body(body.to_string())
    }

    /// One call that has to be answered with this status; where the answer is to try again later, that is done.
    async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: &Value,
        expected: u16,
    ) -> Result<Value, String> {
        let mut attempt = 1;
        loop {
            let (status, answer) = self.send(self.request(token, method.clone(), path, body)).await?;
            if status == expected {
                return Ok(answer);
            }
            if status != 503 || attempt == ATTEMPTS {
                return Err(format!("{method} {path}: {status} {answer}"));
            }
            attempt += 1;
            self.again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }

    /// The token of an account that is verified as this subject.
    async fn account(&self, account: &str, subject: Subject) -> Result<String, String> {
        let mut identity = subject.as_json();
        identity["verifiedAt"] = json!("2026-01-01T00:00:00Z");
        let path = format!("/v1/staff/customers/{account}/identity");
        self.call(&self.staff, Method::PUT, &path, &identity, 200).await?;
        let body = json!({ "customerId": account, "scope": "contracts/self" });
        let token = self.call("", Method::POST, "/dev/token", &body, 200).await?;
        Ok(token["accessToken"].as_str().unwrap_or_default().to_owned())
    }
}

/// So many requests at the same moment.
async fn at_once(field: &Arc<Field>, requests: Vec<reqwest::RequestBuilder>) -> Vec<Answer> {
    let mut answers = JoinSet::new();
    for request in requests {
        let field = Arc::clone(field);
        answers.spawn(async move { field.send(request).await });
    }
    answers.join_all().await
}

/// How many contracts an account has.
async fn contracts_of(field: &Field, token: &str) -> Result<usize, String> {
    let listed = field.call(token, Method::GET, "/v1/contracts", &Value::Null, 200).await?;
    Ok(listed["items"].as_array().map_or(0, Vec::len))
}

/// One round: however many apply for one subject at once, one contract comes of it, and the others are told of the open one.
async fn races(field: &Arc<Field>, subject: Subject) -> Result<(), String> {
    let round = async {
        let accounts = [format!("{}-a", subject.number), format!("{}-b", subject.number)];
        let mut tokens = Vec::new();
        for account in &accounts {
            tokens.push(field.account(account, subject).await?);
        }
        let body = subject.application("company", "赵联络");
        let requests = (0..APPLICANTS)
            .map(|at| field.request(&tokens[at as usize % 2], Method::POST, "/v1/contracts", &body))
            .collect();
        let answers = at_once(field, requests).await;
        let mut contracts = 0;
        for token in &tokens {
            contracts += contracts_of(field, token).await?;
        }
        let created = answers.iter().filter(|answer| matches!(answer, Ok((201, _)))).count();
        let refused = |answer: &&Answer| matches!(answer, Ok((409, body)) if body["code"] == "contract_open");
        let others: Vec<_> =
            answers.iter().filter(|answer| !refused(answer) && !matches!(answer, Ok((201, _)))).collect();
        if (created, contracts, others.len()) == (1, 1, 0) {
            return Ok(());
        }
        Err(format!("{created} were told of a new contract, {contracts} are there, and of the rest {others:?}"))
    };
    let came: Result<(), String> = round.await;
    came.map_err(|what| format!("applications for {}: {what}", subject.number))
}

/// One key: however often the request comes, it has one effect, and all answers are equal.
async fn repeats(field: &Arc<Field>, subject: Subject) -> Result<(), String> {
    let key = async {
        let token = field.account(subject.number, subject).await?;
        let body = subject.application("company", "赵联络");
        let requests = (0..REPEATS)
            .map(|_| {
                field.request(&token, Method::POST, "/v1/contracts", &body).header("idempotency-key", subject.number)
            })
            .collect();
        let mut answers = at_once(field, requests).await;
        answers.dedup();
        let contracts = contracts_of(field, &token).await?;
        match answers.as_slice() {
            [Ok((201, _))] if contracts == 1 => Ok(()),
            _ => Err(format!("{contracts} contracts, answers {answers:?}")),
        }
    };
    let came: Result<(), String> = key.await;
    came.map_err(|what| format!("repeats for {}: {what}", subject.number))
}

/// One contract, from the subject's verification to its document.
async fn all_the_way(field: &Field, subject: Subject) -> Result<(), String> {
    let token = field.account(subject.number, subject).await?;
    let contract =
        field.call(&token, Method::POST, "/v1/contracts", &subject.application("company", "赵联络"), 201).await?;
    let path = format!("/v1/contracts/{}", contract["id"].as_str().unwrap_or_default());
    let confirmation = json!({ "draftSha256": contract["draft"]["sha256"] });
    field.call(&token, Method::POST, &format!("{path}/confirm"), &confirmation, 200).await?;
    field.call(&token, Method::POST, &format!("{path}/signer"), &subject.signer("13900000012"), 200).await?;
    let of_staff = path.replace("/v1/", "/v1/staff/");
    let shown = field.call(&field.staff, Method::GET, &of_staff, &Value::Null, 200).await?;
    let flow = shown["flowId"].as_str().unwrap_or_default();
    let sign = field.http.post(format!("{}/sandbox/flows/{flow}/sign", field.sandbox_url)).body("{}");
    let (status, answer) = field.send(sign.header("content-type", "application/json")).await?;
    if status != 200 {
        return Err(format!("the signature of {path}: {status} {answer}"));
    }
    let signed = Instant::now();
    loop {
        let shown = field.call(&token, Method::GET, &path, &Value::Null, 200).await?;
        if shown["state"] == "signed" && shown["needsReview"] == false {
            break;
        }
        if signed.elapsed() > STUCK_AFTER {
            return Err(format!("{path} is stuck: {shown}"));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    field.call(&token, Method::GET, &format!("{path}/document"), &Value::Null, 200).await?;
    Ok(())
}

/// The provider has one flow for each contract, and it is completed.
async fn flows_are_all_completed(field: &Field, contracts: u32) -> Option<String> {
    let flows = field.send(field.http.get(format!("{}/sandbox/flows", field.sandbox_url))).await;
    let flows = match flows {
        Ok((_, flows)) => flows.as_array().cloned().unwrap_or_default(),
        Err(what) => return Some(format!("the provider's flows: {what}")),
    };
    let completed = flows.iter().filter(|flow| flow["status"] == 2).count();
    let fits = (flows.len(), completed) == (contracts as usize, contracts as usize);
    (!fits).then(|| format!("{} flows, {completed} completed, for {contracts} contracts", flows.len()))
}
