//! One section of cross-reference data: a table with its trailer, or a stream (ISO 32000-2, 7.5.4, 7.5.5 and 7.5.8).

use std::collections::BTreeMap;

use crate::budget::Budget;
use crate::defect::Defect;
use crate::file::indirect_object;
use crate::syntax::{Dictionary, Object, Reader, is_name};

/// The largest number of an object, and most entries of one section.
const MAX_NUMBER: u32 = 1_000_000;
const MAX_PLACES: usize = 100_000;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The number is not in use.
    Free,
    /// At this offset of the file.
    At(usize),
    /// In this object stream, at this place of it.
    In(u32, u16),
}

pub(crate) struct Section<'a> {
    /// Where it begins.
    pub(crate) at: usize,
    /// Where the object ends that holds it, if it is a stream.
    pub(crate) end: usize,
    /// Whether it is a table.
    pub(crate) table: bool,
    pub(crate) places: BTreeMap<u32, Place>,
    pub(crate) trailer: Dictionary<'a>,
    pub(crate) previous: Option<usize>,
    /// The end of its `%%EOF`.
    pub(crate) mark: usize,
    /// The end of its `%%EOF`, and of the line end after it.
    pub(crate) ends: Vec<usize>,
}

fn wrong() -> Defect {
    Defect::Malformed("its cross-reference data cannot be read")
}

impl<'a> Section<'a> {
    pub(crate) fn read(pdf: &'a [u8], at: usize, budget: &mut Budget) -> Result<Self, Defect> {
        let mut reader = Reader::new(pdf, at);
        let table = reader.keyword(b"xref");
        let (places, trailer) = if table { read_table(&mut reader)? } else { read_stream(&mut reader, budget)? };
        let end = reader.at;
        // Two ways to the same objects, one of which older readers do not know.
        if [&b"XRefStm"[..], b"Encrypt"].iter().any(|key| trailer.contains_key(*key)) {
            return Err(Defect::Malformed("it is encrypted, or has cross-reference data of two kinds"));
        }
        for place in places.values() {
            if let Place::At(offset) = place
                && !(pdf.get(*offset).is_some_and(u8::is_ascii_digit)
                    && offset
                        .checked_sub(1)
                        .is_none_or(|before| pdf.get(before).is_some_and(|byte| !byte.is_ascii_digit())))
            {
                return Err(Defect::Malformed("its cross-reference data names a place where no object begins"));
            }
        }
        let previous = match trailer.get(b"Prev".as_slice()) {
            None => None,
            Some(previous) => {
                Some(previous.integer().and_then(|previous| usize::try_from(previous).ok()).ok_or_else(wrong)?)
            }
        };
        reader.space()?;
        let ended = Defect::Malformed("a revision does not end as it should");
        if !reader.keyword(b"startxref") || !reader.line_end() || reader.digits() != Some(at) {
            return Err(ended);
        }
        reader.white();
        if !reader.literal(b"%%EOF") {
            return Err(ended);
        }
        let mark = reader.at;
        let mut ends = vec![mark];
        if reader.line_end() {
            ends.push(reader.at);
            // A line end of two bytes may have been written in two steps.
            if reader.at == mark + 2 {
                ends.push(mark + 1);
            }
        }
        Ok(Self { at, end, table, places, trailer, previous, mark, ends })
    }
}

fn read_table<'a>(reader: &mut Reader<'a>) -> Result<(BTreeMap<u32, Place>, Dictionary<'a>), Defect> {
    let mut places = BTreeMap::new();
    reader.literal(b" ");
    if !reader.line_end() {
        return Err(wrong());
    }
    while !reader.keyword(b"trailer") {
        let first = reader.digits().ok_or_else(wrong)?;
        if !reader.literal(b" ") {
            return Err(wrong());
        }
        let count = reader.digits().ok_or_else(wrong)?;
        reader.literal(b" ");
        if !reader.line_end() {
            return Err(wrong());
        }
        for index in 0..count {
            let number = number_of(first, index, places.len())?;
            let line = reader.rest().get(..20).ok_or_else(wrong)?;
            reader.at += 20;
            if places.insert(number, read_line(line, number)?).is_some() {
                return Err(Defect::Malformed("its cross-reference data names an object twice"));
            }
        }
    }
    match reader.object(0)? {
        Object::Dictionary(trailer) => Ok((places, trailer)),
        _ => Err(wrong()),
    }
}

/// The number of an object, small enough for every reader.
fn number_of(first: usize, index: usize, places: usize) -> Result<u32, Defect> {
    let number = first.checked_add(index).and_then(|number| u32::try_from(number).ok());
    number.filter(|number| *number <= MAX_NUMBER && places < MAX_PLACES).ok_or(Defect::TooLarge)
}

/// A line of exactly 20 bytes: ten digits, five digits, a letter, a line end of two bytes.
fn read_line(line: &[u8], number: u32) -> Result<Place, Defect> {
    let mut reader = Reader::new(line, 0);
    let offset = reader.digits().filter(|_| reader.at == 10).ok_or_else(wrong)?;
    if !reader.literal(b" ") {
        return Err(wrong());
    }
    let generation = reader.digits().filter(|_| reader.at == 16).ok_or_else(wrong)?;
    let used = match reader.rest() {
        b" n\r\n" | b" n \n" | b" n \r" => true,
        b" f\r\n" | b" f \n" | b" f \r" => false,
        _ => return Err(wrong()),
    };
    match (used, generation) {
        (true, 0) if number > 0 => Ok(Place::At(offset)),
        (false, _) => Ok(Place::Free),
        _ => Err(Defect::Malformed("an object is not of the first generation")),
    }
}

fn read_stream<'a>(
    reader: &mut Reader<'a>,
    budget: &mut Budget,
) -> Result<(BTreeMap<u32, Place>, Dictionary<'a>), Defect> {
    let direct = |length: &Object<'a>| length.integer().and_then(|length| usize::try_from(length).ok());
    let (_, object) = indirect_object(reader, direct)?;
    let Object::Stream(entries, data) = object else { return Err(wrong()) };
    if !is_name(&entries, b"Type", b"XRef") {
        return Err(wrong());
    }
    let numbers = |key: &[u8]| -> Option<Option<Vec<usize>>> {
        let Some(array) = entries.get(key) else { return Some(None) };
        let numbers = array.array()?.iter().map(|item| item.integer().and_then(|item| usize::try_from(item).ok()));
        numbers.collect::<Option<Vec<usize>>>().map(Some)
    };
    let widths = numbers(b"W").flatten().ok_or_else(wrong)?;
    let [kind_width @ 0..=1, first_width @ 1..=8, second_width @ 0..=8] = widths[..] else { return Err(wrong()) };
    let size = entries.get(b"Size".as_slice()).and_then(Object::integer).and_then(|size| usize::try_from(size).ok());
    let index = numbers(b"Index").ok_or_else(wrong)?.unwrap_or(vec![0, size.ok_or_else(wrong)?]);
    let width = kind_width + first_width + second_width;
    let unpacked = budget.unpack(&entries, data)?;
    let mut rest = unpacked.as_slice();
    let mut places = BTreeMap::new();
    for section in index.chunks(2) {
        let [first, count] = section else { return Err(wrong()) };
        for index in 0..*count {
            let number = number_of(*first, index, places.len())?;
            let (line, after) = rest.split_at_checked(width).ok_or_else(wrong)?;
            rest = after;
            let (kind, line) = line.split_at_checked(kind_width).ok_or_else(wrong)?;
            let (first, second) = line.split_at_checked(first_width).ok_or_else(wrong)?;
            let kind = if kind_width == 0 { 1 } else { big_endian(kind)? };
            let place = match (kind, big_endian(first)?, big_endian(second)?) {
                (0, _, _) => Place::Free,
                (1, offset, 0) => Place::At(usize::try_from(offset).map_err(|_| wrong())?),
                (2, container, index) => Place::In(
                    u32::try_from(container).map_err(|_| wrong())?,
                    u16::try_from(index).map_err(|_| wrong())?,
                ),
                _ => return Err(wrong()),
            };
            if places.insert(number, place).is_some() {
                return Err(Defect::Malformed("its cross-reference data names an object twice"));
            }
        }
    }
    if rest.is_empty() { Ok((places, entries)) } else { Err(wrong()) }
}

/// A number below 2^31, however many bytes it is written in.
fn big_endian(bytes: &[u8]) -> Result<u64, Defect> {
    let value = bytes.iter().fold(0_u128, |value, byte| (value << 8) | u128::from(*byte));
    u64::try_from(value).ok().filter(|value| *value < 1 << 31).ok_or_else(wrong)
}
