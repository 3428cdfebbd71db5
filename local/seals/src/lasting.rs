//! What lets signatures be checked long after: the certificates and a revocation list in the document, and a time stamp over all of it
//! (ETSI EN 319 142-1, levels B-LT and B-LTA).

use std::collections::BTreeSet;

use cms::cert::CertificateChoices;
use der::Encode;
use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use crate::authority::Authority;
use crate::examine;
use crate::form::{add_to_form, append, editable, text};
use crate::hole;
use crate::sign::{SignError, WIDGET_FLAGS, opened, unreadable};
use crate::tsa::TimeAuthority;

/// A signed PDF with two more updates: the certificates of all that is signed in it with the authority's revocation list (a document security
/// store), and a document time stamp.
///
/// # Errors
/// When the PDF or a container in it cannot be read, or the time stamp cannot be made.
pub fn preserve(pdf: &[u8], authority: &Authority, time: &TimeAuthority, now: Timestamp) -> Result<Vec<u8>, SignError> {
    let stored = with_store(pdf, authority, time, now)?;
    with_time_stamp(&stored, time, now)
}

fn with_store(pdf: &[u8], authority: &Authority, time: &TimeAuthority, now: Timestamp) -> Result<Vec<u8>, SignError> {
    let mut update = opened(pdf)?;
    // A set, because the certificates of the authority are in every container.
    let mut certificates = BTreeSet::new();
    for value in examine::values(update.get_prev_documents()) {
        let contents = value.get(b"Contents").and_then(Object::as_str).map_err(unreadable)?;
        let (signed_data, _, _) = examine::container(contents).map_err(unreadable)?;
        for choice in signed_data.certificates.iter().flat_map(|set| set.0.iter()) {
            if let CertificateChoices::Certificate(certificate) = choice {
                certificates.insert(certificate.to_der().map_err(unreadable)?);
            }
        }
    }
    certificates.insert(time.signer().certificate().to_der().map_err(unreadable)?);
    let revocations = authority.revocations(now).map_err(|error| SignError::Signature(error.to_string()))?;

    let mut stream =
        |bytes: Vec<u8>| Object::from(update.new_document.add_object(Stream::new(Dictionary::new(), bytes)));
    let certificates: Vec<Object> = certificates.into_iter().map(&mut stream).collect();
    let revocations = vec![stream(revocations)];
    let store = dictionary! { "Type" => "DSS", "Certs" => certificates, "CRLs" => revocations };
    let store = update.new_document.add_object(store);
    let root = root(&update.new_document)?;
    editable(&mut update, root)?.as_dict_mut().map_err(unreadable)?.set("DSS", store);
    let mut stored = Vec::new();
    update.save_to(&mut stored).map_err(unreadable)?;
    Ok(stored)
}

fn root(document: &Document) -> Result<ObjectId, SignError> {
    document.trailer.get(b"Root").and_then(Object::as_reference).map_err(unreadable)
}

fn with_time_stamp(pdf: &[u8], time: &TimeAuthority, now: Timestamp) -> Result<Vec<u8>, SignError> {
    let mut update = opened(pdf)?;
    let page = *update.get_prev_documents().get_pages().get(&1).ok_or(SignError::NoSuchPage(1))?;
    let count = examine::values(update.get_prev_documents()).len();
    let name = format!("Timestamp{}", count + 1);
    let mut value =
        dictionary! { "Type" => "DocTimeStamp", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.RFC3161" };
    hole::dig(&mut value);
    let value = update.new_document.add_object(value);
    // Nothing is shown: the widget has no size.
    let widget = update.new_document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig", "T" => text(&name), "F" => WIDGET_FLAGS, "P" => page,
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()], "V" => value,
    });
    append(&mut update, page, b"Annots", widget)?;
    add_to_form(&mut update, widget, &name, &Dictionary::new())?;
    let mut stamped = Vec::new();
    update.save_to(&mut stamped).map_err(unreadable)?;
    hole::fill(stamped, pdf.len(), |digest| time.token(digest, now))
}
