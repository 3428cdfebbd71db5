//! Every field of every body, with everything that it does not take.

use super::found::{Found, told};
use super::sites::{self, Site};
use super::wrong::{self, Field};
use crate::harness::World;
use serde_json::{Value, json};

/// A name that no body has: what is refused for it alone would have been taken without it.
const NOBODYS: &str = "nobodysField";
const NOBODYS_POINTER: &str = "/nobodysField";

/// The body with something else at a pointer, or nothing.
fn with(body: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let object = body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
    body
}

/// A table at work on one site.
struct Table<'a> {
    site: &'a Site,
    found: Found,
}

impl Table<'_> {
    async fn refuses(&mut self, pointer: &str, what: &str, body: &Value, expected: &[(&str, &str)]) {
        let sent = body.pointer(pointer).map_or("nothing".to_owned(), |value| told(&value.to_string()));
        let case = format!("{} {pointer}, {what}: {sent}", self.site.name());
        let answer = self.site.send(body).await;
        self.found.problem(&case, &answer, 422, "invalid_fields", expected);
    }

    async fn field(&mut self, field: &Field) {
        let Site { body, .. } = self.site;
        for (what, value) in [("absent", None), ("null", Some(Value::Null))] {
            let changed = with(body, field.at, value);
            if field.needed {
                self.refuses(field.at, what, &changed, &[(field.at, "required")]).await;
            } else {
                self.takes(field.at, what, &changed).await;
            }
        }
        let valid = body.pointer(field.at).cloned().unwrap_or_default();
        for wrong in wrong::values(field.kind, &valid) {
            let changed = with(body, field.at, Some(wrong.sent));
            self.refuses(field.at, &wrong.what, &changed, &[(field.at, wrong.code)]).await;
        }
        if let Some(longest) = field.kind.longest() {
            self.takes(field.at, "the longest text", &with(body, field.at, Some(json!(longest)))).await;
        }
    }

    /// A body that would be taken is not sent as it is, or there would be nothing left to refuse; one field too many keeps it out.
    async fn takes(&mut self, pointer: &str, what: &str, body: &Value) {
        let what = format!("{what}, which is fine");
        let body = with(body, NOBODYS_POINTER, Some(json!(1)));
        self.refuses(pointer, &what, &body, &[(NOBODYS_POINTER, "unknown_field")]).await;
    }

    /// Fields that nobody asked for, in the body and in each object in it.
    async fn unknown(&mut self) {
        let objects = self.site.body.as_object().unwrap().iter().filter(|(_, value)| value.is_object());
        let objects: Vec<_> = objects.map(|(name, _)| format!("/{name}")).collect();
        for parent in std::iter::once(String::new()).chain(objects) {
            for (name, escaped) in [
                (NOBODYS, NOBODYS),
                ("__proto__", "__proto__"),
                ("a/b~c", "a~1b~0c"),
                ("", ""),
                ("名\u{202E}字", "名\u{202E}字"),
                ("state", "state"),
                ("id", "id"),
            ] {
                if self.site.fields.iter().any(|field| field.at == format!("{parent}/{escaped}")) {
                    continue;
                }
                for value in [json!("x"), json!({ "a": [1] }), Value::Null] {
                    let mut body = self.site.body.clone();
                    let object = body.pointer_mut(&parent).and_then(Value::as_object_mut).unwrap();
                    object.insert(name.to_owned(), value);
                    let pointer = format!("{parent}/{escaped}");
                    self.refuses(&pointer, "an unknown field", &body, &[(&pointer, "unknown_field")]).await;
                }
            }
        }
    }

    /// All that is needed, missing at once.
    async fn nothing_at_all(&mut self) {
        let top = self.site.fields.iter().filter(|field| field.needed && field.at.matches('/').count() == 1);
        let mut expected: Vec<_> = top.map(|field| (field.at, "required")).collect();
        // What depends on who is verified is looked at when all else is right.
        expected.retain(|(at, _)| *at != "/invoice");
        if !expected.is_empty() {
            self.refuses("", "an empty object", &json!({}), &expected).await;
        }
    }
}

/// Refuses everything that is wrong, keeps nothing of it, and takes what is right: so each refusal was for the one thing that was wrong.
async fn holds(site: &Site) {
    let mut table = Table { site, found: Found::nothing_yet() };
    let before = site.kept().await;
    for field in &site.fields {
        table.field(field).await;
        table.found.unchanged(&format!("{} after {}", site.name(), field.at), &before, &site.kept().await);
    }
    table.unknown().await;
    table.nothing_at_all().await;
    table.found.unchanged(&format!("{} after unknown and missing fields", site.name()), &before, &site.kept().await);
    table.found.none();
    site.send(&site.body).await.is(site.taken);
}

#[tokio::test]
async fn step_1() {
    let world = World::shared().await;
    for customer in world.both().await {
        holds(&sites::step_1(&customer)).await;
    }
}

#[tokio::test]
async fn back_to_step_1() {
    let world = World::shared().await;
    let customer = world.enterprise("某某科技有限公司").await;
    holds(&sites::party_a(&customer.apply().await).await).await;
}

#[tokio::test]
async fn steps_2_and_3() {
    let world = World::shared().await;
    for customer in world.both().await {
        let contract = customer.apply().await;
        holds(&sites::confirmation(&contract).await).await;
        holds(&sites::signer(&contract).await).await;
        holds(&sites::signing_session(&contract).await).await;
    }
}

#[tokio::test]
async fn revocations() {
    let world = World::shared().await;
    let customer = world.person("李大山").await;
    holds(&sites::revocation(&customer.apply().await).await).await;
    holds(&sites::staff_revocation(&customer.apply().await).await).await;
}

#[tokio::test]
async fn reviews() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.signing().await;
    contract.at_provider("sign", &json!({ "signerName": "陈别人" })).await.is(200);
    contract.until_held("signer_mismatch").await;
    holds(&sites::review(&contract).await).await;
}

#[tokio::test]
async fn enquiries() {
    let world = World::shared().await;
    holds(&sites::enquiry(&world.person("李大山").await).await).await;
}

#[tokio::test]
async fn identities() {
    let world = World::shared().await;
    for customer in world.both().await {
        holds(&sites::identity(&customer).await).await;
    }
}

#[tokio::test]
async fn paper_contracts() {
    let world = World::shared().await;
    for customer in world.both().await {
        holds(&sites::paper(&customer).await).await;
    }
}

#[tokio::test]
async fn searches() {
    let world = World::shared().await;
    let contract = world.person("李大山").await.apply().await;
    holds(&sites::search(&contract).await).await;
}

#[tokio::test]
async fn a_verified_name_that_cannot_be_printed_is_told() {
    let world = World::shared().await;
    for (name, character) in [("李🙂", "U+1F642"), ("李𠮷", "U+20BB7")] {
        for mut customer in world.both().await {
            customer.name = name.to_owned();
            customer.verify().await;
            let site = sites::step_1(&customer);
            let answer = customer.asks().await;
            // An enterprise writes its name once more.
            let pointer = if site.body.get("invoice").is_some() { "/invoice/title" } else { "/subject/name" };
            answer.invalid(&[(pointer, "unprintable_character")]);
            answer.shows(answer.text().contains(character), "the character is named");
            assert_eq!(site.kept().await["items"], json!([]));
        }
    }
}
