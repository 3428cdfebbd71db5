//! Tampering, each kind of which must be refused.

use crate::paper::{FIELD_A, FIELD_B, PARTY_A, contents, edit, last, page, paper, root, sign, update};
use contract::Timestamp;
use evidence::{Anchors, Defect, Whose};
use lopdf::{Dictionary, Object, Stream};
use seals::Field;

#[test]
fn any_changed_byte_is_refused() {
    let paper = paper();
    for at in (0..paper.signed.len()).step_by(97) {
        for mask in [0x01, 0x20, 0xff] {
            let mut changed = paper.signed.clone();
            changed[at] ^= mask;
            let holds = paper.verify(&changed).is_ok_and(|report| report.holds());
            assert!(!holds || is_unused(&paper.signed, at), "byte {at} with {mask:#x}");
        }
    }
}

/// Whether a byte belongs to an authority's certificate in a container. That of the root lies on no path, for the anchors hold the root themselves;
/// without anchors, and with its name changed, that of the issuing authority lies on none either.
fn is_unused(pdf: &[u8], at: usize) -> bool {
    let pem = paper().authority.to_pem().unwrap();
    pem.split("-----BEGIN CERTIFICATE-----").skip(1).any(|block| {
        let (_, der) = der::pem::decode_vec(format!("-----BEGIN CERTIFICATE-----{block}").as_bytes()).unwrap();
        let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
        let near = &pdf[at.saturating_sub(hex.len())..(at + hex.len()).min(pdf.len())];
        let from = near.windows(hex.len()).position(|window| window == hex.as_bytes());
        from.is_some_and(|from| (from..from + hex.len()).contains(&at.min(hex.len())))
    })
}

#[test]
fn any_changed_byte_of_the_last_container_is_refused() {
    let paper = paper();
    let start = last(&paper.signed, b"/Contents<") + 9;
    let used = paper.signed[start..].windows(64).position(|window| window == [b'0'; 64]).unwrap();
    let unchained = Anchors::default();
    for at in (start..start + used + 64).step_by(29) {
        for mask in [0x01, 0x20] {
            let mut changed = paper.signed.clone();
            changed[at] ^= mask;
            let verified = evidence::verify(&changed, &unchained, &paper.expected());
            assert!(verified.is_err() || is_unused(&paper.signed, at), "byte {at} with {mask:#x}");
        }
    }
}

#[test]
fn a_truncated_file_is_refused() {
    let paper = paper();
    for length in (0..paper.signed.len()).step_by(331).chain([paper.signed.len() - 1]) {
        assert!(paper.verify(&paper.signed[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn text_added_after_the_last_signature_is_refused() {
    let paper = paper();
    let added = update(&paper.signed, |update| {
        let text = Stream::new(Dictionary::new(), b"BT /F1 20 Tf 72 600 Td (More) Tj ET".to_vec());
        let text = update.new_document.add_object(text);
        let (page, first) = (page(update, 1), contents(update, 1));
        edit(update, page).set("Contents", vec![Object::from(first), text.into()]);
    });
    assert!(matches!(paper.verify(&added), Err(Defect::Changed(_))));

    let mut comment = paper.signed.clone();
    comment.extend(b"\n% more\n");
    assert_eq!(paper.verify(&comment), Err(Defect::AddedAfterSigning));
}

#[test]
fn one_signature_is_not_enough() {
    let paper = paper();
    assert_eq!(paper.verify(&paper.by_b), Err(Defect::SignatureCount(1)));
    assert_eq!(paper.verify(&paper.draft), Err(Defect::SignatureCount(0)));
}

#[test]
fn a_signature_taken_from_the_form_is_missed() {
    let paper = paper();
    let removed = update(&paper.signed, |update| {
        let root = root(update);
        let form = edit(update, root).get_mut(b"AcroForm").unwrap().as_dict_mut().unwrap();
        form.get_mut(b"Fields").unwrap().as_array_mut().unwrap().pop();
    });
    assert_eq!(paper.verify(&removed), Err(Defect::Entry("form")));
}

#[test]
fn containers_that_are_swapped_are_refused() {
    let paper = paper();
    let hole = |pdf: &[u8]| last(pdf, b"/Contents<") + 10;
    let (first, second) = (hole(&paper.by_b), hole(&paper.signed));
    let mut swapped = paper.signed.clone();
    for at in 0..16_384 {
        swapped.swap(first + at, second + at);
    }
    assert_eq!(paper.verify(&swapped), Err(Defect::Digest));
}

#[test]
fn signatures_of_others_are_refused() {
    let paper = paper();
    let other = paper.authority.issue("李四", false, "", paper.now).unwrap();
    let by_other = sign(&paper.by_b, &other, FIELD_A, paper.now);
    assert_eq!(paper.verify(&by_other), Err(Defect::Stranger));
    let third = Field { name: "Third", x: 80.0, y: 80.0, ..FIELD_A };
    assert_eq!(paper.verify(&sign(&paper.signed, &other, third, paper.now)), Err(Defect::Stranger));
    let twice_b = sign(&paper.by_b, &paper.b, FIELD_A, paper.now);
    assert_eq!(paper.verify(&twice_b), Err(Defect::PartyMissing(Whose::PartyA)));
}

#[test]
fn certificates_without_a_trusted_root_or_out_of_date_are_refused() {
    let paper = paper();
    let other = Anchors::from_pem(&seals::Authority::create().root_pem()).unwrap();
    let unknown = evidence::verify(&paper.signed, &other, &paper.expected());
    // Of the sandbox's name, but with another key: a forgery.
    assert_eq!(unknown, Err(Defect::Untrusted));
    let at = |time: &str| paper.verify(&sign(&paper.by_b, &paper.a, FIELD_A, time.parse::<Timestamp>().unwrap()));
    assert_eq!(at("2026-11-24T04:00:00Z"), Err(Defect::Validity));
    assert!(at("2026-11-24T06:04:00Z").is_ok(), "clocks may differ by five minutes");
    assert!(matches!(at("2026-11-24T06:06:00Z"), Err(Defect::Time(_))));
    // A certificate of another authority of the same name does not pass even where nobody is trusted.
    let forger = seals::Authority::create();
    let forged = forger.issue(PARTY_A, false, "", paper.now).unwrap();
    let signed = sign(&paper.by_b, &forged, FIELD_A, paper.now);
    assert_eq!(paper.verify(&signed), Err(Defect::Untrusted));
}

#[test]
fn changes_between_the_signatures_are_refused() {
    let paper = paper();
    let changed = update(&paper.by_b, |update| {
        let contents = contents(update, 1);
        update.opt_clone_object_to_new_document(contents).unwrap();
        let stream = update.new_document.get_object_mut(contents).unwrap().as_stream_mut().unwrap();
        stream.set_content(b"BT /F1 20 Tf 72 700 Td (Another) Tj ET".to_vec());
    });
    // All digests hold, but party B has signed another text than party A.
    assert!(matches!(paper.verify(&paper.sign_as_a(&changed)), Err(Defect::Changed(_))));
}

#[test]
fn a_seal_over_another_or_beyond_bounds_is_refused() {
    let paper = paper();
    let at = |field: Field<'_>| paper.verify(&sign(&paper.by_b, &paper.a, field, paper.now));
    let covering = Field { name: "PartyA", ..FIELD_B };
    assert_eq!(at(covering), Err(Defect::Field("it covers the seal of an earlier signature")));
    let huge = Field { width: 250.0, height: 250.0, ..FIELD_A };
    assert_eq!(at(huge), Err(Defect::Field("it is too large")));
    assert!(at(Field { page: 1, ..FIELD_A }).is_ok());
}

#[test]
fn what_is_not_a_pdf_is_refused() {
    let paper = paper();
    for bytes in
        [&b""[..], b"%PDF-", b"%PDF-1.7\n%%EOF", b"PK\x03\x04", b"%PDF-1.7\nstartxref\n99999999999999999999\n%%EOF"]
    {
        assert!(matches!(paper.verify(bytes), Err(Defect::Malformed(_))));
    }
    let nested =
        format!("%PDF-1.7\n1 0 obj\n{}\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF", "[".repeat(100_000));
    assert!(paper.verify(nested.as_bytes()).is_err());
}
