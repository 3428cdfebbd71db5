//! `open-signing`: step 4 of the wizard. A fresh link to the provider's signing page, as often as needed while the flow waits.

use contract::{Clock, Mobile, Refusal, SubjectType, may_open_signing};
use esign::Provider;
use store::{Table, Vault};
use web::{Contact, Host, Problem, Request, Response, SigningLink};

/// After so many seconds a caller may try again when the provider is away.
const RETRY_AFTER_SECONDS: u64 = 10;

/// What this function works with.
pub struct App {
    table: Table,
    vault: Vault,
    provider: Provider,
    console_url: String,
    contact: Contact,
    clock: Clock,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let key = host.settings.required("KMS_KEY_ID");
        let provider = Provider::read(|name| host.settings.required(name), &host.clock, host.carrier.clone());
        let provider = host.settings.accept("ESIGN_BASE_URL", provider);
        let console_url = host.settings.required("CONSOLE_URL");
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            vault: Vault::new(&host.aws, key),
            provider: provider?,
            console_url,
            contact: contact?,
            clock: host.clock.clone(),
        })
    }
}

/// `POST /v1/contracts/{id}/signing-session`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer = open(app, &request).await;
    web::respond(&request, answer.map(|link| web::ok(&link)))
}

async fn open(app: &App, request: &Request) -> Result<SigningLink, Problem> {
    let caller = web::customer(request)?;
    let contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    web::Fields::of(&web::optional_json_body(request)?).finish(Some(()))?;
    let signing = may_open_signing(&contract).map_err(|refusal: Refusal| Problem::refusal(&refusal, &app.contact))?;
    let mobile = app.vault.open(&signing.signer.mobile, &contract.id.to_string()).await?;
    let mobile = Mobile::parse(&mobile).map_err(|_| store::Failure::Unreadable { what: "a signer's mobile number" })?;
    let organisation = (contract.subject.kind == SubjectType::Enterprise).then_some(&contract.subject.name);
    let redirect = format!("{}/contracts/{}", app.console_url, contract.id);
    match app.provider.link(&signing.flow, &mobile, organisation, &redirect).await {
        Ok(url) => Ok(SigningLink::new(url, (app.clock)())),
        Err(failure) => {
            // Not started yet, or just ended: the timer or a callback brings the contract there.
            tracing::warn!(contract = %contract.id, cause = %failure, "the provider gave no link");
            Err(Problem::provider_unavailable(RETRY_AFTER_SECONDS))
        }
    }
}
