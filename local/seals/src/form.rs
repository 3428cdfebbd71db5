//! What an incremental update changes besides adding objects: the page's annotations, the document's form, the trailer.

use lopdf::{Dictionary, IncrementalDocument, Object, ObjectId, StringFormat};
use sha2::{Digest, Sha256};

use crate::sign::{SignError, unreadable};

/// SignaturesExist and AppendOnly.
pub(crate) const SIG_FLAGS: i64 = 3;

#[expect(
    clippy::cast_possible_truncation,
    reason = "points on a page need three digits after the point, which an f32 holds"
)]
pub(crate) fn real(number: f64) -> Object {
    Object::Real(((number * 1000.0).round() / 1000.0) as f32)
}

/// The update's trailer: without what describes the previous cross-reference stream, and with a new second half of the file identifier.
pub(crate) fn complete_trailer(update: &mut IncrementalDocument, pdf: &[u8]) {
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

/// A text string: UTF-16 with its mark, which every reader understands.
pub(crate) fn text(value: &str) -> Object {
    let bytes = [0xfe, 0xff].into_iter().chain(value.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// The newest version of an object, as one that the update may change.
pub(crate) fn editable(update: &mut IncrementalDocument, id: ObjectId) -> Result<&mut Object, SignError> {
    update.opt_clone_object_to_new_document(id).map_err(unreadable)?;
    update.new_document.get_object_mut(id).map_err(unreadable)
}

/// Adds a reference to the array under `key` of the dictionary `owner`, whether the array is written there or is an object of its own.
pub(crate) fn append(
    update: &mut IncrementalDocument,
    owner: ObjectId,
    key: &[u8],
    item: ObjectId,
) -> Result<(), SignError> {
    let dictionary = editable(update, owner)?.as_dict_mut().map_err(unreadable)?;
    append_in(dictionary, key, item).map_or(Ok(()), |array| {
        editable(update, array)?.as_array_mut().map_err(unreadable)?.push(item.into());
        Ok(())
    })
}

/// Adds to an array in place, or answers the object that holds the array.
pub(crate) fn append_in(dictionary: &mut Dictionary, key: &[u8], item: ObjectId) -> Option<ObjectId> {
    match dictionary.get_mut(key) {
        Ok(Object::Reference(array)) => return Some(*array),
        Ok(Object::Array(array)) => array.push(item.into()),
        _ => dictionary.set(key, vec![Object::from(item)]),
    }
    None
}

/// Lists the field in the document's form, which is made where there is none, and gives the form these entries where it lacks them.
pub(crate) fn add_to_form(
    update: &mut IncrementalDocument,
    widget: ObjectId,
    name: &str,
    entries: &Dictionary,
) -> Result<(), SignError> {
    let root = update.new_document.trailer.get(b"Root").and_then(Object::as_reference).map_err(unreadable)?;
    let previous = update.get_prev_documents();
    let form = previous.get_dictionary(root).and_then(|catalog| catalog.get(b"AcroForm")).ok().cloned();
    let fields =
        form.as_ref().and_then(|form| previous.dereference(form).ok()).and_then(|(_, form)| form.as_dict().ok());
    let fields = fields.and_then(|form| form.get_deref(b"Fields", previous).and_then(Object::as_array).ok());
    for field in fields.into_iter().flatten() {
        let taken = field.as_reference().and_then(|id| previous.get_dictionary(id)).and_then(|field| field.get(b"T"));
        if taken.and_then(Object::as_str).is_ok_and(|taken| is_named(taken, name)) {
            return Err(SignError::NameTaken(name.to_owned()));
        }
    }
    match form {
        Some(Object::Reference(form)) => {
            append(update, form, b"Fields", widget)?;
            complete(editable(update, form)?.as_dict_mut().map_err(unreadable)?, entries);
        }
        form => {
            let mut form = form.and_then(|form| form.as_dict().ok().cloned()).unwrap_or_default();
            if let Some(array) = append_in(&mut form, b"Fields", widget) {
                editable(update, array)?.as_array_mut().map_err(unreadable)?.push(widget.into());
            }
            complete(&mut form, entries);
            editable(update, root)?.as_dict_mut().map_err(unreadable)?.set("AcroForm", form);
        }
    }
    Ok(())
}

/// Whether a field's name is this one, as UTF-16 or, where it is ASCII, as such.
fn is_named(taken: &[u8], name: &str) -> bool {
    taken == name.as_bytes() || text(name).as_str().is_ok_and(|name| name == taken)
}

fn complete(form: &mut Dictionary, entries: &Dictionary) {
    for (key, value) in entries {
        if !form.has(key) {
            form.set(key.clone(), value.clone());
        }
    }
    form.set("SigFlags", SIG_FLAGS);
}
