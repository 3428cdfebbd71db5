//! What a signed contract looks like, and what is reported of it.

use crate::paper::{FIELD_B, PARTY_A, PARTY_B, document, edit, expected, page, paper, root, sign, update};
use contract::Sha256;
use evidence::{Anchors, Defect, Doubt, Expected};
use lopdf::{Object, dictionary};

#[test]
fn a_contract_signed_by_both_is_accepted() {
    let paper = paper();
    let verified = paper.verify(&paper.signed).unwrap();
    assert!(verified.chain_checked && verified.draft.is_some());
    let [b, a] = &verified.signatures[..] else { panic!("two signatures") };
    assert_eq!((b.signer.as_str(), b.field.as_str(), b.page), (PARTY_B, "PartyB", 2));
    assert_eq!((a.signer.as_str(), a.field.as_str(), a.page), (PARTY_A, "PartyA", 2));
    assert_eq!(b.rectangle, [360.5, 240.5, 479.5, 359.5]);
    assert_eq!((b.signed_at, a.signed_at), (paper.now, paper.now));
    assert!(!b.covers_whole_file && a.covers_whole_file);
    assert_eq!(b.revision, Sha256::of(&paper.by_b));
    assert_eq!(a.revision, Sha256::of(&paper.signed));
    assert_ne!(a.certificate, b.certificate);
}

#[test]
fn cross_reference_streams_and_object_streams_are_read() {
    let paper = paper();
    let mut draft = Vec::new();
    document().save_modern(&mut draft).unwrap();
    let signed = paper.sign_as_a(&sign(&draft, &paper.b, FIELD_B, paper.now));
    let verified = evidence::verify(&signed, &paper.anchors(), &expected(&draft)).unwrap();
    assert_eq!(verified.signatures.len(), 2);
}

#[test]
fn without_anchors_the_chain_is_reported_as_unchecked() {
    let paper = paper();
    let verified = evidence::verify(&paper.signed, &Anchors::from_pem(" \n").unwrap(), &paper.expected()).unwrap();
    assert!(!verified.chain_checked);
}

#[test]
fn a_bundle_of_anchors_with_words_between_is_read() {
    let paper = paper();
    let other = seals::Authority::create().root_pem();
    let bundle = format!("# other\n{other}\n# ours\n{}", paper.authority.root_pem());
    let anchors = Anchors::from_pem(&bundle).unwrap();
    assert!(evidence::verify(&paper.signed, &anchors, &paper.expected()).unwrap().chain_checked);
    assert!(Anchors::from_pem("nothing").is_err());
    assert!(Anchors::from_pem(&other.replace('M', "!")).is_err());
}

#[test]
fn validation_data_may_follow_the_last_signature() {
    let paper = paper();
    let with_data = update(&paper.signed, |update| {
        let certificate =
            update.new_document.add_object(lopdf::Stream::new(lopdf::Dictionary::new(), b"certificate".to_vec()));
        let store =
            update.new_document.add_object(dictionary! { "Type" => "DSS", "Certs" => vec![Object::from(certificate)] });
        let root = root(update);
        edit(update, root).set("DSS", store);
    });
    let verified = paper.verify(&with_data).unwrap();
    assert!(verified.signatures.iter().all(|signature| !signature.covers_whole_file));

    // The same place does not hide anything else.
    let more = update(&paper.signed, |update| {
        let page = page(update, 1);
        let root = root(update);
        edit(update, root).set("DSS", dictionary! {});
        edit(update, page).set("Rotate", 90);
    });
    assert!(matches!(paper.verify(&more), Err(Defect::Changed(_))));
}

#[test]
fn another_draft_cannot_be_judged_without_the_confirmed_one() {
    let paper = paper();
    let expected = Expected { draft_sha256: Some(Sha256::of(b"another draft")), ..paper.expected() };
    let report = evidence::verify(&paper.signed, &paper.anchors(), &expected).unwrap();
    assert_eq!((report.draft, report.doubts), (None, vec![Doubt::Rewritten]));
    let wrong = Expected { draft: Some(b"some draft"), ..expected };
    assert_eq!(evidence::verify(&paper.signed, &paper.anchors(), &wrong), Err(Defect::NotTheDraft));
}

#[test]
fn a_draft_that_was_written_anew_is_compared_with_the_confirmed_one() {
    let paper = paper();
    let mut anew = Vec::new();
    document().save_modern(&mut anew).unwrap();
    let signed = paper.sign_as_a(&sign(&anew, &paper.b, FIELD_B, paper.now));
    let expected = Expected { draft: Some(&paper.draft), ..paper.expected() };
    let report = evidence::verify(&signed, &paper.anchors(), &expected).unwrap();
    assert!(report.holds() && report.draft.is_none(), "{:?}", report.doubts);

    let mut changed = Vec::new();
    let mut document = document();
    for object in document.objects.values_mut() {
        if let Ok(stream) = object.as_stream_mut()
            && stream.content.ends_with(b"(The agreement) Tj ET")
        {
            stream.set_content(b"BT /F1 20 Tf 72 700 Td (The agreements) Tj ET".to_vec());
        }
    }
    document.save_modern(&mut changed).unwrap();
    let signed = paper.sign_as_a(&sign(&changed, &paper.b, FIELD_B, paper.now));
    assert_eq!(evidence::verify(&signed, &paper.anchors(), &expected), Err(Defect::Pictures(1)));
}

/// Each root that the package brings has its source, its day, and the SHA-256 that stands beside it.
#[test]
fn the_bundled_anchors_are_what_they_say() {
    let bundle = include_str!("../../anchors/roots.pem");
    let entries: Vec<&str> = bundle.split("# subject: ").skip(1).collect();
    assert!(!entries.is_empty() && !Anchors::bundled().is_empty());
    assert_eq!(entries.len(), bundle.matches("-----BEGIN CERTIFICATE-----").count());
    for entry in entries {
        let line = |name: &str| entry.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let pem = &entry[entry.find("-----BEGIN").unwrap()..];
        let (_, der) = der::pem::decode_vec(pem.trim().as_bytes()).unwrap();
        assert_eq!(Sha256::of(&der).to_string(), line("# sha256:"));
        assert!(!line("# source:").is_empty() && line("# added:").len() == 10 && line("# valid to:").len() == 10);
    }
}
