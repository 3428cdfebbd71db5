//! From party A's information to the draft that is kept.

use std::path::Path;

use agreement::{Agreement, PartyB, Renderer};
use contract::{Application, ContractId, ContractNumber, Credential, Draft, Language, Subject, Timestamp};
use store::{Documents, Vault};
use web::{Host, Problem};

/// Renders drafts and keeps them.
pub struct Drafter {
    pub renderer: Renderer,
    drafts: Documents,
    vault: Vault,
    party_b: PartyB,
}

impl Drafter {
    /// Reads the settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let drafts = host.settings.required("DRAFTS_BUCKET");
        let key = host.settings.required("KMS_KEY_ID");
        let party_b = host.settings.json("PARTY_B");
        let fonts = host.settings.required("FONTS_DIR");
        let renderer = host.settings.accept("FONTS_DIR", Renderer::load(Path::new(&fonts)));
        Some(Self {
            renderer: renderer?,
            drafts: Documents::drafts(&host.aws, drafts),
            vault: Vault::new(&host.aws, key),
            party_b: party_b?,
        })
    }

    /// Renders the agreement and keeps it under its SHA-256.
    pub async fn draft(
        &self,
        id: ContractId,
        number: &ContractNumber,
        language: Language,
        subject: &Subject,
        application: &Application,
        now: Timestamp,
    ) -> Result<Draft, Problem> {
        let credential = self.vault.open(&subject.credential, &subject.key.0).await?;
        let credential = Credential::parse(subject.credential_type, &credential);
        let credential = credential.map_err(|_| store::Failure::Unreadable { what: "a subject's document" })?;
        let party_a = &application.party_a;
        let agreement = Agreement {
            number: number.as_str(),
            language,
            date: now,
            party_a: agreement::PartyA {
                kind: subject.kind,
                name: subject.name.as_str(),
                credential_type: subject.credential_type,
                credential_number: credential.number(),
                address: party_a.address.as_str(),
                contact_name: party_a.contact_name.as_str(),
                phone: party_a.phone.as_str(),
                email: party_a.email.as_str(),
            },
            billing_email: application.billing_email.as_str(),
            invoice: application.invoice.as_ref().map(|invoice| agreement::Invoice {
                kind: invoice.kind,
                title: invoice.title.as_str(),
                tax_number: &invoice.tax_number,
                registered_address: invoice.special.registered_address.as_ref().map(contract::Address::as_str),
                registered_phone: invoice.special.registered_phone.as_ref().map(contract::Phone::as_str),
                bank: invoice.special.bank.as_ref().map(contract::Name::as_str),
                bank_account: invoice.special.bank_account.as_ref().map(contract::BankAccount::as_str),
            }),
            party_b: &self.party_b,
        };
        let rendered = self.renderer.render(&agreement)?;
        self.drafts.put(id, number, rendered.pdf).await?;
        Ok(rendered.draft)
    }
}
