//! `submit-signer`: step 3 of the wizard. Checks that the mobile number belongs to the signer, creates the signing flow, records it,
//! starts it, and sends the signer to the provider's page.
//!
//! The order is what makes it safe: a flow is created unstarted, its id is recorded by a conditional write, and only then it is
//! started. A flow that nobody recorded was never started and reaches nobody.

mod body;

use contract::{
    Clock, Command, Contract, ContractId, Credential, CredentialType, FileId, FlowId, IdentityCheck, Refusal, Signer,
    Signing, State, SubjectType, decide, may_submit_signer,
};
use esign::{NewFlow, Person, Provider, Signatory};
use store::{By, Documents, Names, Table, Vault};
use web::{Contact, Host, Problem, Request, Response};

use body::Sent;

/// The provider's calls of one step take so long together; the gateway waits for 30 s.
const PROVIDER_SECONDS: u64 = 9;

/// How often a step that others overtake is decided again before the caller is told.
const ATTEMPTS: u32 = 10;

/// After so many seconds a caller may try again when the provider is away.
const RETRY_AFTER_SECONDS: u64 = 10;

/// What this function works with.
pub struct App {
    table: Table,
    drafts: Documents,
    vault: Vault,
    names: Names,
    provider: Provider,
    public_url: String,
    console_url: String,
    contact: Contact,
    clock: Clock,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let drafts = host.settings.required("DRAFTS_BUCKET");
        let key = host.settings.required("KMS_KEY_ID");
        let subject_key = host.settings.required("SUBJECT_KEY");
        let provider = Provider::read(|name| host.settings.required(name), &host.clock, host.carrier.clone());
        let provider = host.settings.accept("ESIGN_BASE_URL", provider);
        let public_url = host.settings.required("PUBLIC_URL");
        let console_url = host.settings.required("CONSOLE_URL");
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            drafts: Documents::drafts(&host.aws, drafts),
            vault: Vault::new(&host.aws, key),
            names: Names::new(&subject_key),
            provider: provider?,
            public_url,
            console_url,
            contact: contact?,
            clock: host.clock.clone(),
        })
    }
}

/// `POST /v1/contracts/{id}/signer`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer = submit(app, &request).await;
    web::respond(&request, answer)
}

async fn submit(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let mut contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    let id = contract.id;
    let (value, _) = web::json_body(request)?;
    let sent = body::read(&value, contract.subject.kind)?;
    let by = By { actor: caller.actor(), origin: caller.origin.clone(), now: (app.clock)() };
    let provider = app.provider.within(std::time::Duration::from_secs(PROVIDER_SECONDS));
    let refused = |refusal: Refusal| Problem::refusal(&refusal, &app.contact);

    // The state is asked before anything is decrypted or checked; who it is, after.
    match &contract.state {
        State::Confirmed { .. } | State::Signing { .. } => {}
        _ => drop(may_submit_signer(&contract, &contract::Fingerprint(String::new())).map_err(refused)?),
    }
    let subject = opened_credential(app, &contract).await?;
    let (name, credential) = match &sent.transactor {
        Some(transactor) => (transactor.name.clone(), transactor.credential.clone()),
        None => (contract.subject.name.clone(), subject.clone()),
    };
    let fingerprint = app.names.signer(&name, &credential, &sent.mobile);
    let person = Person { name: &name, credential: &credential, mobile: &sent.mobile };

    // Made once, however often another writer is first: each check is paid for and counted.
    let mut check = None;
    for attempt in 0..ATTEMPTS {
        if !may_submit_signer(&contract, &fingerprint).map_err(refused)? {
            return signing(app, &provider, &contract, &sent).await;
        }
        let State::Confirmed { file } = &contract.state else { return Err(refused(Refusal::WrongState)) };
        if check.is_none() && credential.kind() == CredentialType::IdCard {
            check = Some(checked(app, &provider, &contract, &person, &by).await?);
        }
        let signatory = match contract.subject.kind {
            SubjectType::Personal => Signatory::Person(person),
            SubjectType::Enterprise => {
                Signatory::Enterprise { name: &contract.subject.name, credit_code: &subject, transactor: person }
            }
        };
        let flow = match create(app, &provider, &contract, file, signatory).await {
            Ok(flow) => flow,
            Err(problem) => {
                // What the provider said of the signer belongs into the history, whatever became of the flow.
                if let Some(check) = &check {
                    record(app, &contract, check, &by).await?;
                }
                return Err(problem);
            }
        };
        let signer = Signer {
            name: name.clone(),
            id_type: credential.kind(),
            id_masked: credential.masked(),
            mobile_masked: sent.mobile.masked(),
            mobile: app.vault.seal(sent.mobile.as_str(), &id.to_string()).await?,
            fingerprint: fingerprint.clone(),
            consent: sent.consent.clone(),
        };
        let now = (app.clock)();
        let recorded =
            Signing { flow: flow.clone(), signer, start_requested_at: now, waiting_since: now, flow_ended: false };
        let by = By { now, ..by.clone() };
        let events =
            decide(&contract, &Command::Sign { signing: recorded, check: check.clone() }, now).map_err(refused)?;
        match app.table.append(&contract, &events, &by).await {
            Ok(appended) => {
                // If it is not known whether the flow started, the timer looks, and starts it.
                provider.start(&flow).await.map_err(|failure| away(&appended.contract, &failure))?;
                return signing(app, &provider, &appended.contract, &sent).await;
            }
            Err(store::Failure::Conflict) => app.table.pause(attempt).await,
            Err(failure) => return Err(failure.into()),
        }
        contract = app.table.contract(id).await?.ok_or_else(Problem::not_found)?;
    }
    Err(store::Failure::Conflict.into())
}

/// Asks the provider whether name, document and mobile belong together (rule Z16). A refusal is recorded too.
async fn checked(
    app: &App,
    provider: &Provider,
    contract: &Contract,
    person: &Person<'_>,
    by: &By,
) -> Result<IdentityCheck, Problem> {
    let counted = (app.clock)();
    if let Err(many) = count(app, contract, counted).await? {
        return Err(Problem::too_many_checks(many.retry_after_seconds));
    }
    let check = match provider.check_identity(person).await {
        Ok(check) => check,
        Err(failure) => {
            // Nothing was learnt, so nothing is counted.
            app.table.uncount_check(&contract.subject.key, counted).await.or_else(conflict_is_fine)?;
            if failure.refusal() == Some(esign::Refusal::TooOften) {
                return Err(Problem::too_many_checks(60));
            }
            return Err(away(contract, &failure));
        }
    };
    if check.passed {
        return Ok(check);
    }
    record(app, contract, &check, by).await?;
    Err(Problem::identity_mismatch())
}

async fn record(app: &App, contract: &Contract, check: &IdentityCheck, by: &By) -> Result<(), store::Failure> {
    let recorded = app.table.change::<store::Failure>(contract.clone(), by, |contract| {
        Ok(decide(contract, &Command::RecordCheck { check: check.clone() }, by.now).unwrap_or_default())
    });
    recorded.await.map(|_| ())
}

async fn count(
    app: &App,
    contract: &Contract,
    now: contract::Timestamp,
) -> Result<Result<(), store::TooMany>, Problem> {
    for attempt in 0..ATTEMPTS {
        match app.table.count_check(&contract.subject.key, now).await {
            Err(store::Failure::Conflict) => app.table.pause(attempt).await,
            counted => return Ok(counted?),
        }
    }
    Err(store::Failure::Conflict.into())
}

fn conflict_is_fine(failure: store::Failure) -> Result<(), store::Failure> {
    if matches!(failure, store::Failure::Conflict) { Ok(()) } else { Err(failure) }
}

/// Creates the flow, unstarted. The draft went to the provider at step 2; it goes again only if the provider lost it.
async fn create(
    app: &App,
    provider: &Provider,
    contract: &Contract,
    file: &FileId,
    party_a: Signatory<'_>,
) -> Result<FlowId, Problem> {
    let number = contract.number.as_str();
    let title = format!("云服务协议 {number}");
    let callback_url = format!("{}/v1/esign/callback?contract={}", app.public_url, contract.id);
    let redirect_url = format!("{}/contracts/{}", app.console_url, contract.id);
    let flow = |file| NewFlow {
        file,
        title: &title,
        number: &contract.number,
        party_a,
        seal_a: contract.draft.seal_a,
        seal_b: contract.draft.seal_b,
        callback_url: &callback_url,
        redirect_url: &redirect_url,
    };
    match provider.create_flow(&flow(file)).await {
        Err(failure) if failure.refusal() == Some(esign::Refusal::FileLost) => {
            let pdf = app.drafts.get(contract.id, &contract.draft.sha256).await?;
            let file =
                provider.upload(&format!("{number}.pdf"), &pdf).await.map_err(|failure| away(contract, &failure))?;
            provider.create_flow(&flow(&file)).await.map_err(|failure| away(contract, &failure))
        }
        Err(failure) if failure.refusal() == Some(esign::Refusal::SignerMismatch) => Err(Problem::identity_mismatch()),
        other => other.map_err(|failure| away(contract, &failure)),
    }
}

/// The answer while `signing`: the contract and a fresh link.
async fn signing(app: &App, provider: &Provider, contract: &Contract, sent: &Sent) -> Result<Response, Problem> {
    let State::Signing { signing } = &contract.state else {
        return Err(Problem::refusal(&Refusal::WrongState, &app.contact));
    };
    let organisation = (contract.subject.kind == SubjectType::Enterprise).then_some(&contract.subject.name);
    let redirect = format!("{}/contracts/{}", app.console_url, contract.id);
    let url = provider
        .link(&signing.flow, &sent.mobile, organisation, &redirect)
        .await
        .map_err(|failure| away(contract, &failure))?;
    Ok(web::ok(&web::SignerAnswer {
        contract: web::ContractView::of(contract),
        signing: web::SigningLink::new(url, (app.clock)()),
    }))
}

/// The subject's document, decrypted.
async fn opened_credential(app: &App, contract: &Contract) -> Result<Credential, Problem> {
    let subject = &contract.subject;
    let number = app.vault.open(&subject.credential, &subject.key.0).await?;
    Credential::parse(subject.credential_type, &number)
        .map_err(|_| store::Failure::Unreadable { what: "a subject's document" }.into())
}

fn away(contract: &Contract, failure: &esign::Failure) -> Problem {
    log_away(contract.id, failure);
    Problem::provider_unavailable(RETRY_AFTER_SECONDS)
}

fn log_away(id: ContractId, failure: &esign::Failure) {
    tracing::warn!(contract = %id, cause = %failure, "the provider did not help");
}
