//! The signed PDFs, read by programs that are not ours, and damaged copies, read by ours.

use crate::harness::tools::{self, squeezed, words};
use crate::harness::{Customer, LANGUAGES, VENDOR, World};
use contract::Sha256;
use evidence::{Anchors, Defect, Expected, Party, Report};
use serde_json::Value;
use tokio::sync::OnceCell;

/// A root certificate that signed nothing here; made for this test, its key thrown away.
const STRANGER_PEM: &str = "\
-----BEGIN CERTIFICATE-----
MIIB2DCCAX2gAwIBAgIUG8n6A2jDhnxSNFab0qvM+QZhzEkwCgYIKoZIzj0EAwIw
ODELMAkGA1UEBhMCQ04xETAPBgNVBAoMCFN0cmFuZ2VyMRYwFAYDVQQDDA1TdHJh
bmdlciBSb290MCAXDTI2MTEyNDE2NDEzNloYDzIxMjYxMDMxMTY0MTM2WjA4MQsw
CQYDVQQGEwJDTjERMA8GA1UECgwIU3RyYW5nZXIxFjAUBgNVBAMMDVN0cmFuZ2Vy
IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASDIuf34iKtIik6weVdwsU7
VeoxW1PAu0I3QIGvarzmX40dv727ZfFMrePWQV86yPC6Gtxo7SAaFwfc0fD8Nbj6
o2MwYTAdBgNVHQ4EFgQU0J2A/wfn5qjaf/oWEB+Jdmi9ZoYwHwYDVR0jBBgwFoAU
0J2A/wfn5qjaf/oWEB+Jdmi9ZoYwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8E
BAMCAgQwCgYIKoZIzj0EAwIDSQAwRgIhAJwEi9kZZ8GsKU9K7FdaI1VhZmDF/W8w
GS2rtC2rpbS3AiEA71Sovah+MGlAKKNa0iPBDhP5smabnJBlw5XIoAgJS8g=
-----END CERTIFICATE-----
";

/// A contract that was signed, and all that is needed to judge its PDF.
struct Signed {
    language: &'static str,
    customer: Customer,
    shown: Value,
    pdf: Vec<u8>,
    root_pem: String,
}

/// The two contracts: an enterprise's in Chinese, and a person's with the English translation.
async fn both() -> &'static [Signed] {
    static BOTH: OnceCell<Vec<Signed>> = OnceCell::const_new();
    BOTH.get_or_init(async || {
        let world = World::shared().await;
        let mut signed = Vec::new();
        for (customer, language) in world.both().await.into_iter().zip(LANGUAGES) {
            let contract = customer.reading(language).signed().await;
            signed.push(Signed {
                language,
                customer: customer.clone(),
                shown: contract.shown().await,
                pdf: contract.signed_pdf().await,
                root_pem: world.root_pem().await,
            });
        }
        signed
    })
    .await
}

impl Signed {
    fn expected(&self) -> Expected<'_> {
        self.customer.expected(self.shown["draft"]["sha256"].as_str().unwrap().parse().unwrap())
    }

    fn judged(&self, pdf: &[u8]) -> Result<Report, Defect> {
        evidence::verify(pdf, &Anchors::from_pem(&self.root_pem).unwrap(), &self.expected())
    }
}

#[tokio::test]
async fn pdfsig_accepts_two_signatures() {
    for signed in both().await {
        let said = tools::pdfsig(&signed.pdf, &signed.root_pem);
        let times = |line: &str| said.matches(line).count();
        assert_eq!(times("Signature Validation: Signature is Valid."), 2, "{said}");
        assert_eq!(times("Certificate Validation: Certificate is Trusted."), 2, "{said}");
        assert_eq!(times("Signing Hash Algorithm: SHA-256"), 2, "{said}");
        assert_eq!(times("Total document signed"), 1, "the last one covers the whole document:\n{said}");
        for name in [VENDOR, signed.customer.name.as_str()] {
            assert!(said.contains(name), "{name} signed:\n{said}");
        }
        let stranger = tools::pdfsig(&signed.pdf, STRANGER_PEM);
        assert!(!stranger.contains("Certificate is Trusted"), "another root must not be enough:\n{stranger}");
    }
}

#[tokio::test]
async fn pyhanko_accepts_two_signatures() {
    for signed in both().await {
        let said = tools::pyhanko(&signed.pdf, &signed.root_pem).succeeds();
        assert_eq!(said.matches("The signature is judged VALID.").count(), 2, "{said}");
        assert_eq!(said.matches("The signer's certificate is trusted.").count(), 2, "{said}");
        for name in [VENDOR, signed.customer.name.as_str()] {
            assert!(said.contains(name), "{name} signed:\n{said}");
        }
        assert!(!tools::pyhanko(&signed.pdf, STRANGER_PEM).succeeded, "another root must not be enough");
    }
}

#[tokio::test]
async fn qpdf_finds_nothing_wrong() {
    for signed in both().await {
        let said = tools::qpdf(&signed.pdf);
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
        assert!(!said.contains("WARNING"), "{said}");
    }
}

#[tokio::test]
async fn the_text_names_the_customer_and_the_contract() {
    for signed in both().await {
        let text = words(&signed.pdf);
        let shown = &signed.shown;
        let mut parts = vec![&shown["subject"]["name"], &shown["number"], &shown["billingEmail"]];
        parts.extend(shown["partyA"].as_object().unwrap().values());
        parts.extend(shown["invoice"].get("title"));
        for part in parts {
            let part = part.as_str().unwrap();
            assert!(text.contains(&squeezed(part)), "{part} is not in the text:\n{text}");
        }
        assert!(text.contains(&squeezed(VENDOR)));
        assert_eq!(
            signed.language == "en",
            text.contains("Chineseversionprevails") || text.contains("Chinesetextprevails"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn our_verifier_accepts_them_as_they_are() {
    for signed in both().await {
        assert_eq!(signed.shown["document"]["sha256"], Sha256::of(&signed.pdf).to_string());
        let verified = signed.judged(&signed.pdf).unwrap();
        let names: Vec<_> = verified.signatures.iter().map(|one| one.signer.as_str()).collect();
        assert_eq!(names, [VENDOR, &signed.customer.name]);
        assert!(verified.chain_checked && verified.draft.is_some());
        assert!(verified.signatures[1].covers_whole_file);
    }
}

#[tokio::test]
async fn one_changed_byte_is_refused_wherever_it_is() {
    for signed in both().await {
        let length = signed.pdf.len();
        // All over the file, and close together where the signatures are.
        let places =
            (0..40).map(|part| part * (length - 1) / 39).chain((length.saturating_sub(60_000)..length).step_by(1_499));
        for place in places {
            for bit in [0x01, 0x80] {
                let mut copy = signed.pdf.clone();
                copy[place] ^= bit;
                let Some(report) = signed.judged(&copy).ok().filter(Report::holds) else { continue };
                // A container may hold the root's certificate, which lies on no path: the anchors hold the root themselves.
                let around = &signed.pdf[place.saturating_sub(64)..(place + 64).min(length)];
                let inside = around.iter().all(u8::is_ascii_hexdigit);
                let facts = |report: &Report| {
                    report
                        .signatures
                        .iter()
                        .map(|facts| (facts.certificate, facts.signed_at, facts.page))
                        .collect::<Vec<_>>()
                };
                let same = facts(&report) == facts(&signed.judged(&signed.pdf).unwrap());
                assert!(inside && same, "byte {place} of {length} was changed and nobody noticed");
            }
        }
        for cut in [1, 100, length / 2] {
            assert!(signed.judged(&signed.pdf[..length - cut]).is_err(), "{cut} bytes are missing at the end");
        }
        let mut longer = signed.pdf.clone();
        longer.extend(b"\n\n");
        assert!(signed.judged(&longer).is_err(), "more than one line end behind it");
    }
}

#[tokio::test]
async fn text_added_by_an_incremental_update_is_refused() {
    for signed in both().await {
        let pages = signed.shown["draft"]["pages"].as_u64().unwrap();
        for page in [1, u32::try_from(pages).unwrap()] {
            let copy = tools::with_text_added(&signed.pdf, page, "The fee is 1 yuan.");
            assert!(copy.starts_with(&signed.pdf), "every signed byte is still there");
            assert!(words(&copy).contains("Thefeeis1yuan."), "the text can be read on page {page}");
            assert!(signed.judged(&copy).is_err(), "text was added on page {page} and nobody noticed");
            let said = tools::pdfsig(&copy, &signed.root_pem);
            assert!(!said.contains("  - Total document signed"), "an outsider sees it, too:\n{said}");
        }
    }
}

fn holds(pdf: &[u8], anchors: &Anchors, expected: &Expected<'_>) -> bool {
    evidence::verify(pdf, anchors, expected).is_ok_and(|report| report.holds())
}

#[tokio::test]
async fn another_party_or_draft_or_root_is_refused() {
    let [enterprise, person] = both().await else { panic!("two contracts") };
    assert!(enterprise.judged(&person.pdf).is_err());
    assert!(person.judged(&enterprise.pdf).is_err());
    let anchors = Anchors::from_pem(&enterprise.root_pem).unwrap();
    let expected = enterprise.expected();
    for other in [
        Expected { party_a: Party::named("另一家科技有限公司", true), ..expected },
        Expected { party_b: Party::named("另一家云计算有限公司", true), ..expected },
        Expected { draft_sha256: Some(Sha256::of(b"another draft")), ..expected },
    ] {
        assert!(!holds(&enterprise.pdf, &anchors, &other), "{other:?}");
    }
    let strangers = Anchors::from_pem(STRANGER_PEM).unwrap();
    assert!(!holds(&enterprise.pdf, &strangers, &expected), "a root that nobody trusts");
    assert!(holds(&enterprise.pdf, &anchors, &expected));
}
