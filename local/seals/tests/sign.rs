//! Signatures on small documents. Whether they hold is judged by the tests of `shared/evidence`; here it is how they are put into the file.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that meets the unexpected should stop there")]

use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use seals::{Authority, Field, SealArt, SignError, Signer};

const FIELD: Field<'_> = Field { name: "PartyB", page: 1, x: 300.0, y: 400.0, width: 119.0, height: 119.0 };

fn now() -> Timestamp {
    "2026-11-24T16:23:07Z".parse().unwrap()
}

fn signer() -> Signer {
    Authority::create().issue("张三", false, "", now()).unwrap()
}

fn document() -> Document {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let content = document.add_object(Stream::new(Dictionary::new(), b"0 0 m".to_vec()));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    document.objects.insert(pages, dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![page.into()] }.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let id = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![id.clone(), id]);
    document
}

fn pdf() -> Vec<u8> {
    let mut bytes = Vec::new();
    document().save_to(&mut bytes).unwrap();
    bytes
}

fn sign(pdf: &[u8], field: Field<'_>) -> Result<Vec<u8>, SignError> {
    seals::sign(pdf, &signer(), field, &SealArt::nameless(), now())
}

fn widgets(document: &Document) -> Vec<Dictionary> {
    let page = document.get_pages()[&1];
    let annotations =
        document.get_dictionary(page).unwrap().get_deref(b"Annots", document).unwrap().as_array().unwrap();
    annotations.iter().map(|id| document.get_dictionary(id.as_reference().unwrap()).unwrap().clone()).collect()
}

#[test]
fn the_old_bytes_stay_and_the_range_covers_all_but_the_container() {
    let pdf = pdf();
    let signed = sign(&pdf, FIELD).unwrap();
    assert!(signed.starts_with(&pdf));
    let document = Document::load_mem(&signed).unwrap();
    let widget = widgets(&document).remove(0);
    let signature = widget.get_deref(b"V", &document).unwrap().as_dict().unwrap();
    let range = signature.get(b"ByteRange").unwrap().as_array().unwrap();
    let range: Vec<usize> = range.iter().map(|number| usize::try_from(number.as_i64().unwrap()).unwrap()).collect();
    assert_eq!((range[0], range[2] + range[3]), (0, signed.len()));
    assert_eq!((signed[range[1]], signed[range[2] - 1], range[2] - range[1]), (b'<', b'>', 2 * 8192 + 2));
    // Signed on the 24th in London is the 25th in Beijing.
    assert_eq!(signature.get(b"M").unwrap().as_str().unwrap(), b"D:20261125002307+08'00'");
    let rect: Vec<f32> =
        widget.get(b"Rect").unwrap().as_array().unwrap().iter().map(|n| n.as_float().unwrap()).collect();
    assert_eq!(rect, [240.5, 340.5, 359.5, 459.5]);
}

#[test]
fn a_second_signature_joins_the_first() {
    let once = sign(&pdf(), FIELD).unwrap();
    let twice = sign(&once, Field { name: "PartyA", x: 100.0, ..FIELD }).unwrap();
    assert!(twice.starts_with(&once));
    let document = Document::load_mem(&twice).unwrap();
    assert_eq!(widgets(&document).len(), 2);
    let form = document.catalog().unwrap().get_deref(b"AcroForm", &document).unwrap().as_dict().unwrap();
    assert_eq!(form.get_deref(b"Fields", &document).unwrap().as_array().unwrap().len(), 2);
    assert_eq!(form.get(b"SigFlags").unwrap().as_i64().unwrap(), 3);
    assert!(matches!(sign(&twice, FIELD), Err(SignError::NameTaken(_))));
}

#[test]
fn annotations_and_fields_kept_in_objects_of_their_own_are_added_to() {
    let mut document = document();
    let annotations = document.add_object(Vec::<Object>::new());
    let fields = document.add_object(Vec::<Object>::new());
    let form = document.add_object(dictionary! { "Fields" => fields });
    let page = document.get_pages()[&1];
    document.get_dictionary_mut(page).unwrap().set("Annots", annotations);
    document.catalog_mut().unwrap().set("AcroForm", form);
    let mut pdf = Vec::new();
    document.save_modern(&mut pdf).unwrap();
    let signed = Document::load_mem(&sign(&pdf, FIELD).unwrap()).unwrap();
    assert_eq!(widgets(&signed).len(), 1);
    assert_eq!(signed.get_object(fields).unwrap().as_array().unwrap().len(), 1);
    assert_eq!(signed.get_dictionary(form).unwrap().get(b"SigFlags").unwrap().as_i64().unwrap(), 3);
}

#[test]
fn what_was_signed_here_is_found_and_judged() {
    let authority = Authority::create();
    let company = authority.issue("杭州晨星科技有限公司", true, "", now()).unwrap();
    let person = authority.issue("张三", false, "", now()).unwrap();
    let (pdf, art) = (pdf(), SealArt::nameless());
    assert_eq!(seals::examine(&pdf).unwrap(), []);
    let once = seals::sign(&pdf, &company, FIELD, &art, now()).unwrap();
    let twice = seals::sign(&once, &person, Field { name: "PartyA", x: 100.0, ..FIELD }, &art, now()).unwrap();
    let said = |pdf: &[u8]| -> Vec<(String, bool)> {
        seals::examine(pdf).unwrap().into_iter().map(|one| (one.owner, one.modified)).collect()
    };
    let (b, a) = ("杭州晨星科技有限公司".to_owned(), "张三".to_owned());
    assert_eq!(said(&twice), [(b.clone(), false), (a.clone(), false)]);
    let first = seals::examine(&twice).unwrap().remove(0);
    assert_eq!((first.signed_at, first.time_stamped), (Some(now()), false));
    assert_eq!(first.issuer, "Countersign Sandbox Issuing CA");
    assert!(first.valid_from < now() && first.valid_to > now() && first.serial.parse::<f64>().unwrap() > 0.0);

    let mut changed = twice.clone();
    changed[pdf.len() / 2] ^= 1;
    if let Ok(found) = seals::examine(&changed) {
        assert!(found.iter().all(|one| one.modified), "a byte of the contract changed");
    }
    let mut changed = twice.clone();
    let place = twice.windows(7).rposition(|window| window == b"+08'00'").unwrap();
    changed[place + 2] = b'9';
    assert_eq!(said(&changed), [(b.clone(), false), (a.clone(), true)], "a byte of the second signature's revision");
    let longer = [&twice[..], b"\n% more\n"].concat();
    assert_eq!(said(&longer), [(b, true), (a, true)], "something behind the last signature");
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let pdf = pdf();
    assert!(matches!(sign(b"", FIELD), Err(SignError::Unreadable(_))));
    assert!(matches!(sign(b"not a PDF", FIELD), Err(SignError::Unreadable(_))));
    assert!(matches!(sign(&pdf[..pdf.len() - 40], FIELD), Err(SignError::Unreadable(_))));
    assert!(matches!(sign(&pdf, Field { page: 2, ..FIELD }), Err(SignError::NoSuchPage(2))));
    assert!(matches!(sign(&pdf, Field { page: 0, ..FIELD }), Err(SignError::NoSuchPage(0))));
    for field in [
        Field { x: 30.0, ..FIELD },
        Field { y: 840.0, ..FIELD },
        Field { x: f64::NAN, ..FIELD },
        Field { width: f64::INFINITY, ..FIELD },
        Field { width: -10.0, ..FIELD },
    ] {
        assert!(matches!(sign(&pdf, field), Err(SignError::OffThePage)), "{field:?}");
    }
}
