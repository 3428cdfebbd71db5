//! What step 1 sends: party A's information, the billing e-mail, and for an enterprise the invoice (rules Z9 to Z11).

use agreement::Renderer;
use contract::{
    Address, Application, BankAccount, Credential, CredentialType, Email, Invalid, Invoice, InvoiceType, Name, PartyA,
    Phone, SpecialInvoice,
};
use serde_json::Value;
use web::{Fields, Problem};

/// Reads the body of step 1.
pub fn application(body: &Value, fonts: &Renderer) -> Result<Application, Problem> {
    let mut fields = Fields::of(body);
    let application = read(&mut fields, fonts);
    fields.finish(application)
}

/// Reads the body of the way back to step 1, which also carries the revision that was read.
pub fn edit(body: &Value, fonts: &Renderer) -> Result<(Application, u32), Problem> {
    let mut fields = Fields::of(body);
    let application = read(&mut fields, fonts);
    let revision = fields.number("revision");
    fields.finish(application.zip(revision))
}

fn read<'a>(fields: &mut Fields<'a>, fonts: &Renderer) -> Option<Application> {
    let party_a = fields.object("partyA", |fields| {
        let address = fields.text("address", |text| printable(fonts, text, Address::parse));
        let contact_name = fields.text("contactName", |text| printable(fonts, text, Name::parse));
        let phone = fields.text("phone", Phone::parse);
        let email = fields.text("email", Email::parse);
        Some(PartyA { address: address?, contact_name: contact_name?, phone: phone?, email: email? })
    });
    let billing_email = fields.text("billingEmail", Email::parse);
    let sent = fields.optional_object("invoice", |fields| Some(invoice(fields, fonts)));
    let invoice = match sent {
        // Sent, but not taken: the fields say why.
        Some(None) => return None,
        Some(Some(invoice)) => Some(invoice),
        None => None,
    };
    Some(Application { party_a: party_a?, billing_email: billing_email?, invoice })
}

fn invoice(fields: &mut Fields<'_>, fonts: &Renderer) -> Option<Invoice> {
    let title = fields.text("title", |text| printable(fonts, text, Name::parse));
    let tax_number = fields.text("taxNumber", |text| Credential::parse(CredentialType::Uscc, text));
    let kind = fields.text("type", |text| match text {
        "general" => Ok(InvoiceType::General),
        "special" => Ok(InvoiceType::Special),
        _ => Err(Invalid::UnknownValue),
    });
    let special = SpecialInvoice {
        registered_address: fields.optional_text("registeredAddress", |text| printable(fonts, text, Address::parse)),
        registered_phone: fields.optional_text("registeredPhone", Phone::parse),
        bank: fields.optional_text("bank", |text| printable(fonts, text, Name::parse)),
        bank_account: fields.optional_text("bankAccount", BankAccount::parse),
    };
    let made = Invoice::new(kind?, title?, &tax_number?, special);
    made.map_err(|missing| missing.into_iter().for_each(|name| fields.refuse_missing(name))).ok()
}

/// A text that can be parsed and printed; a character that no font has is named.
fn printable<T>(fonts: &Renderer, text: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<T, Invalid> {
    let parsed = parse(text)?;
    fonts.unprintable(text.trim()).map_or(Ok(parsed), |character| Err(Invalid::Unprintable { character }))
}
