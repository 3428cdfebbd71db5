//! What a rendered agreement is: repeatable, complete, of the right length, with both seals on the signature page, and
//! untouched by what customers call themselves.

use std::time::{Duration, Instant};

use agreement::{Agreement, RenderError};
use contract::{CredentialType, Language, SealSpot, Sha256};

use crate::samples;

/// A4 in PDF points.
const PAGE: (f64, f64) = (595.28, 841.89);

/// Half of the square that each seal may fill: 46 mm in all.
const HALF_SEAL: f64 = 46.0 / 2.0 * 72.0 / 25.4;

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn renders(agreement: &Agreement<'_>) -> agreement::Rendered {
    samples::renderer().render(agreement).unwrap()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for language in [Language::ZhCn, Language::En] {
        let first = renders(&samples::enterprise(language));
        let second =
            agreement::Renderer::load(samples::fonts()).unwrap().render(&samples::enterprise(language)).unwrap();
        assert_eq!(first.pdf, second.pdf);
        assert_eq!(first.draft, second.draft);
        assert_eq!(first.draft.sha256, Sha256::of(&first.pdf));
    }
}

#[test]
fn every_value_changes_the_document() {
    let base = renders(&samples::enterprise(Language::ZhCn)).draft.sha256;
    let changes: [fn(&mut Agreement<'static>); 5] = [
        |a| a.number = "CS-20261124-0002",
        |a| a.date = "2026-11-25T08:30:00Z".parse().unwrap(),
        |a| a.party_a.contact_name = "王样例",
        |a| a.billing_email = "other@customer.example",
        |a| a.invoice.as_mut().unwrap().bank_account = None,
    ];
    for change in changes {
        let mut agreement = samples::enterprise(Language::ZhCn);
        change(&mut agreement);
        assert_ne!(renders(&agreement).draft.sha256, base);
    }
}

#[test]
fn the_document_is_archival_accessible_and_says_whose_it_is() {
    for agreement in [samples::enterprise(Language::ZhCn), samples::person(Language::En)] {
        let pdf = renders(&agreement).pdf;
        assert!(pdf.starts_with(b"%PDF-1.7"));
        for mark in [
            "<pdfaid:part>2</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
            "<pdfuaid:part>1</pdfuaid:part>",
        ] {
            assert!(contains(&pdf, mark), "{mark}");
        }
        assert!(contains(&pdf, &format!("云服务标准服务协议 {}", agreement.number)));
        assert!(contains(&pdf, &agreement.party_b.name));
    }
}

#[test]
fn chinese_has_about_eight_pages_and_the_translation_more() {
    for make in [samples::enterprise, samples::person] {
        let zh = renders(&make(Language::ZhCn)).draft;
        let en = renders(&make(Language::En)).draft;
        assert!((7..=10).contains(&zh.pages), "{}", zh.pages);
        assert!(en.pages > zh.pages + 4, "{}", en.pages);
        // The translation follows the agreement, so that the seals stay where they are.
        assert_eq!((zh.seal_a, zh.seal_b), (en.seal_a, en.seal_b));
    }
}

#[test]
fn both_seals_fit_side_by_side_on_the_signature_page() {
    let draft = renders(&samples::enterprise(Language::ZhCn)).draft;
    assert_signature_page(draft.seal_a, draft.seal_b, draft.pages);
}

fn assert_signature_page(a: SealSpot, b: SealSpot, page: u32) {
    for spot in [a, b] {
        assert_eq!(spot.page, page);
        assert!(spot.x > HALF_SEAL && spot.x < PAGE.0 - HALF_SEAL, "{spot:?}");
        assert!(spot.y > HALF_SEAL && spot.y < PAGE.1 - HALF_SEAL, "{spot:?}");
    }
    assert!((a.y - b.y).abs() < 0.01);
    assert!(b.x - a.x > 2.0 * HALF_SEAL);
}

#[test]
fn markup_in_names_and_addresses_stays_text() {
    let markup = "#set page(width: 1cm) $x$ * @a _ ` [b] \\ < > /* // */ ~ -- = #panic() \"\"";
    let mut agreement = samples::enterprise(Language::En);
    agreement.party_a.name = markup;
    agreement.party_a.address = markup;
    agreement.party_a.contact_name = "*";
    agreement.billing_email = "#$@_`<>\\";
    agreement.number = "[#x]";
    let draft = renders(&agreement).draft;
    let usual = renders(&samples::enterprise(Language::En)).draft;
    assert_eq!(draft.seal_a.page, usual.seal_a.page);
    assert!(draft.pages.abs_diff(usual.pages) <= 1);
}

#[test]
fn the_longest_names_and_addresses_leave_room_for_the_seals() {
    let address = "云南省昆明市五华区".repeat(23);
    let unbroken = "W".repeat(200);
    let usual = renders(&samples::enterprise(Language::ZhCn)).draft.seal_a.y;
    for text in [&address, &unbroken] {
        let mut agreement = samples::enterprise(Language::ZhCn);
        agreement.party_a.name = text;
        agreement.party_a.address = text;
        agreement.party_a.email = text;
        agreement.billing_email = text;
        let draft = renders(&agreement).draft;
        assert_signature_page(draft.seal_a, draft.seal_b, draft.pages);
        // The name took several lines instead of running off the page: the boxes below it have moved down.
        assert!(draft.seal_a.y < usual - 80.0);
    }
}

#[test]
fn rare_characters_of_names_are_printed() {
    let rare = "㛃𠅤镕𬭸㼆䶮𬍛𫖯·ÀŽñüŁğ—ＡＢ";
    assert_eq!(samples::renderer().unprintable(rare), None);
    let mut agreement = samples::person(Language::ZhCn);
    agreement.party_a.name = rare;
    renders(&agreement);
}

#[test]
fn a_character_that_cannot_be_printed_is_named() {
    for (text, expected) in [
        ("云🙂", '🙂'),
        ("ש", 'ש'),
        ("a\u{200B}b", '\u{200B}'),
        ("a\nb", '\n'),
        ("\u{202E}x", '\u{202E}'),
        ("\u{E000}", '\u{E000}'),
    ] {
        assert_eq!(samples::renderer().unprintable(text), Some(expected));
        let mut agreement = samples::enterprise(Language::ZhCn);
        agreement.party_a.address = text;
        let error = samples::renderer().render(&agreement).unwrap_err();
        assert!(matches!(error, RenderError::Unprintable(c) if c == expected));
        assert!(error.to_string().contains(&format!("U+{:04X}", u32::from(expected))));
    }
}

#[test]
fn invoices_belong_to_enterprises_only() {
    let mut without = samples::enterprise(Language::ZhCn);
    let invoice = without.invoice.take();
    assert!(matches!(samples::renderer().render(&without), Err(RenderError::InvoiceMismatch)));
    let mut with = samples::person(Language::ZhCn);
    with.invoice = invoice;
    assert!(matches!(samples::renderer().render(&with), Err(RenderError::InvoiceMismatch)));
}

#[test]
fn every_kind_of_credential_has_its_words() {
    for kind in CredentialType::ALL {
        let mut agreement = samples::person(Language::En);
        agreement.party_a.credential_type = kind;
        renders(&agreement);
    }
}

#[test]
fn a_draft_takes_less_than_half_a_second() {
    renders(&samples::enterprise(Language::ZhCn));
    let fastest = (1..=5)
        .map(|day| {
            let mut agreement = samples::enterprise(Language::ZhCn);
            agreement.date = format!("2026-12-0{day}T00:00:00Z").parse().unwrap();
            let start = Instant::now();
            renders(&agreement);
            start.elapsed()
        })
        .min();
    assert!(fastest.unwrap() < Duration::from_millis(500), "{fastest:?}");
}

/// The outline of a text: which of its lines are articles, clauses and sub-clauses.
fn outline(text: &str) -> Vec<&str> {
    let marks = ["= ", "+ ", "  + "];
    text.lines().filter_map(|line| marks.into_iter().find(|mark| line.starts_with(mark))).collect()
}

#[test]
fn the_translation_follows_the_agreement_clause_by_clause() {
    let zh = outline(include_str!("../../template/zh.typ"));
    assert_eq!(zh, outline(include_str!("../../template/en.typ")));
    assert_eq!(zh.iter().filter(|mark| **mark == "= ").count(), 17);
}
