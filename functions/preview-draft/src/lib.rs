//! `preview-draft`: the pages of a draft as pictures, drawn from the very PDF that is confirmed and signed.

use contract::{Invalid, Refusal, Sha256};
use store::{Documents, Table};
use web::{Contact, FieldError, Host, Problem, Request, Response};

/// The width of a picture where none is asked for, in pixels.
const WIDTH: u16 = 1000;

/// How long a browser may keep a picture of a draft that is named by its digest, in seconds. Such a picture never changes.
const KEPT_SECONDS: u32 = 3600;

/// What this function works with.
pub struct App {
    table: Table,
    drafts: Documents,
    contact: Contact,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let drafts = host.settings.required("DRAFTS_BUCKET");
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            drafts: Documents::drafts(&host.aws, drafts),
            contact: contact?,
        })
    }
}

/// `GET /v1/contracts/{id}/draft/pages/{page}`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer = show(app, &request).await;
    web::respond(&request, answer)
}

async fn show(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    let page = web::parameter(request, "page").and_then(|text| number::<u32>(&text));
    let page = page.filter(|page| (1..=contract.draft.pages).contains(page)).ok_or_else(Problem::not_found)?;
    let Asked { width, sha256 } = Asked::of(request)?;
    let draft = contract.draft.sha256;
    if sha256.is_some_and(|sha256| sha256 != draft) {
        return Err(Problem::refusal(&Refusal::DraftChanged, &app.contact));
    }
    let pdf = app.drafts.get(contract.id, &draft).await?;
    // Drawing takes the processor for a while, and others may be waiting for it in the same process.
    let picture = tokio::task::spawn_blocking(move || preview::page(&pdf, page, width)).await??;
    Ok(web::png(picture, sha256.map(|_| KEPT_SECONDS)))
}

/// What the query says.
struct Asked {
    width: u16,
    /// The draft that is meant. Without it, it is the draft as it stands.
    sha256: Option<Sha256>,
}

impl Asked {
    fn of(request: &Request) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut refuse = |name: &str| {
            errors.push(FieldError { pointer: format!("/{name}"), invalid: Invalid::BadFormat });
        };
        let width = match web::query(request, "width") {
            None => WIDTH,
            Some(text) => number(text).filter(|width| preview::WIDTHS.contains(width)).unwrap_or_else(|| {
                refuse("width");
                WIDTH
            }),
        };
        let sha256 = web::query(request, "sha256").and_then(|text| {
            let read = text.parse().ok();
            if read.is_none() {
                refuse("sha256");
            }
            read
        });
        if errors.is_empty() { Ok(Self { width, sha256 }) } else { Err(Problem::invalid_fields(errors)) }
    }
}

/// A number in its only spelling, so that one picture has one address.
fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}
