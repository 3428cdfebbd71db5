//! Signatures as other programs write them. Whether those programs accept them is seen in `tests`; here it is what stands in the file.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that meets the unexpected should stop there")]

use jiff::Timestamp;
use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use seals::{Authority, Field, SealArt, Signer, Style, TimeAuthority};

const FIELD_B: Field<'_> = Field { name: "Signature1", page: 1, x: 300.0, y: 400.0, width: 119.0, height: 119.0 };
const FIELD_A: Field<'_> = Field { name: "Signature2", page: 1, x: 100.0, y: 400.0, width: 57.0, height: 57.0 };

const METADATA: &str = "<x:xmpmeta><xmp:ModifyDate>2026-11-01T00:00:00Z</xmp:ModifyDate></x:xmpmeta>";

fn now() -> Timestamp {
    "2026-11-24T16:23:07Z".parse().unwrap()
}

struct Cast {
    authority: Authority,
    time: TimeAuthority,
    company: Signer,
    person: Signer,
}

fn cast() -> Cast {
    let authority = Authority::create();
    let company = authority.issue("杭州晨星科技有限公司", true, "", now()).unwrap();
    let person = authority.issue("张三", false, "", now()).unwrap();
    Cast { time: authority.time_authority().unwrap(), company, person, authority }
}

impl Cast {
    fn signed(&self, pdf: &[u8], style: Style<'_>) -> Vec<u8> {
        let art = SealArt::nameless();
        let once = seals::sign_as(pdf, &self.company, FIELD_B, &art, style, now()).unwrap();
        assert!(once.starts_with(pdf));
        let twice = seals::sign_as(&once, &self.person, FIELD_A, &art, style, now()).unwrap();
        assert!(twice.starts_with(&once));
        twice
    }
}

fn document() -> Document {
    let mut document = Document::with_version("1.7");
    document.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
    let pages = document.new_object_id();
    let content = document.add_object(Stream::new(Dictionary::new(), b"0 0 m".to_vec()));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    document.objects.insert(pages, dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![page.into()] }.into());
    let metadata = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
    let metadata = document.add_object(Stream::new(metadata, METADATA.as_bytes().to_vec()));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages, "Metadata" => metadata });
    document.trailer.set("Root", catalog);
    let information = document.add_object(dictionary! { "Title" => Object::string_literal("A title") });
    document.trailer.set("Info", information);
    let id = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![id.clone(), id]);
    document
}

fn pdf() -> Vec<u8> {
    let mut bytes = Vec::new();
    document().save_to(&mut bytes).unwrap();
    bytes
}

fn dict<'a>(document: &'a Document, owner: &'a Dictionary, path: &[&str]) -> &'a Dictionary {
    path.iter().fold(owner, |owner, key| match owner.get_deref(key.as_bytes(), document).unwrap() {
        Object::Stream(stream) => &stream.dict,
        object => object.as_dict().unwrap(),
    })
}

fn list<'a>(document: &'a Document, owner: &'a Dictionary, key: &str) -> Vec<&'a Object> {
    let items = owner.get_deref(key.as_bytes(), document).unwrap().as_array().unwrap();
    items.iter().map(|item| document.dereference(item).unwrap().1).collect()
}

fn first_container(pdf: &[u8]) -> Vec<u8> {
    let document = Document::load_mem(pdf).unwrap();
    let form = dict(&document, document.catalog().unwrap(), &["AcroForm"]);
    let field = list(&document, form, "Fields")[0].as_dict().unwrap();
    dict(&document, field, &["V"]).get(b"Contents").unwrap().as_str().unwrap().to_vec()
}

/// What is said of the signatures: whose, whether modified, whether time-stamped.
fn said(pdf: &[u8]) -> Vec<(String, bool, bool)> {
    let found = seals::examine(pdf).unwrap().into_iter();
    found.map(|one| (one.owner, one.modified, one.time_stamped)).collect()
}

fn both(stamped: bool) -> [(String, bool, bool); 2] {
    ["杭州晨星科技有限公司", "张三"].map(|name| (name.to_owned(), false, stamped))
}

#[test]
fn as_itext_writes_it() {
    let cast = cast();
    let pdf = pdf();
    let signed = cast.signed(&pdf, Style::Itext);
    assert_eq!(said(&signed), both(false));
    let document = Document::load_mem(&signed).unwrap();
    let catalog = document.catalog().unwrap();
    assert_eq!(catalog.get(b"Version").unwrap().as_name().unwrap(), b"1.7");
    let form = dict(&document, catalog, &["AcroForm"]);
    assert_eq!(form.get(b"DA").unwrap().as_str().unwrap(), b"/Helv 0 Tf 0 g ");
    assert_eq!(form.get(b"SigFlags").unwrap().as_i64().unwrap(), 3);
    assert_eq!(
        dict(&document, form, &["DR", "Font", "ZaDb"]).get(b"BaseFont").unwrap().as_name().unwrap(),
        b"ZapfDingbats"
    );
    let fields = list(&document, form, "Fields");
    assert_eq!(fields.len(), 2);
    for (field, name) in fields.into_iter().zip(["Signature1", "Signature2"]) {
        let field = field.as_dict().unwrap();
        assert_eq!(field.get(b"T").unwrap().as_str().unwrap(), name.as_bytes());
        let frame = dict(&document, field, &["AP", "N", "Resources", "XObject", "FRM"]);
        assert_eq!(frame, dict(&document, field, &["DR", "XObject", "FRM"]));
        let layers = dict(&document, frame, &["Resources", "XObject"]);
        assert_eq!(layers.iter().map(|(name, _)| name.as_slice()).collect::<Vec<_>>(), [b"n0", b"n2"]);
        let value = dict(&document, field, &["V"]);
        assert_eq!(value.get(b"SubFilter").unwrap().as_name().unwrap(), b"adbe.pkcs7.detached");
        assert_eq!(value.get(b"Filter").unwrap().as_name().unwrap(), b"Adobe.PPKLite");
    }
    let information = document.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let information = document.get_dictionary(information).unwrap();
    assert_eq!(information.get(b"ModDate").unwrap().as_str().unwrap(), b"D:20261125002307+08'00'");
    assert_eq!(information.get(b"Title").unwrap().as_str().unwrap(), b"A title");
    let producer = String::from_utf8(information.get(b"Producer").unwrap().as_str().unwrap().to_vec()).unwrap();
    assert_eq!(producer.matches("Countersign sandbox").count(), 2, "{producer}");
    let metadata = catalog.get_deref(b"Metadata", &document).unwrap().as_stream().unwrap();
    assert_eq!(metadata.content, METADATA.replace("2026-11-01T00:00:00Z", "2026-11-24T16:23:07Z").into_bytes());

    let update = String::from_utf8_lossy(&signed[pdf.len()..]).into_owned();
    let first = update.split_once("%%EOF").unwrap().0;
    let numbers: Vec<u32> = first.lines().filter_map(|line| line.strip_suffix(" 0 obj")?.parse().ok()).collect();
    assert!(!numbers.is_sorted() && first.contains("\nxref\n0 1\n0000000000 65535 f \n"), "{numbers:?}");
    let catalog_at = first.find("/Catalog").unwrap();
    assert!(first.find("/FRM").unwrap() < catalog_at, "what is new comes before what is changed");
}

#[test]
fn itexts_containers_say_less() {
    let cast = cast();
    let signing_certificate = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f];
    let has = |pdf: &[u8]| {
        first_container(pdf).windows(signing_certificate.len()).any(|window| window == signing_certificate)
    };
    assert!(has(&cast.signed(&pdf(), Style::Plain)));
    assert!(!has(&cast.signed(&pdf(), Style::Itext)));
}

#[test]
fn a_stream_follows_a_stream() {
    let mut modern = Vec::new();
    document().save_modern(&mut modern).unwrap();
    let signed = cast().signed(&modern, Style::Itext);
    assert_eq!(said(&signed), both(false));
    assert!(!signed.windows(6).any(|window| window == b"\nxref\n"));
}

#[test]
fn with_time_stamps() {
    let cast = cast();
    let signed = cast.signed(&pdf(), Style::Stamped(&cast.time));
    assert_eq!(said(&signed), both(true));
    assert!(seals::examine(&signed).unwrap().iter().all(|one| one.signed_at == Some(now())));
    // The certificate's only purpose, critical: the extension as RFC 3161 wants it.
    let purpose = [0x06, 0x03, 0x55, 0x1d, 0x25, 0x01, 0x01, 0xff, 0x04, 0x0c, 0x30, 0x0a];
    let contents = first_container(&signed);
    assert!(contents.windows(purpose.len()).any(|window| window == purpose));
}

#[test]
fn to_last() {
    let cast = cast();
    let signed = cast.signed(&pdf(), Style::Stamped(&cast.time));
    let lasting = seals::preserve(&signed, &cast.authority, &cast.time, now()).unwrap();
    assert!(lasting.starts_with(&signed));
    assert_eq!(said(&lasting), both(true));
    let document = Document::load_mem(&lasting).unwrap();
    let catalog = document.catalog().unwrap();
    let store = dict(&document, catalog, &["DSS"]);
    // Root, issuing authority, both signers and the time stamping authority.
    assert_eq!((list(&document, store, "Certs").len(), list(&document, store, "CRLs").len()), (5, 1));
    let fields = list(&document, dict(&document, catalog, &["AcroForm"]), "Fields");
    let stamp = dict(&document, fields[2].as_dict().unwrap(), &["V"]);
    assert_eq!(stamp.get(b"Type").unwrap().as_name().unwrap(), b"DocTimeStamp");
    assert_eq!(stamp.get(b"SubFilter").unwrap().as_name().unwrap(), b"ETSI.RFC3161");
    let range = stamp.get(b"ByteRange").unwrap().as_array().unwrap();
    let covered = range[2].as_i64().unwrap() + range[3].as_i64().unwrap();
    assert_eq!(usize::try_from(covered).unwrap(), lasting.len());
    let mut changed = lasting.clone();
    changed.extend(b"\n");
    assert!(said(&changed).iter().all(|(_, modified, _)| *modified));
}
