//! Made-up parties, and one renderer for all tests of a process.

use std::path::Path;
use std::sync::OnceLock;

use agreement::{Agreement, Invoice, PartyA, PartyB, Renderer};
use contract::{CredentialType, InvoiceType, Language, SubjectType};

pub fn fonts() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fonts"))
}

pub fn renderer() -> &'static Renderer {
    static RENDERER: OnceLock<Renderer> = OnceLock::new();
    RENDERER.get_or_init(|| Renderer::load(fonts()).unwrap())
}

fn party_b() -> &'static PartyB {
    static PARTY_B: OnceLock<PartyB> = OnceLock::new();
    PARTY_B.get_or_init(|| PartyB {
        name: "云岭示例科技有限公司".into(),
        credit_code: "91530100MA6EXAMP0T".into(),
        address: "云南省昆明市五华区示例路 1 号示例大厦 8 层".into(),
        contact: "商务部".into(),
        phone: "0871-60000000".into(),
        email: "contracts@vendor.example".into(),
        bank: "示例银行昆明分行".into(),
        bank_account: "5300000000000000001".into(),
    })
}

pub fn enterprise(language: Language) -> Agreement<'static> {
    Agreement {
        number: "CS-20261124-0001",
        language,
        date: "2026-11-24T08:30:00Z".parse().unwrap(),
        party_a: PartyA {
            kind: SubjectType::Enterprise,
            name: "杭州青竹样例软件有限公司",
            credential_type: CredentialType::Uscc,
            credential_number: "91330106MA2EXAMP1E",
            address: "浙江省杭州市西湖区样例街道 100 号 3 幢 501 室",
            contact_name: "林样例",
            phone: "0571-80000000",
            email: "it@customer.example",
        },
        billing_email: "billing@customer.example",
        invoice: Some(Invoice {
            kind: InvoiceType::Special,
            title: "杭州青竹样例软件有限公司",
            tax_number: "91330106MA2EXAMP1E",
            registered_address: Some("浙江省杭州市西湖区样例街道 100 号"),
            registered_phone: Some("0571-80000000"),
            bank: Some("示例银行杭州西湖支行"),
            bank_account: Some("3300000000000000002"),
        }),
        party_b: party_b(),
    }
}

pub fn person(language: Language) -> Agreement<'static> {
    let mut agreement = enterprise(language);
    agreement.party_a.kind = SubjectType::Personal;
    agreement.party_a.name = "林样例";
    agreement.party_a.credential_type = CredentialType::Passport;
    agreement.party_a.credential_number = "E00000000";
    agreement.invoice = None;
    agreement
}
