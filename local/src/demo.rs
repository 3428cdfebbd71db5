//! The demo: signs one enterprise and one personal contract on a stack in memory, through the same API customers use.
//!
//! It succeeds only when both contracts are signed and both PDFs pass the project's own check of signatures.

use crate::client::{Client, ClientError};
use crate::customers::{CUSTOMER_SCOPE, STAFF, STAFF_SCOPE};
use crate::parameters::PARTY_B_NAME;
use crate::stack::{Options, Stack, StartError};
use contract::{Sha256, Timestamp};
use evidence::{Anchors, Defect, Expected, NotAnchors, Party};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is typed in, per contract.
const INPUTS: [&str; 2] =
    [include_str!("../../events/demo-enterprise.json"), include_str!("../../events/demo-personal.json")];
/// How long signing and archiving may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two looks at the contract.
const PAUSE: Duration = Duration::from_millis(100);

/// Why the demo failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The stack did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A call failed or was refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The inputs are damaged.
    #[error("The demo's inputs cannot be read: {0}.")]
    Input(#[from] serde_json::Error),
    /// The folder for the PDFs cannot be used.
    #[error("The file {0} cannot be written: {1}.")]
    Output(PathBuf, std::io::Error),
    /// The contract went another way.
    #[error("The contract is {state} after {seconds} s; it should be signed.")]
    NotSigned {
        /// Its state then.
        state: String,
        /// How long was waited.
        seconds: u64,
    },
    /// What was downloaded is not what the API announced.
    #[error("The downloaded file has another SHA-256 than the contract names.")]
    OtherFile,
    /// The signed PDF does not verify.
    #[error("The signed PDF does not verify: {0}.")]
    Defect(#[from] Defect),
    /// The sandbox's root certificate cannot be read.
    #[error("The sandbox's root certificate cannot be read: {0}.")]
    Anchors(#[from] NotAnchors),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    title: String,
    account: String,
    language: String,
    application: Value,
    signer: Value,
}

/// Runs the demo and writes the signed PDFs to `folder`, which is made where it is missing.
///
/// # Errors
///
/// When anything on the way fails, or a signed PDF does not verify.
pub async fn run(folder: &Path) -> Result<(), DemoError> {
    let started = Instant::now();
    std::fs::create_dir_all(folder).map_err(|error| DemoError::Output(folder.to_owned(), error))?;
    let stack = Stack::start(Options::default()).await?;
    say(&format!("本地环境已启动 · the local stack is up   {} ms\n", started.elapsed().as_millis()));
    let outcome = sign_all(&stack, folder).await;
    stack.stop().await;
    let files = outcome?;
    say(&format!(
        "\n两份合同均已签署并通过验证 · both contracts are signed and verify ({:.1} s)\n",
        started.elapsed().as_secs_f64()
    ));
    for file in files {
        say(&format!("  {}\n", file.display()));
    }
    Ok(())
}

async fn sign_all(stack: &Stack, folder: &Path) -> Result<Vec<PathBuf>, DemoError> {
    let mut files = Vec::new();
    for input in INPUTS {
        let input: Input = serde_json::from_str(input)?;
        say(&format!("\n{}\n", input.title));
        files.push(sign_one(stack, &input, folder).await?);
    }
    Ok(files)
}

async fn sign_one(stack: &Stack, input: &Input, folder: &Path) -> Result<PathBuf, DemoError> {
    let customer = Client::new(stack.base_url(), &stack.token(&input.account, CUSTOMER_SCOPE)?, &input.language)?;
    let staff = Client::new(stack.base_url(), &stack.token(STAFF, STAFF_SCOPE)?, "zh-CN")?;
    let steps = Steps::default();

    let eligibility = customer.get("/v1/eligibility").await?;
    let name = text(&eligibility, "/subject/name");
    steps.done("可以申请 · eligible", &name);

    let contract = customer.post("/v1/contracts", &input.application).await?;
    let id = text(&contract, "/id");
    steps.done("第 1 步 填写甲方信息 · step 1, party A", &text(&contract, "/number"));

    let draft = customer.get(&format!("/v1/contracts/{id}/draft")).await?;
    let pdf = customer.download(&text(&draft, "/url")).await?;
    let draft_sha256 = Sha256::of(&pdf);
    if draft_sha256.to_string() != text(&draft, "/sha256") {
        return Err(DemoError::OtherFile);
    }
    steps.done("预览草稿 · the draft", &format!("{} 页 pages, {} kB", number(&draft, "/pages"), pdf.len() / 1024));

    let body = json!({ "draftSha256": draft_sha256 });
    customer.post(&format!("/v1/contracts/{id}/confirm"), &body).await?;
    steps.done("第 2 步 确认合同内容 · step 2, confirmed", &draft_sha256.to_string());

    let submitted = customer.post(&format!("/v1/contracts/{id}/signer"), &input.signer).await?;
    steps.done("第 3 步 提交签署人 · step 3, signer", &text(&submitted, "/contract/state"));

    let flow = text(&staff.get(&format!("/v1/staff/contracts/{id}")).await?, "/flowId");
    let sandbox = Client::new(stack.sandbox_url(), "", "zh-CN")?;
    sandbox.post(&format!("/sandbox/flows/{flow}/sign"), &json!({})).await?;
    steps.done("第 4 步 在沙箱签署 · step 4, signed at the sandbox", &flow);

    let signed = wait_until_signed(&customer, &id).await?;
    steps.done("已归档 · archived", &text(&signed, "/signedAt"));

    let document = customer.get(&format!("/v1/contracts/{id}/document")).await?;
    let pdf = customer.download(&text(&document, "/url")).await?;
    if Sha256::of(&pdf).to_string() != text(&document, "/sha256") {
        return Err(DemoError::OtherFile);
    }
    let file = folder.join(format!("{}.pdf", text(&signed, "/number")));
    std::fs::write(&file, &pdf).map_err(|error| DemoError::Output(file.clone(), error))?;
    let anchors = Anchors::from_pem(&stack.trust_anchor())?;
    let expected = Expected {
        draft_sha256: Some(draft_sha256),
        draft: None,
        created_at: None,
        party_a: Party::named(&name, text(&eligibility, "/subject/type") == "enterprise"),
        party_b: Party::named(PARTY_B_NAME, true),
        now: Timestamp::now(),
    };
    let verified = evidence::verify(&pdf, &anchors, &expected)?;
    let signers: Vec<&str> = verified.signatures.iter().map(|signature| signature.signer.as_str()).collect();
    steps.done("签名有效 · signatures verify", &signers.join(" + "));
    Ok(file)
}

async fn wait_until_signed(customer: &Client, id: &str) -> Result<Value, DemoError> {
    let started = Instant::now();
    loop {
        let contract = customer.get(&format!("/v1/contracts/{id}")).await?;
        let state = text(&contract, "/state");
        let waiting = ["signing", "completing"].contains(&state.as_str())
            && contract.pointer("/needsReview") != Some(&true.into());
        match state.as_str() {
            "signed" => return Ok(contract),
            _ if waiting && started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            _ => return Err(DemoError::NotSigned { state, seconds: started.elapsed().as_secs() }),
        }
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

/// Says how long each step took.
struct Steps(std::cell::Cell<Instant>);

impl Default for Steps {
    fn default() -> Self {
        Self(std::cell::Cell::new(Instant::now()))
    }
}

impl Steps {
    fn done(&self, what: &str, detail: &str) {
        let took = self.0.replace(Instant::now()).elapsed().as_millis();
        say(&format!("  {took:>5} ms  {what}   {detail}\n"));
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Where nobody reads the output, there is nobody to tell.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
