//! One signature, appended to a PDF as an incremental update (ISO 32000-2, 7.5.6 and 12.8).
//!
//! What always holds: the bytes handed in stand unchanged at the beginning of the result; what is added is one signature dictionary, its widget with
//! the seal, and the entries that lead to them. It is a plain approval signature: after a certification signature (DocMDP) verifiers refuse the
//! visible field of the party who signs next.

use jiff::Timestamp;
use jiff::tz::{self, TimeZone};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};

use crate::art::SealArt;
use crate::authority::Signer;
use crate::cms::{self, Attributes};
use crate::form::{add_to_form, append, complete_trailer, real, text};
use crate::hole;
use crate::itext;
use crate::tsa::TimeAuthority;

/// Print (4) and Locked (128): the seal is printed, and nobody moves it.
pub(crate) const WIDGET_FLAGS: i64 = 132;

/// As which program a signature is written.
#[derive(Debug, Clone, Copy, Default)]
pub enum Style<'a> {
    /// PAdES at level B-B, in the shortest form.
    #[default]
    Plain,
    /// CMS without the attributes of PAdES, in the structure that iText 5 gives a visible signature.
    Itext,
    /// As plain, with a time stamp on each signature: PAdES at level B-T.
    Stamped(&'a TimeAuthority),
}

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

pub(crate) fn unreadable(error: impl std::fmt::Display) -> SignError {
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
    sign_as(pdf, signer, field, seal, Style::Plain, now)
}

/// Signs a PDF as [`sign`] does, but as this program writes it.
///
/// # Errors
/// As [`sign`].
pub fn sign_as(
    pdf: &[u8],
    signer: &Signer,
    field: Field<'_>,
    seal: &SealArt,
    style: Style<'_>,
    now: Timestamp,
) -> Result<Vec<u8>, SignError> {
    let mut update = opened(pdf)?;
    let previous = update.get_prev_documents();
    let page = *previous.get_pages().get(&field.page).ok_or(SignError::NoSuchPage(field.page))?;
    let place = Place { field, page, rect: rectangle(previous, page, field)? };
    let (signed, attributes) = match style {
        Style::Itext => (itext::written(update, pdf, signer, &place, seal, now)?, Attributes::Bare),
        Style::Plain => (written(&mut update, signer, &place, seal, now)?, Attributes::Pades),
        Style::Stamped(time) => {
            (written(&mut update, signer, &place, seal, now)?, Attributes::PadesWithTime(time, now))
        }
    };
    hole::fill(signed, pdf.len(), |digest| cms::detached(signer, digest, attributes))
}

/// An update of a PDF that can be written to.
pub(crate) fn opened(pdf: &[u8]) -> Result<IncrementalDocument, SignError> {
    let previous = Document::load_mem(pdf).map_err(unreadable)?;
    if previous.is_encrypted() || previous.encryption_state.is_some() || previous.xref_recovery.is_some() {
        return Err(SignError::Unreadable("it is encrypted or damaged".to_owned()));
    }
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), previous);
    complete_trailer(&mut update, pdf);
    Ok(update)
}

/// A field with its page and its rectangle there.
pub(crate) struct Place<'a> {
    pub(crate) field: Field<'a>,
    pub(crate) page: ObjectId,
    pub(crate) rect: Object,
}

fn written(
    update: &mut IncrementalDocument,
    signer: &Signer,
    place: &Place<'_>,
    seal: &SealArt,
    now: Timestamp,
) -> Result<Vec<u8>, SignError> {
    let appearance = update.new_document.add_object(appearance(seal, place.field)?);
    let signature = update.new_document.add_object(signature_dictionary(signer, now));
    let widget = update.new_document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig", "T" => text(place.field.name),
        "TU" => text(&format!("{} 的电子签名", signer.name())),
        "F" => WIDGET_FLAGS, "P" => place.page, "Rect" => place.rect.clone(), "V" => signature,
        "AP" => dictionary! { "N" => appearance },
    });
    append(update, place.page, b"Annots", widget)?;
    add_to_form(update, widget, place.field.name, &Dictionary::new())?;
    let mut signed = Vec::new();
    update.save_to(&mut signed).map_err(unreadable)?;
    Ok(signed)
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

fn signature_dictionary(signer: &Signer, now: Timestamp) -> Dictionary {
    let mut dictionary =
        dictionary! { "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached" };
    hole::dig(&mut dictionary);
    dictionary.set("M", Object::string_literal(date(now)));
    dictionary.set("Name", text(signer.name()));
    dictionary
}

/// A date as a PDF states it, in Beijing's time.
pub(crate) fn date(time: Timestamp) -> String {
    TimeZone::fixed(tz::offset(8)).to_datetime(time).strftime("D:%Y%m%d%H%M%S+08'00'").to_string()
}
