//! One signature, appended to a PDF as an incremental update (ISO 32000-2, 7.5.6 and 12.8).
//!
//! What always holds: the bytes handed in stand unchanged at the beginning of the result; what is added is one signature dictionary, its widget with
//! the seal, and the entries that lead to them. It is a plain approval signature: after a certification signature (DocMDP) verifiers refuse the
//! visible field of the party who signs next.

use jiff::Timestamp;
use jiff::tz::{self, TimeZone};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, StringFormat, dictionary};
use sha2::{Digest, Sha256};

use crate::art::SealArt;
use crate::authority::Signer;
use crate::cms;

/// Bytes kept free for the signature's container.
const CONTENTS_BYTES: usize = 8192;
/// Stands for the three lengths in /ByteRange until they are known.
const UNKNOWN_LENGTH: i64 = 9_999_999_999;
/// Print (4) and Locked (128): the seal is printed, and nobody moves it.
const WIDGET_FLAGS: i64 = 132;
/// SignaturesExist and AppendOnly.
const SIG_FLAGS: i64 = 3;

/// Where a signature stands and what it is called.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Name of the form field; the document must not have one of this name yet.
    pub name: &'a str,
    /// Page, counted from 1.
    pub page: u32,
    /// Centre of the seal in points from the left edge of the page.
    pub x: f64,
    /// Centre of the seal in points from the lower edge of the page.
    pub y: f64,
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
}

/// Why a PDF could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The input is not a PDF, or a damaged or encrypted one.
    #[error("The PDF cannot be read: {0}")]
    Unreadable(String),
    /// The document has no such page.
    #[error("The PDF has no page {0}.")]
    NoSuchPage(u32),
    /// The place is not a rectangle inside the page.
    #[error("The place for the seal is not on the page.")]
    OffThePage,
    /// The document has a form field of this name.
    #[error("The PDF has a field named {0} already.")]
    NameTaken(String),
    /// The container could not be made, or does not fit into the room kept for it.
    #[error("The signature cannot be made: {0}")]
    Signature(String),
}

fn unreadable(error: impl std::fmt::Display) -> SignError {
    SignError::Unreadable(error.to_string())
}

/// Signs a PDF: hands back its bytes and, after them, an incremental update with one PAdES signature and its visible seal.
///
/// `now` becomes the time of signing in the signature dictionary.
///
/// # Errors
/// When the PDF cannot be read, the field does not fit into it, or the signature cannot be made.
pub fn sign(
    pdf: &[u8],
    signer: &Signer,
    field: Field<'_>,
    seal: &SealArt,
    now: Timestamp,
) -> Result<Vec<u8>, SignError> {
    let previous = Document::load_mem(pdf).map_err(unreadable)?;
    if previous.is_encrypted() || previous.encryption_state.is_some() || previous.xref_recovery.is_some() {
        return Err(SignError::Unreadable("it is encrypted or damaged".to_owned()));
    }
    let page_id = *previous.get_pages().get(&field.page).ok_or(SignError::NoSuchPage(field.page))?;
    let rect = rectangle(&previous, page_id, field)?;
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), previous);
    complete_trailer(&mut update, pdf);

    let appearance = update.new_document.add_object(appearance(seal, field)?);
    let signature = update.new_document.add_object(signature_dictionary(signer, now)?);
    let widget = update.new_document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig", "T" => text(field.name),
        "TU" => text(&format!("{} 的电子签名", signer.name())),
        "F" => WIDGET_FLAGS, "P" => page_id, "Rect" => rect, "V" => signature,
        "AP" => dictionary! { "N" => appearance },
    });
    append(&mut update, page_id, b"Annots", widget)?;
    add_to_form(&mut update, widget, field.name)?;

    let mut signed = Vec::with_capacity(pdf.len().saturating_add(4 * CONTENTS_BYTES));
    update.save_to(&mut signed).map_err(unreadable)?;
    fill_in(signed, pdf.len(), signer)
}

/// The field's rectangle, if it lies on the page.
fn rectangle(document: &Document, page: ObjectId, field: Field<'_>) -> Result<Object, SignError> {
    let mut media_box = None;
    let mut node = page;
    for _ in 0..64 {
        let dictionary = document.get_dictionary(node).map_err(unreadable)?;
        if let Ok(found) = dictionary.get_deref(b"MediaBox", document).and_then(Object::as_array) {
            media_box = Some(found);
            break;
        }
        let Ok(parent) = dictionary.get(b"Parent").and_then(Object::as_reference) else { break };
        node = parent;
    }
    let media_box: Vec<f64> = media_box
        .map(|numbers| numbers.iter().filter_map(|number| number.as_float().ok()).map(f64::from).collect())
        .ok_or_else(|| unreadable("a page has no size"))?;
    let [left, bottom, right, top] = media_box[..] else { return Err(unreadable("a page has no size")) };
    let (x1, y1) = (field.x - field.width / 2.0, field.y - field.height / 2.0);
    let (x2, y2) = (x1 + field.width, y1 + field.height);
    // Written so that a value that is not a number is refused too.
    let inside = x1 >= left && y1 >= bottom && x2 <= right && y2 <= top && field.width >= 1.0 && field.height >= 1.0;
    if !inside {
        return Err(SignError::OffThePage);
    }
    Ok([x1, y1, x2, y2].iter().map(|number| real(*number)).collect::<Vec<_>>().into())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "points on a page need three digits after the point, which an f32 holds"
)]
fn real(number: f64) -> Object {
    Object::Real(((number * 1000.0).round() / 1000.0) as f32)
}

/// The update's trailer: without what describes the previous cross-reference stream, and with a new second half of the file identifier.
fn complete_trailer(update: &mut IncrementalDocument, pdf: &[u8]) {
    let trailer = &mut update.new_document.trailer;
    for key in [&b"Type"[..], b"W", b"Index", b"Filter", b"DecodeParms", b"Length", b"XRefStm"] {
        trailer.remove(key);
    }
    let first = trailer.get(b"ID").and_then(Object::as_array).ok().and_then(|id| id.first()).cloned();
    if let Some(first) = first {
        let second = Sha256::digest(pdf).iter().take(16).copied().collect();
        trailer.set("ID", vec![first, Object::String(second, StringFormat::Hexadecimal)]);
    }
}

fn appearance(seal: &SealArt, field: Field<'_>) -> Result<Stream, SignError> {
    let dictionary = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "FormType" => 1,
        "BBox" => vec![real(0.0), real(0.0), real(field.width), real(field.height)],
        "Resources" => dictionary! {
            "ExtGState" => dictionary! { "Seal" => dictionary! { "Type" => "ExtGState", "BM" => "Multiply" } },
        },
    };
    let content = format!("q /Seal gs\n{}Q\n", seal.operators(field.width, field.height));
    let mut stream = Stream::new(dictionary, content.into_bytes());
    stream.compress().map_err(|error| SignError::Signature(error.to_string()))?;
    Ok(stream)
}

fn signature_dictionary(signer: &Signer, now: Timestamp) -> Result<Dictionary, SignError> {
    let beijing = TimeZone::fixed(tz::offset(8));
    let signed_at = beijing.to_datetime(now).strftime("D:%Y%m%d%H%M%S+08'00'").to_string();
    Ok(dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), UNKNOWN_LENGTH.into(), UNKNOWN_LENGTH.into(), UNKNOWN_LENGTH.into()],
        "Contents" => Object::String(vec![0; CONTENTS_BYTES], StringFormat::Hexadecimal),
        "M" => Object::string_literal(signed_at),
        "Name" => text(signer.name()),
    })
}

/// A text string: UTF-16 with its mark, which every reader understands.
fn text(value: &str) -> Object {
    let bytes = [0xfe, 0xff].into_iter().chain(value.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// The newest version of an object, as one that the update may change.
fn editable(update: &mut IncrementalDocument, id: ObjectId) -> Result<&mut Object, SignError> {
    update.opt_clone_object_to_new_document(id).map_err(unreadable)?;
    update.new_document.get_object_mut(id).map_err(unreadable)
}

/// Adds a reference to the array under `key` of the dictionary `owner`, whether the array is written there or is an object of its own.
fn append(update: &mut IncrementalDocument, owner: ObjectId, key: &[u8], item: ObjectId) -> Result<(), SignError> {
    let dictionary = editable(update, owner)?.as_dict_mut().map_err(unreadable)?;
    append_in(dictionary, key, item).map_or(Ok(()), |array| {
        editable(update, array)?.as_array_mut().map_err(unreadable)?.push(item.into());
        Ok(())
    })
}

/// Adds to an array in place, or answers the object that holds the array.
fn append_in(dictionary: &mut Dictionary, key: &[u8], item: ObjectId) -> Option<ObjectId> {
    match dictionary.get_mut(key) {
        Ok(Object::Reference(array)) => return Some(*array),
        Ok(Object::Array(array)) => array.push(item.into()),
        _ => dictionary.set(key, vec![Object::from(item)]),
    }
    None
}

/// Lists the field in the document's form, which is made where there is none.
fn add_to_form(update: &mut IncrementalDocument, widget: ObjectId, name: &str) -> Result<(), SignError> {
    let root = update.new_document.trailer.get(b"Root").and_then(Object::as_reference).map_err(unreadable)?;
    let previous = update.get_prev_documents();
    let form = previous.get_dictionary(root).and_then(|catalog| catalog.get(b"AcroForm")).ok().cloned();
    let fields =
        form.as_ref().and_then(|form| previous.dereference(form).ok()).and_then(|(_, form)| form.as_dict().ok());
    let fields = fields.and_then(|form| form.get_deref(b"Fields", previous).and_then(Object::as_array).ok());
    for field in fields.into_iter().flatten() {
        let taken = field.as_reference().and_then(|id| previous.get_dictionary(id)).and_then(|field| field.get(b"T"));
        if taken.and_then(Object::as_str).is_ok_and(|taken| text(name).as_str().is_ok_and(|name| name == taken)) {
            return Err(SignError::NameTaken(name.to_owned()));
        }
    }
    match form {
        Some(Object::Reference(form)) => {
            append(update, form, b"Fields", widget)?;
            editable(update, form)?.as_dict_mut().map_err(unreadable)?.set("SigFlags", SIG_FLAGS);
        }
        form => {
            let mut form = form.and_then(|form| form.as_dict().ok().cloned()).unwrap_or_default();
            if let Some(array) = append_in(&mut form, b"Fields", widget) {
                editable(update, array)?.as_array_mut().map_err(unreadable)?.push(widget.into());
            }
            form.set("SigFlags", SIG_FLAGS);
            editable(update, root)?.as_dict_mut().map_err(unreadable)?.set("AcroForm", form);
        }
    }
    Ok(())
}

/// Fills in /ByteRange and /Contents, looking only at what was appended.
fn fill_in(mut signed: Vec<u8>, appended: usize, signer: &Signer) -> Result<Vec<u8>, SignError> {
    let defect = || SignError::Signature("the place kept for it was not found".to_owned());
    let hole = [b"<".as_slice(), "0".repeat(2 * CONTENTS_BYTES).as_bytes(), b">"].concat();
    let range = format!("[0 {UNKNOWN_LENGTH} {UNKNOWN_LENGTH} {UNKNOWN_LENGTH}]");
    let tail = signed.get(appended..).ok_or_else(defect)?;
    let hole_start = appended + position(tail, &hole).ok_or_else(defect)?;
    let range_start = appended + position(tail, range.as_bytes()).ok_or_else(defect)?;
    let hole_end = hole_start + hole.len();

    let mut numbers = format!("[0 {hole_start} {hole_end} {}", signed.len() - hole_end);
    numbers.push_str(&" ".repeat(range.len().saturating_sub(numbers.len() + 1)));
    numbers.push(']');
    let place = signed.get_mut(range_start..range_start + range.len()).ok_or_else(defect)?;
    place.copy_from_slice(numbers.as_bytes());

    let mut digest = Sha256::new();
    digest.update(signed.get(..hole_start).ok_or_else(defect)?);
    digest.update(signed.get(hole_end..).ok_or_else(defect)?);
    let container =
        cms::detached(signer, &digest.finalize().into()).map_err(|error| SignError::Signature(error.to_string()))?;
    if container.len() > CONTENTS_BYTES {
        return Err(SignError::Signature("it does not fit into the room kept for it".to_owned()));
    }
    let hex: String = container.iter().map(|byte| format!("{byte:02x}")).collect();
    let place = signed.get_mut(hole_start + 1..hole_start + 1 + hex.len()).ok_or_else(defect)?;
    place.copy_from_slice(hex.as_bytes());
    Ok(signed)
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
