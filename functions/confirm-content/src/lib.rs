//! `confirm-content`: step 2 of the wizard. Shows the draft, and takes the confirmation of exactly that draft.

use contract::{Clock, Command, Contract, FileId, Invalid, Refusal, Sha256, decide, may_confirm};
use esign::Provider;
use store::{By, Documents, Table};
use web::{Contact, Fields, Host, Problem, Request, Response};

/// How often a step that others overtake is decided again before the caller is told.
const ATTEMPTS: u32 = 10;

/// After so many seconds a caller may try again when the provider is away.
const RETRY_AFTER_SECONDS: u64 = 10;

/// The provider's calls of one step take so long together; the gateway waits for 30 s.
const PROVIDER_SECONDS: u64 = 9;

/// What this function works with.
pub struct App {
    table: Table,
    drafts: Documents,
    provider: Provider,
    contact: Contact,
    clock: Clock,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let drafts = host.settings.required("DRAFTS_BUCKET");
        let provider = Provider::read(|name| host.settings.required(name), &host.clock, host.carrier.clone());
        let provider = host.settings.accept("ESIGN_BASE_URL", provider);
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            drafts: Documents::drafts(&host.aws, drafts),
            provider: provider?,
            contact: contact?,
            clock: host.clock.clone(),
        })
    }
}

/// `GET /v1/contracts/{id}/draft` and `POST /v1/contracts/{id}/confirm`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer = if request.method() == "GET" { show(app, &request).await } else { confirm(app, &request).await };
    web::respond(&request, answer)
}

/// A short-lived link to the draft.
async fn show(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    let link = app.drafts.link(contract.id, &contract.draft.sha256, (app.clock)()).await?;
    Ok(web::ok(&web::LinkView {
        url: link.url,
        sha256: contract.draft.sha256.to_string(),
        pages: Some(contract.draft.pages),
        expires_at: link.expires_at.to_string(),
    }))
}

/// The customer confirms the draft by its SHA-256; the provider gets it now, so that step 3 only creates and starts.
async fn confirm(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let mut contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    let (value, _) = web::json_body(request)?;
    let mut fields = Fields::of(&value);
    let draft = fields.text("draftSha256", |text| text.parse::<Sha256>().map_err(|_| Invalid::BadFormat));
    let draft = fields.finish(draft)?;
    let by = By { actor: caller.actor(), origin: caller.origin.clone(), now: (app.clock)() };
    let refused = |refusal: Refusal| Problem::refusal(&refusal, &app.contact);
    let mut uploaded = None;
    for attempt in 0..ATTEMPTS {
        if !may_confirm(&contract, &draft).map_err(refused)? {
            return Ok(web::ok(&web::ContractView::of(&contract)));
        }
        let file = match uploaded.take() {
            Some(file) => file,
            None => upload(app, &contract).await?,
        };
        let events = decide(&contract, &Command::Confirm { draft, file: file.clone() }, by.now).map_err(refused)?;
        match app.table.append(&contract, &events, &by).await {
            Ok(appended) => return Ok(web::ok(&web::ContractView::of(&appended.contract))),
            // The same draft needs no second upload.
            Err(store::Failure::Conflict) => uploaded = Some(file),
            Err(failure) => return Err(failure.into()),
        }
        app.table.pause(attempt).await;
        contract = app.table.contract(contract.id).await?.ok_or_else(Problem::not_found)?;
    }
    Err(store::Failure::Conflict.into())
}

async fn upload(app: &App, contract: &Contract) -> Result<FileId, Problem> {
    let pdf = app.drafts.get(contract.id, &contract.draft.sha256).await?;
    let provider = app.provider.within(std::time::Duration::from_secs(PROVIDER_SECONDS));
    let file = provider.upload(&format!("{}.pdf", contract.number), &pdf).await;
    file.map_err(|failure| {
        tracing::warn!(contract = %contract.id, cause = %failure, "the provider did not take the draft");
        Problem::provider_unavailable(RETRY_AFTER_SECONDS)
    })
}
