//! Documents that the provider signs as other programs do.

use crate::harness::{Customer, VENDOR, World, tools};
use countersign::Options;
use serde_json::json;

/// Every style that the sandbox knows, and how often pyHanko and pdfsig meet a time stamp in it.
const STYLES: [(&str, usize, usize); 4] = [("plain", 0, 0), ("itext", 0, 0), ("timestamped", 2, 0), ("lasting", 2, 1)];

/// A stack of these tests' own: its provider signs differently.
async fn world() -> World {
    World::own(Options { register_customers: false, ..Options::default() }).await
}

async fn sign_in(world: &World, style: &str) {
    world.sandbox().put("/sandbox/signing-style", &json!({ "style": style })).await.is(200);
}

/// The document as the provider shows it to the signer who has just signed.
async fn signed_at_the_provider(customer: &Customer) -> Vec<u8> {
    let contract = customer.signing().await;
    let mut browser = customer.world.browser(&contract.open_signing().await.is(200));
    browser.log_in().await;
    contract.sign().await;
    let document = browser.page("/document.pdf").await;
    document.is(200);
    assert!(document.bytes.starts_with(&contract.draft_pdf().await), "on exactly what was confirmed");
    document.bytes
}

#[tokio::test]
async fn other_programs_accept_each_style() {
    let world = world().await;
    let root = world.root_pem().await;
    for (style, tokens, stamps) in STYLES {
        sign_in(&world, style).await;
        for customer in world.both().await {
            let pdf = signed_at_the_provider(&customer).await;
            let said = tools::pyhanko(&pdf, &root).succeeds();
            assert_eq!(said.matches("The signature is judged VALID.").count(), 2, "{style}: {said}");
            assert_eq!(said.matches("The signer's certificate is trusted.").count(), 2, "{style}: {said}");
            assert_eq!(said.matches("The TSA certificate is trusted.").count(), tokens, "{style}: {said}");
            let said = tools::pdfsig(&pdf, &root);
            assert_eq!(said.matches("Signature Validation: Signature is Valid.").count(), 2, "{style}: {said}");
            assert_eq!(said.matches("Certificate Validation: Certificate is Trusted.").count(), 2, "{style}: {said}");
            // pdfsig shows a time stamp of the document, but does not judge it.
            assert_eq!(said.matches("Signature has not yet been verified").count(), stamps, "{style}: {said}");
            for name in [VENDOR, customer.name.as_str()] {
                assert!(said.contains(name), "{style}: {name} signed:\n{said}");
            }
            let said = tools::qpdf(&pdf);
            assert!(said.contains("No syntax or stream encoding errors found") && !said.contains("WARNING"), "{said}");
        }
    }
}

#[tokio::test]
async fn the_whole_journey_ends_signed_in_each_style() {
    let world = world().await;
    for (style, _, stamps) in STYLES {
        sign_in(&world, style).await;
        for customer in world.both().await {
            let contract = customer.signed().await;
            let shown = contract.shown().await;
            let pdf = contract.signed_pdf().await;
            assert_eq!(shown["document"]["sha256"], contract::Sha256::of(&pdf).to_string(), "{style}");
            assert!(
                pdf.starts_with(&contract.draft_pdf().await),
                "{style}: what is kept begins with what was confirmed"
            );
            let count = |what: &[u8]| pdf.windows(what.len()).filter(|window| *window == what).count();
            assert_eq!(count(b"/ByteRange"), 2 + stamps, "{style}");
            assert_eq!(count(b"adbe.pkcs7.detached") > 0, style == "itext", "{style}");
        }
    }
}
