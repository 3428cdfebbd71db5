//! The whole file, read as its revisions (ISO 32000-2, 7.5).
//!
//! A revision is the draft, or one incremental update after it. Each is accepted only where there is nothing to forgive: it is a row of objects with
//! nothing between them, its cross-reference data names exactly these objects at their places, once each, its object streams hold exactly what the
//! cross-reference data says they hold, and it ends where the next one begins. So every reader finds the same objects, whether it trusts the
//! cross-reference data, rebuilds it, or takes the first or the last of two.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use crate::budget::Budget;
use crate::defect::Defect;
use crate::document::Document;
use crate::sections::{Place, Section};
use crate::syntax::{Dictionary, Object, Reader, holds_structure_words, is_name, present};

/// Most revisions of one file.
const MAX_REVISIONS: usize = 64;
/// Most objects of one file. An agreement has about seven hundred.
const MAX_OBJECTS: usize = 100_000;
/// White space and comments between the end of a revision and the next one's first object, in bytes.
const MAX_LEAD: usize = 64;

/// One revision: the bytes up to its end, and the document as it stands there.
pub(crate) struct Revision<'a> {
    /// How many stand before it.
    pub(crate) index: i64,
    /// The end of its last `%%EOF`.
    pub(crate) mark: usize,
    /// Where the bytes may end that were signed: at the mark, or behind the line end that follows it.
    pub(crate) ends: Vec<usize>,
    /// The objects that it holds itself, with their places in the file; what an object stream holds has the place of the stream.
    pub(crate) own: BTreeMap<u32, Range<usize>>,
    pub(crate) document: Document<'a>,
}

/// Reads a file, oldest revision first.
pub(crate) fn read<'a>(pdf: &'a [u8], budget: &mut Budget) -> Result<Vec<Revision<'a>>, Defect> {
    if !pdf.starts_with(b"%PDF-1.") && !pdf.starts_with(b"%PDF-2.") {
        return Err(Defect::Malformed("it does not begin as a PDF"));
    }
    let mut sections: Vec<Section<'a>> = Vec::new();
    let mut at = Some(last_section(pdf)?);
    while let Some(place) = at {
        let section = Section::read(pdf, place, budget)?;
        let newer = sections.last().map_or(pdf.len(), |newer| newer.at);
        // Older ones stand before newer ones, so that a chain ends.
        if section.mark > newer || sections.len() == MAX_REVISIONS {
            return Err(Defect::Malformed("its revisions do not follow each other"));
        }
        at = section.previous;
        sections.push(section);
    }
    sections.reverse();
    let mut revisions: Vec<Revision<'a>> = Vec::new();
    for section in sections {
        let revision = revision(pdf, section, revisions.last(), budget)?;
        revisions.push(revision);
    }
    let last = revisions.last().ok_or(Defect::Malformed("it is empty"))?;
    if !last.ends.contains(&pdf.len()) {
        return Err(Defect::AddedAfterSigning);
    }
    Ok(revisions)
}

/// Where the newest cross-reference section stands. The file ends with its `startxref`.
fn last_section(pdf: &[u8]) -> Result<usize, Defect> {
    let end = || Defect::Malformed("it does not end as a PDF");
    let tail_at = pdf.len().saturating_sub(64);
    let tail = pdf.get(tail_at..).unwrap_or_default();
    let word = b"startxref";
    let Some(at) = tail.windows(word.len()).rposition(|window| window == word) else {
        // What stands behind the last revision hides its end.
        let ends_early = pdf.windows(word.len()).any(|window| window == word);
        return Err(if ends_early { Defect::AddedAfterSigning } else { end() });
    };
    let mut reader = Reader::new(pdf, tail_at + at + word.len());
    if !reader.line_end() {
        return Err(end());
    }
    reader.digits().ok_or_else(end)
}

fn revision<'a>(
    pdf: &'a [u8],
    section: Section<'a>,
    before: Option<&Revision<'a>>,
    budget: &mut Budget,
) -> Result<Revision<'a>, Defect> {
    let start = before.map_or(0, |before| before.mark);
    let rows = rows(pdf, start, &section, before)?;
    let named = |number: &u32| section.places.get(number);
    for (number, row) in &rows {
        match named(number) {
            Some(Place::At(offset)) if *offset == row.at.start => {}
            // Cross-reference data kept as a stream need not name itself.
            None if row.at.start == section.at => {}
            _ => return Err(Defect::Malformed("its cross-reference data does not name its objects")),
        }
    }
    let mut objects = before.map(|before| before.document.objects.clone()).unwrap_or_default();
    let mut own = BTreeMap::new();
    let mut packed: BTreeMap<u32, BTreeMap<u16, u32>> = BTreeMap::new();
    for (number, place) in &section.places {
        match place {
            Place::At(_) if rows.contains_key(number) => {}
            Place::At(_) => {
                return Err(Defect::Malformed("its cross-reference data names an object that is not there"));
            }
            Place::In(container, index) => {
                if packed.entry(*container).or_default().insert(*index, *number).is_some() {
                    return Err(Defect::Malformed("two objects stand at one place of an object stream"));
                }
            }
            // Only what was in use becomes free.
            Place::Free if *number > 0 && before.is_some() && objects.remove(number).is_none() => {
                return Err(Defect::Malformed("its cross-reference data frees an object that was never there"));
            }
            Place::Free => {}
        }
    }
    for (number, row) in rows {
        let is_container = row.object.is_stream()
            && row.object.dictionary().is_some_and(|entries| is_name(entries, b"Type", b"ObjStm"));
        if is_container {
            let inside = packed.remove(&number).unwrap_or_default();
            for (inner, object) in open_container(&row.object, &inside, budget)? {
                own.insert(inner, row.at.clone());
                objects.insert(inner, Rc::new(object));
            }
        }
        own.insert(number, row.at);
        objects.insert(number, Rc::new(row.object));
    }
    if !packed.is_empty() {
        return Err(Defect::Malformed("its cross-reference data names an object stream that is not there"));
    }
    let highest = objects.keys().chain(section.places.keys()).max().copied();
    let highest = highest.max(before.map(|before| before.document.highest));
    let highest = highest.ok_or(Defect::Malformed("it is empty"))?;
    let size = section.trailer.get(b"Size".as_slice()).and_then(Object::integer);
    // Some programs reserve a number for each update and do not use it.
    let spare = before.map_or(0, |before| before.index);
    let right = size.is_some_and(|size| (i64::from(highest) + 1..=i64::from(highest) + 1 + spare).contains(&size));
    if !right || objects.len() > MAX_OBJECTS {
        return Err(Defect::Malformed("its size is not that of its objects"));
    }
    let document = Document { objects, trailer: section.trailer, highest, references: Default::default() };
    let index = before.map_or(0, |before| before.index + 1);
    Ok(Revision { index, mark: section.mark, ends: section.ends, own, document })
}

/// An object as it stands in the file.
struct Row<'a> {
    at: Range<usize>,
    object: Object<'a>,
}

/// The objects of a revision, which follow each other from its start to its cross-reference data.
fn rows<'a>(
    pdf: &'a [u8],
    start: usize,
    section: &Section<'a>,
    before: Option<&Revision<'a>>,
) -> Result<BTreeMap<u32, Row<'a>>, Defect> {
    let mut reader = Reader::new(pdf, start);
    if before.is_none() {
        // The version, and a comment of bytes above 127 that says it is not text.
        for _ in 0..2 {
            let length = reader.rest().iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
            let line = reader.rest().get(..length).unwrap_or_default();
            if !line.starts_with(b"%") {
                break;
            }
            if length > 32 {
                return Err(Defect::Malformed("it does not begin as a PDF"));
            }
            reader.at += length;
            reader.white();
        }
    }
    reader.space()?;
    if before.is_some() && reader.at - start > MAX_LEAD {
        return Err(Defect::Malformed("something stands between two revisions"));
    }
    let lengths = Lengths { pdf, section, before };
    let mut rows = BTreeMap::new();
    while reader.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        let (number, row) = row(&mut reader, &lengths)?;
        if rows.insert(number, row).is_some() {
            return Err(Defect::Malformed("it has two objects of one number"));
        }
        reader.space()?;
    }
    // A table stands behind the objects; a stream is the last of them.
    let last_ends = rows.values().map(|row| row.at.end).max();
    let complete = if section.table { reader.at == section.at } else { last_ends == Some(section.end) };
    if complete { Ok(rows) } else { Err(Defect::Malformed("something stands between its objects")) }
}

fn row<'a>(reader: &mut Reader<'a>, lengths: &Lengths<'a, '_>) -> Result<(u32, Row<'a>), Defect> {
    let start = reader.at;
    let (number, object) = indirect_object(reader, |length| lengths.resolve(length))?;
    if let Object::Stream(_, data) = &object
        && lengths.before.is_some()
        && holds_structure_words(data)
    {
        return Err(Defect::Malformed("a stream holds what could be taken for objects"));
    }
    Ok((number, Row { at: start..reader.at, object }))
}

/// An object with its number, up to `endobj`.
pub(crate) fn indirect_object<'a>(
    reader: &mut Reader<'a>,
    length_of: impl FnOnce(&Object<'a>) -> Option<usize>,
) -> Result<(u32, Object<'a>), Defect> {
    let wrong = || Defect::Malformed("an object cannot be read");
    let number = reader.digits().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    let number = number.ok_or_else(wrong)?;
    reader.white();
    if reader.digits() != Some(0) {
        return Err(wrong());
    }
    reader.white();
    if !reader.keyword(b"obj") {
        return Err(wrong());
    }
    let mut object = reader.object(0)?;
    reader.space()?;
    if reader.keyword(b"stream") {
        let Object::Dictionary(entries) = object else { return Err(wrong()) };
        // The bytes stand here and not in another file.
        if entries.contains_key(b"F".as_slice()) {
            return Err(Defect::Malformed("a stream stands in another file"));
        }
        let length = entries.get(b"Length".as_slice()).and_then(length_of);
        let length = length.ok_or(Defect::Malformed("a stream does not say its length"))?;
        if !reader.literal(b"\r\n") && !reader.literal(b"\n") {
            return Err(wrong());
        }
        let end = reader.at.checked_add(length).ok_or_else(wrong)?;
        let data = reader.bytes.get(reader.at..end).ok_or_else(wrong)?;
        reader.at = end;
        reader.line_end();
        if !reader.keyword(b"endstream") {
            return Err(Defect::Malformed("a stream does not end where its length says"));
        }
        object = Object::Stream(entries, data);
        reader.space()?;
    }
    if reader.keyword(b"endobj") { Ok((number, object)) } else { Err(wrong()) }
}

/// Finds the length of a stream where it is an object of its own.
struct Lengths<'a, 'r> {
    pdf: &'a [u8],
    section: &'r Section<'a>,
    before: Option<&'r Revision<'a>>,
}

impl<'a> Lengths<'a, '_> {
    fn resolve(&self, length: &Object<'a>) -> Option<usize> {
        let length = match length {
            Object::Integer(length) => *length,
            Object::Reference(number) => match self.section.places.get(number) {
                Some(Place::At(offset)) => {
                    let mut reader = Reader::new(self.pdf, *offset);
                    let (found, object) = indirect_object(&mut reader, |_| None).ok()?;
                    object.integer().filter(|_| found == *number)?
                }
                Some(_) => return None,
                None => self.before?.document.object(*number)?.integer()?,
            },
            _ => return None,
        };
        usize::try_from(length).ok()
    }
}

/// The objects of an object stream (ISO 32000-2, 7.5.7): as many as it says and as the cross-reference data names, in their order, with nothing but
/// white space between them.
fn open_container<'a>(
    container: &Object<'a>,
    inside: &BTreeMap<u16, u32>,
    budget: &mut Budget,
) -> Result<Vec<(u32, Object<'a>)>, Defect> {
    let wrong = || Defect::Malformed("an object stream does not hold what it should");
    let Object::Stream(entries, data) = container else { return Err(wrong()) };
    let integer = |key: &[u8]| entries.get(key).and_then(Object::integer).and_then(|value| usize::try_from(value).ok());
    let (count, first) = integer(b"N").zip(integer(b"First")).ok_or_else(wrong)?;
    if count != inside.len() || present(entries, b"Extends").is_some() {
        return Err(wrong());
    }
    let unpacked = budget.unpack(entries, data)?;
    let header_bytes = unpacked.get(..first).ok_or_else(wrong)?;
    let mut header = Reader::new(header_bytes, 0);
    let mut places = Vec::with_capacity(count);
    for index in 0..count {
        header.white();
        let number = header.digits().ok_or_else(wrong)?;
        header.white();
        let offset = header.digits().and_then(|offset| first.checked_add(offset)).ok_or_else(wrong)?;
        let named = u16::try_from(index).ok().and_then(|index| inside.get(&index)).copied();
        if named.and_then(|named| usize::try_from(named).ok()) != Some(number) {
            return Err(wrong());
        }
        places.push((named.ok_or_else(wrong)?, offset));
    }
    header.white();
    if header.at != first {
        return Err(wrong());
    }
    let mut objects = Vec::with_capacity(count);
    let mut reader = Reader::new(&unpacked, first);
    for (number, offset) in places {
        reader.white();
        // Its place may name the white space before it.
        let reached = reader.at >= offset
            && unpacked.get(offset..reader.at).is_some_and(|space| space.iter().all(u8::is_ascii_whitespace));
        if !reached {
            return Err(wrong());
        }
        let object = reader.object(0)?;
        objects.push((number, detached(object)));
    }
    reader.white();
    if reader.at == unpacked.len() { Ok(objects) } else { Err(wrong()) }
}

/// An object of an object stream, which is no stream and so borrows nothing.
fn detached<'a>(object: Object<'_>) -> Object<'a> {
    let entries = |entries: Dictionary<'_>| entries.into_iter().map(|(key, value)| (key, detached(value))).collect();
    match object {
        Object::Null => Object::Null,
        Object::Boolean(value) => Object::Boolean(value),
        Object::Integer(value) => Object::Integer(value),
        Object::Real(value) => Object::Real(value),
        Object::String(value) => Object::String(value),
        Object::Name(value) => Object::Name(value),
        Object::Array(items) => Object::Array(items.into_iter().map(detached).collect()),
        Object::Dictionary(dictionary) | Object::Stream(dictionary, _) => Object::Dictionary(entries(dictionary)),
        Object::Reference(number) => Object::Reference(number),
    }
}
