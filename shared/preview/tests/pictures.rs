//! Pictures of a real agreement: what must be seen on them is there, and what is no PDF is an error.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that meets the unexpected should stop there")]

use std::path::Path;
use std::sync::OnceLock;

use agreement::{Agreement, Invoice, PartyA, PartyB, Rendered, Renderer};
use contract::{CredentialType, InvoiceType, Language, SealSpot, SubjectType, Timestamp};
use hayro::vello_cpu::Pixmap;
use preview::{NoPicture, Unreadable};
use seals::{Authority, Field, SealArt};

/// A4 in PDF points.
const PAGE: (f32, f32) = (595.28, 841.89);
/// Half a seal, in points.
const HALF_SEAL: f64 = 60.0;

fn fonts() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../agreement/fonts"))
}

/// A draft of an enterprise, in both languages.
fn draft() -> &'static Rendered {
    static DRAFT: OnceLock<Rendered> = OnceLock::new();
    DRAFT.get_or_init(|| {
        let party_b = PartyB {
            name: "云岭示例科技有限公司".into(),
            credit_code: "91530100MA6EXAMP0T".into(),
            address: "云南省昆明市五华区示例路 1 号".into(),
            contact: "商务部".into(),
            phone: "0871-60000000".into(),
            email: "contracts@vendor.example".into(),
            bank: "示例银行昆明分行".into(),
            bank_account: "5300000000000000001".into(),
        };
        let agreement = Agreement {
            number: "HT-20261124-0000000001",
            language: Language::En,
            date: at(),
            party_a: PartyA {
                kind: SubjectType::Enterprise,
                name: "杭州青竹样例软件有限公司",
                credential_type: CredentialType::Uscc,
                credential_number: "91330106MA2EXAMP1E",
                address: "浙江省杭州市西湖区样例街道 100 号",
                contact_name: "林样例",
                phone: "0571-80000000",
                email: "it@customer.example",
            },
            billing_email: "billing@customer.example",
            invoice: Some(Invoice {
                kind: InvoiceType::General,
                title: "杭州青竹样例软件有限公司",
                tax_number: "91330106MA2EXAMP1E",
                registered_address: None,
                registered_phone: None,
                bank: None,
                bank_account: None,
            }),
            party_b: &party_b,
        };
        Renderer::load(fonts()).unwrap().render(&agreement).unwrap()
    })
}

fn at() -> Timestamp {
    "2026-11-24T08:30:00Z".parse().unwrap()
}

/// Both parties' seals at their places.
fn signed() -> Vec<u8> {
    let font = std::fs::read(fonts().join("NotoSerifSC-Bold.ttf")).unwrap();
    let authority = Authority::create();
    let mut pdf = draft().pdf.clone();
    for (name, seal) in
        [("云岭示例科技有限公司", draft().draft.seal_b), ("杭州青竹样例软件有限公司", draft().draft.seal_a)]
    {
        let signer = authority.issue(name, true, "", at()).unwrap();
        let side = HALF_SEAL * 2.0;
        let field = Field { name, page: seal.page, x: seal.x, y: seal.y, width: side, height: side };
        pdf = seals::sign(&pdf, &signer, field, &SealArt::round(name, &font).unwrap(), at()).unwrap();
    }
    pdf
}

fn picture(pdf: &[u8], page: u32, width: u16) -> Pixmap {
    Pixmap::from_png(std::io::Cursor::new(preview::page(pdf, page, width).unwrap())).unwrap()
}

/// The share of pixels that are so, in a rectangle given in points from the upper left corner.
fn share(picture: &Pixmap, [left, top, right, bottom]: [f64; 4], is: impl Fn([u8; 3]) -> bool) -> f64 {
    let scale = f64::from(picture.width()) / f64::from(PAGE.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places on the page")]
    let [left, top, right, bottom] = [left, top, right, bottom].map(|points| (points * scale) as u16);
    let all = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    let (mut met, mut count) = (0.0, 0.0);
    for (x, y) in all {
        let pixel = picture.sample(x, y);
        assert_eq!(pixel.a, 255, "nothing is transparent");
        count += 1.0;
        met += f64::from(u8::from(is([pixel.r, pixel.g, pixel.b])));
    }
    met / count
}

fn is_ink([r, g, b]: [u8; 3]) -> bool {
    [r, g, b].into_iter().all(|part| part < 128)
}

fn is_red([r, g, b]: [u8; 3]) -> bool {
    r > 150 && g < 120 && b < 120
}

fn around(seal: SealSpot) -> [f64; 4] {
    let y = f64::from(PAGE.1) - seal.y;
    [seal.x - HALF_SEAL, y - HALF_SEAL, seal.x + HALF_SEAL, y + HALF_SEAL]
}

#[test]
fn the_first_page_shows_the_title_in_the_size_that_was_asked_for() {
    for width in [200, 933, 2000] {
        let picture = picture(&draft().pdf, 1, width);
        let height = (f32::from(width) * PAGE.1 / PAGE.0).round();
        assert_eq!((picture.width(), f32::from(picture.height())), (width, height));
    }
    let picture = picture(&draft().pdf, 1, 1000);
    // The title stands in the middle, below the head of the page.
    let title = share(&picture, [150.0, 76.0, 450.0, 130.0], is_ink);
    assert!((0.03..0.5).contains(&title), "{title}");
    assert_eq!(share(&picture, [0.0, 0.0, 595.0, 28.0], is_ink), 0.0, "the margin is empty");
    let text = share(&picture, [71.0, 300.0, 524.0, 770.0], is_ink);
    assert!((0.02..0.3).contains(&text), "{text}");
}

#[test]
fn both_seals_are_seen_and_only_on_what_is_signed() {
    let pdf = signed();
    for seal in [draft().draft.seal_a, draft().draft.seal_b] {
        let bare = share(&picture(&draft().pdf, seal.page, 1000), around(seal), is_red);
        assert_eq!(bare, 0.0, "{seal:?}");
        let sealed = share(&picture(&pdf, seal.page, 1000), around(seal), is_red);
        assert!((0.1..0.6).contains(&sealed), "{seal:?}: {sealed}");
    }
}

#[test]
fn all_pages_are_told_and_drawn() {
    let pdf = signed();
    let count = preview::pages(&pdf).unwrap();
    assert_eq!(count, draft().draft.pages);
    for number in 1..=count {
        assert!(share(&picture(&pdf, number, 300), [71.0, 60.0, 524.0, 800.0], |pixel| pixel[0] < 200) > 0.005);
    }
    assert_eq!(preview::page(&pdf, 0, 500), Err(NoPicture::NoSuchPage));
    assert_eq!(preview::page(&pdf, count + 1, 500), Err(NoPicture::NoSuchPage));
    assert_eq!(preview::page(&pdf, u32::MAX, 500), Err(NoPicture::NoSuchPage));
}

#[test]
fn a_width_has_bounds() {
    for width in [0, 1, 199, 2001, u16::MAX] {
        assert_eq!(preview::page(&draft().pdf, 1, width), Err(NoPicture::Width), "{width}");
    }
}

#[test]
fn what_is_no_pdf_is_an_error() {
    for bytes in [&b""[..], b"hello", b"%PDF-1.7\n", b"%PDF-1.7\ntrailer <</Root 1 0 R>>\n%%EOF", &[0; 4096]] {
        assert_eq!(preview::pages(bytes), Err(Unreadable));
        assert_eq!(preview::page(bytes, 1, 500), Err(NoPicture::Unreadable(Unreadable)));
    }
}

#[test]
fn a_damaged_file_is_a_picture_or_an_error_but_no_end() {
    let sound = &draft().pdf;
    for part in 1..8 {
        // Only that it comes back is looked at: a file that broke off may still have readable pages.
        let _ = preview::page(&sound[..sound.len() * part / 8], 1, 200);
        let mut scratched = sound.clone();
        for (index, byte) in scratched.iter_mut().enumerate() {
            if index % (part * 97) == 0 {
                *byte = byte.wrapping_add(41);
            }
        }
        let _ = preview::page(&scratched, 1, 200);
    }
    // A page without any height, and one that is as thin as a thread.
    for (media_box, drawn) in [("0 0 595 0", true), ("0 0 10 8000", false), ("0 0 99999999 1", false)] {
        let pdf = format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
             3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[{media_box}]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
        );
        assert_eq!(preview::pages(pdf.as_bytes()), Ok(1), "{media_box}");
        assert_eq!(preview::page(pdf.as_bytes(), 1, 200).is_ok(), drawn, "{media_box}");
    }
}
