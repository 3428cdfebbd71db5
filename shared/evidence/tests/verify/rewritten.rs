//! What an update may hold beside its signature.
//!
//! Here the update with party A's signature is written again, with something changed in it. Its digest then fails; but the revisions are compared before
//! the digest is looked at, so a verdict other than [`Defect::Digest`] is that of the comparison.

use evidence::Defect;
use lopdf::{IncrementalDocument, Object, dictionary};

use crate::paper::{contents, edit, last, page, paper, root, update};

/// The verdict on party A's signed file when its last update is written again with a change.
fn in_the_signing_update(change: impl FnOnce(&mut IncrementalDocument)) -> Defect {
    let paper = paper();
    let after = lopdf::Document::load_mem(&paper.signed).unwrap();
    let rewritten = update(&paper.by_b, |update| {
        for (id, object) in &after.objects {
            if update.get_prev_documents().objects.get(id) != Some(object) {
                update.new_document.set_object(*id, object.clone());
            }
        }
        update.new_document.max_id = after.max_id;
        change(update);
    });
    // The range and the place of the container are put right, so that only the contents of the update are wrong.
    let hole = last(&rewritten, b"/Contents<") + 9;
    let end = hole + rewritten[hole..].iter().position(|byte| *byte == b'>').unwrap() + 1;
    let range = last(&rewritten[..hole], b"/ByteRange[");
    let range_end = range + rewritten[range..].iter().position(|byte| *byte == b']').unwrap();
    let room = range_end - range - 11;
    let mut fixed = rewritten.clone();
    let numbers = format!("{:<room$}", format!("0 {hole} {end} {}", rewritten.len() - end));
    assert_eq!(numbers.len(), room, "the range has room for its numbers");
    fixed[range + 11..range_end].copy_from_slice(numbers.as_bytes());
    paper.verify(&fixed).unwrap_err()
}

#[test]
fn the_rewritten_update_differs_only_in_its_digest() {
    assert_eq!(in_the_signing_update(|_| {}), Defect::Digest);
}

#[test]
fn other_things_added_with_a_signature_are_refused() {
    assert!(matches!(
        in_the_signing_update(|update| {
            update.new_document.add_object(dictionary! { "Hidden" => true });
        }),
        Defect::Foreign(_)
    ));
    assert_eq!(
        in_the_signing_update(|update| {
            let root = root(update);
            edit(update, root).set("OpenAction", dictionary! { "S" => "JavaScript" });
        }),
        Defect::Entry("catalog")
    );
    assert_eq!(
        in_the_signing_update(|update| {
            let second = update.new_document.add_object(dictionary! { "Type" => "Annot", "Subtype" => "Stamp" });
            let page = page(update, 2);
            edit(update, page).get_mut(b"Annots").unwrap().as_array_mut().unwrap().push(second.into());
        }),
        Defect::Entry("page")
    );
    assert_eq!(
        in_the_signing_update(|update| {
            let page = page(update, 2);
            edit(update, page).set("Rotate", 180);
        }),
        Defect::Entry("page")
    );
    assert!(matches!(
        in_the_signing_update(|update| {
            let page = page(update, 1);
            edit(update, page).set("Rotate", 180);
        }),
        Defect::Changed(_)
    ));
    // The metadata entry is turned to a page's contents, which are then changed as "metadata".
    assert!(matches!(
        in_the_signing_update(|update| {
            let (root, contents) = (root(update), contents(update, 1));
            edit(update, root).set("Metadata", contents);
            edit(update, contents).set("Type", "Metadata");
        }),
        Defect::Changed(_)
    ));
}

#[test]
fn metadata_and_dates_may_change_with_a_signature() {
    let verdict = in_the_signing_update(|update| {
        let trailer = &update.new_document.trailer;
        let info = trailer.get(b"Info").unwrap().as_reference().unwrap();
        edit(update, info).set("ModDate", Object::string_literal("D:20261124060000Z"));
        let root = root(update);
        let metadata = edit(update, root).get(b"Metadata").unwrap().as_reference().unwrap();
        edit(update, metadata);
        let stream = update.new_document.get_object_mut(metadata).unwrap().as_stream_mut().unwrap();
        stream.set_content(b"<x:xmpmeta>changed</x:xmpmeta>".to_vec());
    });
    assert_eq!(verdict, Defect::Digest);
    let verdict = in_the_signing_update(|update| {
        let info = update.new_document.trailer.get(b"Info").unwrap().as_reference().unwrap();
        edit(update, info).set("Title", Object::string_literal("Another agreement"));
    });
    assert_eq!(verdict, Defect::Entry("information"));
}

#[test]
fn a_field_that_does_more_than_show_a_signature_is_refused() {
    let widget = |change: fn(&mut lopdf::Dictionary)| {
        in_the_signing_update(move |update| {
            let page = page(update, 2);
            let annotations = edit(update, page).get(b"Annots").unwrap().as_array().unwrap();
            let widget = annotations.last().unwrap().as_reference().unwrap();
            change(edit(update, widget));
        })
    };
    assert_eq!(
        widget(|field| field.set("A", dictionary! { "S" => "JavaScript" })),
        Defect::Field("it does more than show a signature")
    );
    assert_eq!(widget(|field| field.set("Subtype", "Stamp")), Defect::Entry("page"));
    assert_eq!(
        widget(|field| field.set("Rect", vec![0.into(), 0.into(), 595.into(), 842.into()])),
        Defect::Field("it is too large")
    );
    assert_eq!(
        widget(|field| field.set("Rect", vec![500.into(), 0.into(), 600.into(), 50.into()])),
        Defect::Field("it reaches beyond its page")
    );
}

/// The verdict on the signed file with some of its bytes replaced by as many others.
fn with(old: &[u8], new: &[u8]) -> Defect {
    assert_eq!(old.len(), new.len());
    let mut pdf = paper().signed.clone();
    let at = last(&pdf, old);
    pdf[at..at + old.len()].copy_from_slice(new);
    paper().verify(&pdf).unwrap_err()
}

#[test]
fn bytes_that_readers_may_read_in_two_ways_are_refused() {
    let twice = Defect::Malformed("a dictionary names an entry twice");
    assert_eq!(with(b"/Type/Annot/Subtype/Widget", b"/Subtype/Widget/F 1 /F  2 "), twice);
    assert_eq!(with(b"/Type/Annot/Subtype/Widget", b"/Subtype/Widget/F 1/#46 2 "), twice);
}
