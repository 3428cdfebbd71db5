//! `esign-callback`: the provider's webhook. Believes nothing that is not signed by the provider, keeps what is, and has the contract
//! looked at where the flow has moved. It answers within milliseconds; all work is done behind the queue.

use contract::{Clock, ContractId};
use esign::{Callback, Received, Secret, verify_callback};
use lambda_http::{Body, RequestExt as _};
use serde::Serialize;
use store::{Queue, Table};
use web::{Host, Problem, Request, Response};

/// Largest callback, in bytes. The provider's have about one kilobyte.
const MOST_BYTES: usize = 64 * 1024;

/// What the provider tells of single signers. It says nothing about the flow's end, of which the provider calls separately, so nothing is to
/// be asked because of it (Open API V3, notify3: `SIGN_MISSON_COMPLETE` is the provider's own spelling).
const OF_ONE_SIGNER: [&str; 2] = ["SIGN_MISSON_COMPLETE", "OPERATOR_READ"];

/// Headers that are kept with a callback: what its signature covers or names.
const KEPT_HEADERS: [&str; 4] =
    ["x-tsign-open-app-id", "x-tsign-open-timestamp", "x-tsign-open-signature-algorithm", "x-tsign-open-signature"];

/// What this function works with.
pub struct App {
    table: Table,
    settlements: Queue,
    app_id: String,
    secret: Secret,
    clock: Clock,
}

#[derive(Serialize)]
struct Message {
    contract: ContractId,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let queue = host.settings.required("SETTLEMENTS_QUEUE_URL");
        let app_id = host.settings.required("ESIGN_APP_ID");
        let secret = host.settings.required("ESIGN_APP_SECRET");
        let secret = host.settings.accept("ESIGN_APP_SECRET", Secret::new(&secret));
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            settlements: Queue::new(&host.aws, queue),
            app_id,
            secret: secret?,
            clock: host.clock.clone(),
        })
    }
}

/// `POST /v1/esign/callback?contract={id}`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer = take(app, &request).await;
    web::respond(&request, answer)
}

/// Verifies on the raw bytes, keeps them as evidence, then queues the contract. Where one of the two fails the provider is told so,
/// and calls again.
async fn take(app: &App, request: &Request) -> Result<Response, Problem> {
    let body: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if body.len() > MOST_BYTES {
        return Err(Problem::too_large());
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let query = request.uri().query().unwrap_or_default();
    let received = Received {
        app_id: header("x-tsign-open-app-id"),
        timestamp: header("x-tsign-open-timestamp"),
        signature: header("x-tsign-open-signature"),
        raw_query: query,
        body,
    };
    if let Err(forged) = verify_callback(&app.app_id, std::slice::from_ref(&app.secret), &received) {
        tracing::warn!(cause = %forged, "a callback was not believed");
        return Err(Problem::forged_callback());
    }
    let named =
        request.query_string_parameters_ref().and_then(|query| query.first("contract")).and_then(ContractId::parse);
    let (Some(contract), Ok(callback)) = (named, Callback::parse(body)) else {
        // Genuine, but about nothing that is known here; the provider need not send it again.
        tracing::warn!("a genuine callback names no contract");
        return Ok(web::callback_taken());
    };
    let kept = store::Callback {
        contract,
        body: String::from_utf8_lossy(body).into_owned(),
        query: query.to_owned(),
        headers: KEPT_HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), header(name)?.to_owned()))).collect(),
        received_at: (app.clock)(),
    };
    app.table.keep_callback(&kept).await?;
    if !OF_ONE_SIGNER.contains(&callback.action.as_str()) {
        app.settlements.send(&Message { contract }).await?;
    }
    tracing::info!(contract = %contract, action = %callback.action, "a callback was taken");
    Ok(web::about(web::callback_taken(), contract))
}
