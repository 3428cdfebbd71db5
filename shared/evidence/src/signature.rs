//! One signature as the file shows it, before its container is opened (ISO 32000-2, 12.8.1).

use std::ops::Range;

use contract::Timestamp;

use crate::defect::Defect;
use crate::document::{Document, Field};
use crate::file::Revision;
use crate::syntax::{Dictionary, Object, is_name, present};

/// Text of a form field's name; it is for people.
const MAX_NAME: usize = 100;

pub(crate) struct Signature {
    pub(crate) field: Field,
    pub(crate) kind: Kind,
    /// The place of the container in the file, with its angle brackets.
    pub(crate) hole: Range<usize>,
    /// Where the bytes end that it covers.
    pub(crate) end: usize,
    /// The container and the zeros after it.
    pub(crate) contents: Vec<u8>,
    /// Field name, as text.
    pub(crate) name: String,
    /// /M of the signature dictionary.
    pub(crate) stated_time: Option<Timestamp>,
    pub(crate) limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `adbe.pkcs7.detached`.
    Cms,
    /// `ETSI.CAdES.detached`, whose attributes are stricter.
    Cades,
    /// `ETSI.RFC3161`: a time stamp over the whole file.
    TimeStamp,
}

/// What a signature forbids those who come after it (ISO 32000-2, 12.8.2.2 and 12.8.2.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of a certification: 1 nothing but validation data, 2 filling what is there, 3 annotations too.
    pub(crate) permission: Option<i64>,
    pub(crate) locked: Vec<Lock>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lock {
    All,
    Include(Vec<Vec<u8>>),
    Exclude(Vec<Vec<u8>>),
}

impl Lock {
    pub(crate) fn holds(&self, name: &[u8]) -> bool {
        let named = |names: &[Vec<u8>]| {
            names.iter().any(|part| {
                name == part.as_slice() || name.strip_prefix(part.as_slice()).is_some_and(|rest| rest.starts_with(b"."))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => named(names),
            Self::Exclude(names) => !named(names),
        }
    }
}

impl Signature {
    /// Reads the signature that a revision adds in `field`.
    pub(crate) fn read(pdf: &[u8], revision: &Revision<'_>, field: &Field) -> Result<Self, Defect> {
        let unreadable = || Defect::Malformed("a signature cannot be read");
        let document = &revision.document;
        let value = field.value.ok_or_else(unreadable)?;
        let entries = document.dictionary(value).ok_or_else(unreadable)?;
        let own = revision.own.get(&value).ok_or_else(unreadable)?;
        let kind = match document.get(entries, b"SubFilter").and_then(Object::name) {
            Some(b"adbe.pkcs7.detached") => Kind::Cms,
            Some(b"ETSI.CAdES.detached") => Kind::Cades,
            Some(b"ETSI.RFC3161") => Kind::TimeStamp,
            _ => return Err(Defect::Algorithm),
        };
        let expected: &[u8] = if kind == Kind::TimeStamp { b"DocTimeStamp" } else { b"Sig" };
        if present(entries, b"Type").is_some() && !is_name(entries, b"Type", expected) {
            return Err(unreadable());
        }
        let range = document.get(entries, b"ByteRange").and_then(Object::array).ok_or(Defect::Coverage)?;
        let range: Vec<usize> = range
            .iter()
            .map(|number| number.integer().and_then(|number| usize::try_from(number).ok()))
            .collect::<Option<_>>()
            .ok_or(Defect::Coverage)?;
        let [0, first, second, length] = range[..] else { return Err(Defect::Coverage) };
        let end = second.checked_add(length).ok_or(Defect::Coverage)?;
        // The gap in the range is the value of /Contents and nothing else, and the signature covers all of its revision but that.
        let contents = entries.get(b"Contents".as_slice()).and_then(Object::text).ok_or(Defect::Coverage)?;
        let inside = own.start < first && second < own.end;
        if contents.at != (first..second) || !contents.hexadecimal || !inside || !revision.ends.contains(&end) {
            return Err(Defect::Coverage);
        }
        let hole = pdf.get(first + 1..second.saturating_sub(1)).ok_or(Defect::Coverage)?;
        // Digits alone, all small or all large, so that no byte of it can change unseen.
        let mixed = hole.iter().any(u8::is_ascii_lowercase) && hole.iter().any(u8::is_ascii_uppercase);
        if mixed || hole.len() % 2 == 1 || !hole.iter().all(u8::is_ascii_hexdigit) {
            return Err(Defect::Container("its digits are not written alike"));
        }
        let stated = document.get(entries, b"M").map(|stated| stated.text().and_then(|text| date(&text.bytes)));
        Ok(Self {
            field: field.clone(),
            kind,
            hole: first..second,
            end,
            contents: contents.bytes.clone(),
            name: text(&field.name).chars().take(MAX_NAME).collect(),
            stated_time: stated.map(|stated| stated.ok_or(Defect::NoTime)).transpose()?,
            limits: limits(document, entries)?,
        })
    }
}

fn limits(document: &Document<'_>, entries: &Dictionary<'_>) -> Result<Limits, Defect> {
    let unreadable = || Defect::Malformed("what a signature forbids cannot be read");
    let mut limits = Limits::default();
    let Some(references) = document.get(entries, b"Reference") else { return Ok(limits) };
    for reference in references.array().ok_or_else(unreadable)? {
        let reference = document.resolve(reference).and_then(Object::dictionary).ok_or_else(unreadable)?;
        let parameters = document.get(reference, b"TransformParams").and_then(Object::dictionary);
        match document.get(reference, b"TransformMethod").and_then(Object::name) {
            Some(b"DocMDP") => {
                let permission = parameters.and_then(|parameters| document.get(parameters, b"P")).map(Object::integer);
                limits.permission = Some(permission.unwrap_or(Some(2)).ok_or_else(unreadable)?);
            }
            Some(b"FieldMDP") => {
                let parameters = parameters.ok_or_else(unreadable)?;
                let names = || -> Option<Vec<Vec<u8>>> {
                    let names = document.get(parameters, b"Fields")?.array()?;
                    names.iter().map(|name| Some(document.resolve(name)?.text()?.bytes.clone())).collect()
                };
                limits.locked.push(match document.get(parameters, b"Action").and_then(Object::name) {
                    Some(b"All") => Lock::All,
                    Some(b"Include") => Lock::Include(names().ok_or_else(unreadable)?),
                    Some(b"Exclude") => Lock::Exclude(names().ok_or_else(unreadable)?),
                    _ => return Err(unreadable()),
                });
            }
            _ => return Err(unreadable()),
        }
    }
    Ok(limits)
}

/// A text string (ISO 32000-2, 7.9.2.2), as well as it can be shown.
pub(crate) fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest.chunks(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A PDF date (ISO 32000-2, 7.9.4). Without an offset it is universal time.
pub(crate) fn date(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix("D:").unwrap_or(text);
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, offset) = text.split_at_checked(length)?;
    // Month, day, hour, minute and second may be left out from the end.
    let filled = match length {
        4 => format!("{digits}0101000000"),
        6 => format!("{digits}01000000"),
        8 => format!("{digits}000000"),
        10 => format!("{digits}0000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return None,
    };
    let offset: String = offset.chars().filter(|char| *char != '\'').collect();
    let offset = match offset.as_str() {
        "" | "Z" | "Z00" | "Z0000" => "+0000".to_owned(),
        hours if hours.len() == 3 => format!("{hours}00"),
        offset => offset.to_owned(),
    };
    Timestamp::strptime("%Y%m%d%H%M%S%z", format!("{filled}{offset}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_and_without_an_offset_are_read() {
        let expected: Timestamp = "2026-11-24T14:23:07Z".parse().unwrap();
        for text in [
            "D:20261124222307+08'00'",
            "D:20261124222307+08'00",
            "D:20261124222307+08'",
            "D:20261124222307+08",
            "D:20261124142307Z",
            "D:20261124142307",
            "20261124142307Z",
            "D:20261124142307Z00'00'",
        ] {
            assert_eq!(date(text.as_bytes()), Some(expected), "{text}");
        }
        assert_eq!(date(b"D:202611"), "2026-11-01T00:00:00Z".parse().ok());
        for text in ["D:20263", "D:20261324222307Z", "D:日付日付日付日付", "", "D:20261124142307X"] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_lock_holds_the_fields_it_names() {
        let names = || vec![b"A".to_vec()];
        assert!(Lock::All.holds(b"x"));
        assert!(Lock::Include(names()).holds(b"A") && Lock::Include(names()).holds(b"A.b"));
        assert!(!Lock::Include(names()).holds(b"Ab"));
        assert!(!Lock::Exclude(names()).holds(b"A") && Lock::Exclude(names()).holds(b"B"));
    }
}
