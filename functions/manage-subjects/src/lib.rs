//! `manage-subjects`: what the vendor's systems and staff tell of subjects (identities, paper contracts), what customers ask, and
//! what staff decide of contracts that are held for review.

mod enquiries;
mod identities;
mod papers;
mod reviews;

use contract::{Clock, Credential, CredentialType, Invalid, Name, Random, Subject, SubjectType};
use store::{Names, Table, Vault};
use web::{Contact, Fields, Host, Problem, Request, Response};

/// What this function works with.
pub struct App {
    table: Table,
    vault: Vault,
    names: Names,
    contact: Contact,
    clock: Clock,
    random: Random,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let key = host.settings.required("KMS_KEY_ID");
        let subject_key = host.settings.required("SUBJECT_KEY");
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            vault: Vault::new(&host.aws, key),
            names: Names::new(&subject_key),
            contact: contact?,
            clock: host.clock.clone(),
            random: host.random.clone(),
        })
    }
}

/// Identities, paper contracts, enquiries and reviews.
pub async fn handle(app: &App, request: Request) -> Response {
    let path = request.uri().path().trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let method = request.method().as_str();
    let answer = match (method, parts.as_slice()) {
        ("POST", ["v1", "enquiries"]) => enquiries::record(app, &request).await,
        ("GET", ["v1", "staff", "enquiries"]) => enquiries::list(app, &request).await,
        ("PUT", ["v1", "staff", "customers", _, "identity"]) => identities::put(app, &request).await,
        ("GET", ["v1", "staff", "customers", _, "identity"]) => identities::get(app, &request).await,
        ("DELETE", ["v1", "staff", "customers", _, "identity"]) => identities::delete(app, &request).await,
        ("POST", ["v1", "staff", "paper-contracts"]) => papers::register(app, &request).await,
        ("GET", ["v1", "staff", "paper-contracts"]) => papers::list(app, &request).await,
        ("GET", ["v1", "staff", "paper-contracts", _]) => papers::one(app, &request).await,
        ("DELETE", ["v1", "staff", "paper-contracts", _]) => papers::withdraw(app, &request).await,
        ("POST", ["v1", "staff", "contracts", _, "review"]) => reviews::decide(app, &request).await,
        _ => Err(Problem::not_found()),
    };
    web::respond(&request, answer)
}

/// A subject as it is told, with its document in the clear until it is sealed.
struct Told {
    kind: SubjectType,
    name: Name,
    credential: Credential,
}

/// Reads a subject's fields: type, name, credentialType, credentialNumber, which must fit each other.
fn told(fields: &mut Fields<'_>) -> Option<Told> {
    let kind = fields.text("type", |text| match text {
        "personal" => Ok(SubjectType::Personal),
        "enterprise" => Ok(SubjectType::Enterprise),
        _ => Err(Invalid::UnknownValue),
    });
    let name = fields.text("name", Name::parse);
    let credential_type = fields.text("credentialType", |text| {
        let credential_type = CredentialType::parse(text)?;
        if kind.is_none_or(|kind| kind.takes(credential_type)) { Ok(credential_type) } else { Err(Invalid::NotAllowed) }
    });
    let credential = fields.text("credentialNumber", |text| match credential_type {
        Some(credential_type) => Credential::parse(credential_type, text).map(Some),
        None => Ok(None),
    });
    Some(Told { kind: kind?, name: name?, credential: credential?? })
}

/// Seals a subject's document.
async fn sealed(app: &App, told: Told) -> Result<Subject, Problem> {
    let key = app.names.subject(&told.credential);
    let credential = app.vault.seal(told.credential.number(), &key.0).await?;
    Ok(Subject {
        kind: told.kind,
        name: told.name,
        credential_type: told.credential.kind(),
        masked: told.credential.masked(),
        credential,
        key,
    })
}
