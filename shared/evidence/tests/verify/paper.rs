//! A small agreement, the two who sign it, and ways to tamper with it.

use std::sync::OnceLock;

use contract::{Sha256, Timestamp};
use evidence::{Anchors, Defect, Expected, Party, Report};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};
use seals::{Authority, Field, SealArt, Signer};

/// When both sign, and when the file is checked.
pub const NOW: &str = "2026-11-24T06:00:00Z";
pub const PARTY_A: &str = "张三";
pub const PARTY_B: &str = "北京示例云计算技术有限公司";
pub const FIELD_A: Field<'_> = Field { name: "PartyA", page: 2, x: 150.0, y: 300.0, width: 57.0, height: 57.0 };
pub const FIELD_B: Field<'_> = Field { name: "PartyB", page: 2, x: 420.0, y: 300.0, width: 119.0, height: 119.0 };

pub struct Paper {
    pub authority: Authority,
    pub a: Signer,
    pub b: Signer,
    pub now: Timestamp,
    pub draft: Vec<u8>,
    pub by_b: Vec<u8>,
    pub signed: Vec<u8>,
}

/// The agreement as both have signed it: party B with RSA first, then party A with ECDSA.
pub fn paper() -> &'static Paper {
    static PAPER: OnceLock<Paper> = OnceLock::new();
    PAPER.get_or_init(|| {
        let authority = Authority::create();
        let now: Timestamp = NOW.parse().unwrap();
        let a = authority.issue(PARTY_A, false, "", now).unwrap();
        let b = authority.issue(PARTY_B, true, "91110108MA01ABCD1X", now).unwrap();
        let mut draft = Vec::new();
        document().save_to(&mut draft).unwrap();
        let by_b = sign(&draft, &b, FIELD_B, now);
        let signed = sign(&by_b, &a, FIELD_A, now);
        Paper { authority, a, b, now, draft, by_b, signed }
    })
}

impl Paper {
    pub fn anchors(&self) -> Anchors {
        Anchors::from_pem(&self.authority.root_pem()).unwrap()
    }

    pub fn expected(&self) -> Expected<'static> {
        expected(&self.draft)
    }

    pub fn verify(&self, pdf: &[u8]) -> Result<Report, Defect> {
        evidence::verify(pdf, &self.anchors(), &self.expected())
    }

    pub fn sign_as_a(&self, pdf: &[u8]) -> Vec<u8> {
        sign(pdf, &self.a, FIELD_A, self.now)
    }
}

pub fn expected(draft: &[u8]) -> Expected<'static> {
    Expected {
        draft_sha256: Some(Sha256::of(draft)),
        draft: None,
        created_at: None,
        party_a: Party::named(PARTY_A, false),
        party_b: Party::named(PARTY_B, true),
        now: NOW.parse().unwrap(),
    }
}

pub fn sign(pdf: &[u8], signer: &Signer, field: Field<'_>, now: Timestamp) -> Vec<u8> {
    seals::sign(pdf, signer, field, &SealArt::nameless(), now).unwrap()
}

/// Two pages of text, with the metadata and the identifier that a real agreement has.
pub fn document() -> Document {
    let mut document = Document::with_version("1.7");
    document.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let pages = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let mut kids: Vec<Object> = Vec::new();
    for text in ["The agreement", "The signatures"] {
        let content = format!("BT /F1 20 Tf 72 700 Td ({text}) Tj ET");
        let content = document.add_object(Stream::new(Dictionary::new(), content.into_bytes()));
        let page = dictionary! { "Type" => "Page", "Parent" => pages, "Contents" => content };
        kids.push(document.add_object(page).into());
    }
    let tree = dictionary! {
        "Type" => "Pages", "Count" => 2, "Kids" => kids, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    };
    document.objects.insert(pages, tree.into());
    let metadata = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
    let metadata = document.add_object(Stream::new(metadata, b"<x:xmpmeta/>".to_vec()));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages, "Metadata" => metadata });
    let info = document.add_object(dictionary! { "Title" => Object::string_literal("Agreement") });
    document.trailer.set("Root", catalog);
    document.trailer.set("Info", info);
    let id = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![id.clone(), id]);
    document
}

/// Adds an incremental update that `change` fills.
pub fn update(pdf: &[u8], change: impl FnOnce(&mut IncrementalDocument)) -> Vec<u8> {
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), Document::load_mem(pdf).unwrap());
    for key in [&b"Type"[..], b"W", b"Index", b"Filter", b"DecodeParms", b"Length"] {
        update.new_document.trailer.remove(key);
    }
    change(&mut update);
    let mut bytes = Vec::new();
    update.save_to(&mut bytes).unwrap();
    bytes
}

/// The dictionary of an object, as the update may change it.
pub fn edit(update: &mut IncrementalDocument, id: ObjectId) -> &mut Dictionary {
    update.opt_clone_object_to_new_document(id).unwrap();
    let object = update.new_document.get_object_mut(id).unwrap();
    match object {
        Object::Stream(stream) => &mut stream.dict,
        object => object.as_dict_mut().unwrap(),
    }
}

pub fn root(update: &IncrementalDocument) -> ObjectId {
    update.new_document.trailer.get(b"Root").unwrap().as_reference().unwrap()
}

pub fn page(update: &IncrementalDocument, number: u32) -> ObjectId {
    update.get_prev_documents().get_pages()[&number]
}

pub fn contents(update: &IncrementalDocument, number: u32) -> ObjectId {
    let page = update.get_prev_documents().get_dictionary(page(update, number)).unwrap();
    page.get(b"Contents").unwrap().as_reference().unwrap()
}

/// Where `needle` stands last.
pub fn last(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).rposition(|window| window == needle).unwrap()
}
