//! The file as it stood at each signature.
//!
//! A revision is a beginning of the file: the draft, and then one for each signature, up to the end of what that signature covers. Each is read by
//! itself, strictly, with nothing repaired.

use std::ops::Range;

use contract::{Sha256, Timestamp};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, StringFormat};
use sha2::Digest;

use crate::defect::Defect;

/// Largest size a single stream may unpack to while a revision is read.
const MAX_UNPACKED: usize = 64 * 1024 * 1024;
/// Ends of revisions that are compared with the confirmed draft.
const MAX_DRAFT_ENDS: usize = 64;

/// One signature as the file shows it, before its container is opened.
pub(crate) struct Signature {
    pub(crate) field: ObjectId,
    pub(crate) dictionary: ObjectId,
    /// The place of the container in the file, with its angle brackets.
    pub(crate) hole: Range<usize>,
    /// Where the bytes end that it covers.
    pub(crate) end: usize,
    /// The container and the zeros after it.
    pub(crate) contents: Vec<u8>,
    /// Whether it claims to be a CAdES signature, whose attributes are stricter.
    pub(crate) cades: bool,
    /// Field name, as text.
    pub(crate) name: String,
    /// /M of the signature dictionary.
    pub(crate) stated_time: Option<Timestamp>,
}

/// Reads a revision.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, Defect> {
    if !bytes.starts_with(b"%PDF-") {
        return Err(Defect::Malformed("it does not begin as a PDF"));
    }
    let options = LoadOptions { strict: true, max_decompressed_size: Some(MAX_UNPACKED), ..LoadOptions::default() };
    // The reader is not ours and the bytes are a stranger's: should it ever panic, the file is refused.
    let loaded = std::panic::catch_unwind(|| Document::load_mem_with_options(bytes, options));
    let document = loaded.ok().and_then(Result::ok).ok_or(Defect::Malformed("it cannot be read"))?;
    if document.xref_recovery.is_some() || document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
        return Err(Defect::Malformed("it is damaged or encrypted"));
    }
    Ok(document)
}

/// The catalog and its object.
pub(crate) fn catalog(document: &Document) -> Result<(ObjectId, &Dictionary), Defect> {
    let id = document.trailer.get(b"Root").and_then(Object::as_reference);
    let id = id.map_err(|_| Defect::Malformed("it has no catalog"))?;
    let catalog = document.get_dictionary(id).map_err(|_| Defect::Malformed("it has no catalog"))?;
    Ok((id, catalog))
}

/// What stands under a key, with references followed; absent and null are the same.
pub(crate) fn entry<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let (_, object) = dictionary.get(key).ok().and_then(|object| document.dereference(object).ok())?;
    (!object.is_null()).then_some(object)
}

/// The form's fields, in order; none where there is no form.
pub(crate) fn fields(document: &Document) -> Result<Vec<Object>, Defect> {
    let (_, catalog) = catalog(document)?;
    let Some(form) = entry(document, catalog, b"AcroForm") else { return Ok(Vec::new()) };
    let form = form.as_dict().map_err(|_| Defect::Malformed("its form cannot be read"))?;
    match entry(document, form, b"Fields") {
        None => Ok(Vec::new()),
        Some(fields) => fields.as_array().cloned().map_err(|_| Defect::Malformed("its form cannot be read")),
    }
}

/// The signatures of the file, in the order in which they were made.
pub(crate) fn signatures(pdf: &[u8], document: &Document) -> Result<Vec<Signature>, Defect> {
    let fields = fields(document)?;
    if fields.len() > crate::MAX_SIGNATURES {
        return Err(Defect::SignatureCount(fields.len()));
    }
    let mut signatures = Vec::new();
    for field in &fields {
        let field = field.as_reference().map_err(|_| Defect::Malformed("its form cannot be read"))?;
        signatures.push(signature(pdf, document, field)?);
    }
    signatures.sort_by_key(|signature| signature.end);
    let mut before = 0;
    for signature in &signatures {
        if signature.hole.start < before {
            return Err(Defect::Coverage);
        }
        before = signature.end;
    }
    Ok(signatures)
}

fn signature(pdf: &[u8], document: &Document, field: ObjectId) -> Result<Signature, Defect> {
    let unreadable = || Defect::Malformed("a form field is not a signature");
    let widget = document.get_dictionary(field).map_err(|_| unreadable())?;
    if !is_name(widget, b"FT", b"Sig") {
        return Err(unreadable());
    }
    let id = widget.get(b"V").and_then(Object::as_reference).map_err(|_| unreadable())?;
    let dictionary = document.get_dictionary(id).map_err(|_| unreadable())?;
    let cades = is_name(dictionary, b"SubFilter", b"ETSI.CAdES.detached");
    if !is_name(dictionary, b"Type", b"Sig") || !(cades || is_name(dictionary, b"SubFilter", b"adbe.pkcs7.detached")) {
        return Err(unreadable());
    }
    let range = dictionary.get(b"ByteRange").and_then(Object::as_array).map_err(|_| Defect::Coverage)?;
    let range: Vec<usize> = range
        .iter()
        .filter_map(|number| number.as_i64().ok())
        .filter_map(|number| usize::try_from(number).ok())
        .collect();
    let [0, first, second, length] = range[..] else { return Err(Defect::Coverage) };
    let end = second.checked_add(length).filter(|end| *end <= pdf.len()).ok_or(Defect::Coverage)?;
    let hole = pdf.get(first..second).ok_or(Defect::Coverage)?;
    let contents = decode_hole(hole)?;
    // The gap in the range is the value of /Contents and nothing else.
    match dictionary.get(b"Contents") {
        Ok(Object::String(value, StringFormat::Hexadecimal)) if *value == contents => {}
        _ => return Err(Defect::Coverage),
    }
    let name = widget.get(b"T").ok().and_then(|name| lopdf::decode_text_string(name).ok()).unwrap_or_default();
    let stated_time = dictionary.get(b"M").and_then(Object::as_str).ok().and_then(date);
    Ok(Signature { field, dictionary: id, hole: first..second, end, contents, cades, name, stated_time })
}

/// The bytes of a hexadecimal string. Its letters are all small or all large, so that no byte of it can change unseen.
fn decode_hole(hole: &[u8]) -> Result<Vec<u8>, Defect> {
    let digits = hole.strip_prefix(b"<").and_then(|hole| hole.strip_suffix(b">")).ok_or(Defect::Coverage)?;
    let lower = digits.iter().any(u8::is_ascii_lowercase);
    let upper = digits.iter().any(u8::is_ascii_uppercase);
    if lower && upper {
        return Err(Defect::Container("its digits are not written alike"));
    }
    hex::decode(digits).map_err(|_| Defect::Container("its digits cannot be read"))
}

pub(crate) fn is_name(dictionary: &Dictionary, key: &[u8], name: &[u8]) -> bool {
    dictionary.get(key).and_then(Object::as_name).is_ok_and(|found| found == name)
}

/// A PDF date (ISO 32000-2, 7.9.4) with its offset from universal time.
fn date(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("D:")?;
    let (local, offset) = text.split_at_checked(14)?;
    let offset = offset.replace('\'', "");
    let offset = if offset == "Z" || offset.is_empty() { "+0000" } else { &offset };
    Timestamp::strptime("%Y%m%d%H%M%S%z", format!("{local}{offset}")).ok()
}

/// Where the confirmed draft ends, if the file begins with it. Looked for at each end-of-file mark before the first signature.
pub(crate) fn draft_end(pdf: &[u8], before: usize, draft: Sha256) -> Option<usize> {
    const MARK: &[u8] = b"%%EOF";
    let mut digest = sha2::Sha256::new();
    let mut hashed = 0;
    let searched = pdf.get(..before)?;
    let marks = searched.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    for (mark, _) in marks.take(MAX_DRAFT_ENDS) {
        let mark = mark + MARK.len();
        // A line end may belong to the draft or to the update after it.
        for end in mark..=mark + 2 {
            let Some(more) = searched.get(hashed..end) else { break };
            if end > mark && !more.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                break;
            }
            digest.update(more);
            hashed = end;
            let found: [u8; 32] = digest.clone().finalize().into();
            if Sha256::from(found) == draft {
                return Some(end);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_and_without_an_offset_are_read() {
        let expected: Timestamp = "2026-11-24T14:23:07Z".parse().unwrap();
        for text in ["D:20261124222307+08'00'", "D:20261124222307+08'00", "D:20261124142307Z", "D:20261124142307"] {
            assert_eq!(date(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["20261124222307", "D:2026", "D:20261324222307Z", "D:日付日付日付日付", ""] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_draft_is_found_with_and_without_its_line_end() {
        for draft in ["a%%EOF", "a%%EOF\n", "a%%EOF\r\n", "a%%EOF\nb%%EOF"] {
            let file = format!("{draft}\nmore%%EOF\n");
            assert_eq!(
                draft_end(file.as_bytes(), file.len(), Sha256::of(draft.as_bytes())),
                Some(draft.len()),
                "{draft:?}"
            );
        }
        assert_eq!(draft_end(b"a%%EOF\nb", 8, Sha256::of(b"a%%EOF\nb")), None);
    }

    #[test]
    fn digits_of_two_cases_are_refused() {
        assert_eq!(decode_hole(b"<0aff>").unwrap(), [0x0a, 0xff]);
        assert_eq!(decode_hole(b"<0AFF>").unwrap(), [0x0a, 0xff]);
        for hole in [&b"<0aFF>"[..], b"<0 ff>", b"<0af>", b"(0aff)", b"<0aff", b""] {
            assert!(decode_hole(hole).is_err());
        }
    }
}
