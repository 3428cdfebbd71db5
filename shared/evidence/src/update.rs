//! The bytes that one revision added, read strictly.
//!
//! Readers differ in how they forgive: which of two entries of one name they take, or which of two objects of one number. So an update is accepted only
//! where there is nothing to forgive: it is a row of objects, each of another number, no dictionary names an entry twice, the cross-reference data
//! points at exactly these objects and at the previous revision, and nothing stands between them.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::Document;
use lopdf::xref::XrefEntry;

use crate::defect::Defect;
use crate::revisions::is_name;
use crate::scan::{Found, Line, Scan, Value, bad};

/// Largest size an added object stream may unpack to.
const MAX_UNPACKED: usize = 8 * 1024 * 1024;

/// Checks the bytes of `pdf` from `start` on as the one update that leads from `before` to `after`.
pub(crate) fn check(pdf: &[u8], start: usize, before: &Document, after: &Document) -> Result<(), Defect> {
    let mut scan = Scan { bytes: pdf, at: start };
    let mut objects: BTreeMap<u32, Found> = BTreeMap::new();
    scan.space();
    while scan.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        let (number, found) = scan.indirect_object()?;
        if objects.insert(number, found).is_some() {
            return Err(bad("an update has two objects of one number"));
        }
        scan.space();
    }
    let table_at = scan.at;
    let (trailer, xref_at) = if scan.keyword(b"xref") {
        check_table(&scan.table()?, &objects, before)?;
        match scan.value(0)? {
            Value::Dictionary(trailer) => (trailer, table_at),
            _ => return Err(bad("an update has no trailer")),
        }
    } else {
        let last = objects.values().max_by_key(|found| found.offset).filter(|found| found.is_stream_of(b"XRef"));
        let last = last.ok_or(bad("an update has no cross-reference data"))?;
        check_index(last.entries.get(b"Index".as_slice()))?;
        (last.entries.clone(), last.offset)
    };
    scan.space();
    let points = scan.keyword(b"startxref") && scan.integer() == i64::try_from(xref_at).ok();
    scan.white();
    if !points || !scan.keyword(b"%%EOF") {
        return Err(bad("an update does not end as it should"));
    }
    scan.white();
    let previous = Value::Integer(i64::try_from(before.xref_start).unwrap_or(-1));
    if scan.at != pdf.len()
        || trailer.get(b"Prev".as_slice()) != Some(&previous)
        || trailer.contains_key(b"XRefStm".as_slice())
    {
        return Err(bad("an update does not follow the revision before it"));
    }
    check_references(&objects, before, after)?;
    for number in objects.iter().filter(|(_, found)| found.is_stream_of(b"ObjStm")).map(|(number, _)| *number) {
        check_object_stream(after, number)?;
    }
    Ok(())
}

/// A table names each object of the update at its place, and no other; what it calls free was not there before.
fn check_table(table: &[Line], objects: &BTreeMap<u32, Found>, before: &Document) -> Result<(), Defect> {
    let wrong = || bad("the cross-reference table of an update does not name its objects");
    let mut named = BTreeSet::new();
    for line in table {
        let right = match objects.get(&line.number) {
            Some(found) => line.used && line.offset == found.offset && line.generation == found.generation,
            None => !line.used && before.reference_table.get(line.number).is_none_or(|entry| place(entry).0 == 0),
        };
        if !right || !named.insert(line.number) {
            return Err(wrong());
        }
    }
    if objects.keys().all(|number| named.contains(number)) { Ok(()) } else { Err(wrong()) }
}

/// The sections of a cross-reference stream follow each other, so that none names an object a second time.
fn check_index(index: Option<&Value>) -> Result<(), Defect> {
    let wrong = || bad("a cross-reference stream of an update cannot be read");
    let numbers = match index {
        None => return Ok(()),
        Some(Value::Array(numbers)) => numbers,
        Some(_) => return Err(wrong()),
    };
    let mut free_from = 0;
    for section in numbers.chunks(2) {
        let [Value::Integer(start), Value::Integer(count)] = section else { return Err(wrong()) };
        if *start < free_from || *count < 0 {
            return Err(wrong());
        }
        free_from = start.checked_add(*count).ok_or_else(wrong)?;
    }
    Ok(())
}

/// The cross-reference data of the update names the objects found, and no others.
fn check_references(objects: &BTreeMap<u32, Found>, before: &Document, after: &Document) -> Result<(), Defect> {
    let wrong = || bad("the cross-reference data of an update does not name its objects");
    let new = &after.reference_table.entries;
    for (number, found) in objects {
        let named = match new.get(number) {
            Some(XrefEntry::Normal { offset, generation }) => {
                usize::try_from(*offset) == Ok(found.offset) && *generation == found.generation
            }
            // Cross-reference data kept as a stream need not name itself.
            None => found.is_stream_of(b"XRef"),
            Some(_) => false,
        };
        if !named {
            return Err(wrong());
        }
    }
    for (number, entry) in new {
        let held = match entry {
            XrefEntry::Normal { .. } => objects.contains_key(number),
            XrefEntry::Compressed { container, .. } => {
                objects.get(container).is_some_and(|found| found.is_stream_of(b"ObjStm"))
            }
            XrefEntry::Free | XrefEntry::UnusableFree => true,
        };
        let unchanged = before.reference_table.entries.get(number).is_some_and(|old| place(old) == place(entry));
        if !held && !unchanged {
            return Err(wrong());
        }
    }
    Ok(())
}

fn place(entry: &XrefEntry) -> (u8, u32, u32) {
    match *entry {
        XrefEntry::Free | XrefEntry::UnusableFree => (0, 0, 0),
        XrefEntry::Normal { offset, generation } => (1, offset, u32::from(generation)),
        XrefEntry::Compressed { container, index } => (2, container, u32::from(index)),
    }
}

/// The objects packed into a stream have no dictionary with two entries of one name, and no two have one number.
fn check_object_stream(after: &Document, number: u32) -> Result<(), Defect> {
    let wrong = || bad("an object stream of an update cannot be read");
    let stream = after.get_object((number, 0)).and_then(|object| object.as_stream()).map_err(|_| wrong())?;
    let integer = |key: &[u8]| {
        stream.dict.get(key).and_then(lopdf::Object::as_i64).ok().and_then(|value| usize::try_from(value).ok())
    };
    let (count, first) = integer(b"N").zip(integer(b"First")).ok_or_else(wrong)?;
    let unpacked = if is_name(&stream.dict, b"Filter", b"FlateDecode") {
        stream.decompressed_content_with_limit(MAX_UNPACKED).map_err(|_| wrong())?
    } else {
        stream.content.clone()
    };
    if count > unpacked.len() {
        return Err(wrong());
    }
    let mut header = Scan { bytes: &unpacked, at: 0 };
    let mut numbers = BTreeSet::new();
    for _ in 0..count {
        let (number, offset) = header.integer().zip(header.integer()).ok_or_else(wrong)?;
        let at = usize::try_from(offset).ok().and_then(|offset| first.checked_add(offset)).ok_or_else(wrong)?;
        if !numbers.insert(number) {
            return Err(wrong());
        }
        Scan { bytes: &unpacked, at }.value(0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\nxref\n0 3\n\
        0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n96\n%%EOF\n";

    /// The verdict on an update of these objects with this table; `{0}` and so on stand for the objects' offsets.
    fn verdict(objects: &[&str], table: &str, trailer: &str) -> Result<(), Defect> {
        let mut file = BASE.to_owned();
        let mut table = table.to_owned();
        for (index, object) in objects.iter().enumerate() {
            table = table.replace(&format!("{{{index}}}"), &format!("{:010}", file.len()));
            file.push_str(object);
            file.push('\n');
        }
        let at = file.len();
        file.push_str(&format!("xref\n{table}trailer<<{trailer}>>\nstartxref\n{at}\n%%EOF\n"));
        let before = crate::revisions::read(BASE.as_bytes())?;
        let after = crate::revisions::read(file.as_bytes())?;
        check(file.as_bytes(), BASE.len(), &before, &after)
    }

    const TRAILER: &str = "/Size 4/Root 1 0 R/Prev 96";

    #[test]
    fn a_plain_update_is_accepted() {
        assert_eq!(verdict(&["3 0 obj 1 endobj"], "0 1\n0000000000 65535 f \n3 1\n{0} 00000 n \n", TRAILER), Ok(()));
        assert!(
            verdict(&["% a comment\n3 0 obj 1 endobj"], "3 1\n{0} 00000 n \n", TRAILER).is_err(),
            "the offset is that of a comment"
        );
    }

    #[test]
    fn an_object_named_twice_is_refused() {
        let hidden = "3 0 obj<</Length 16>>stream\n3 0 obj 2 endobj\nendstream endobj";
        assert_eq!(verdict(&[hidden], "3 1\n{0} 00000 n \n", TRAILER), Ok(()));
        let table = "3 1\n{0} 00000 n \n3 1\n{0} 00000 n \n";
        assert!(matches!(verdict(&[hidden], table, TRAILER), Err(Defect::Malformed(_))));
        let table = "3 1\n0000000240 00000 n \n3 1\n{0} 00000 n \n";
        assert!(matches!(verdict(&[hidden], table, TRAILER), Err(Defect::Malformed(_))));
        let two = ["3 0 obj 1 endobj", "3 0 obj 2 endobj"];
        assert!(matches!(verdict(&two, "3 1\n{0} 00000 n \n", TRAILER), Err(Defect::Malformed(_))));
    }

    #[test]
    fn objects_and_tables_that_do_not_agree_are_refused() {
        let object = ["3 0 obj 1 endobj", "4 0 obj 2 endobj"];
        for table in [
            "3 1\n{0} 00000 n \n",
            "3 2\n{0} 00000 n \n{0} 00000 n \n",
            "3 2\n{0} 00000 n \n{1} 00001 n \n",
            "2 3\n0000000000 00001 f \n{0} 00000 n \n{1} 00000 n \n",
        ] {
            assert!(verdict(&object, table, "/Size 5/Root 1 0 R/Prev 96").is_err(), "{table}");
        }
        let table = "3 2\n{0} 00000 n \n{1} 00000 n \n";
        assert_eq!(verdict(&object, table, "/Size 5/Root 1 0 R/Prev 96"), Ok(()));
        for trailer in ["/Size 5/Root 1 0 R", "/Size 5/Root 1 0 R/Prev 95", "/Size 5/Root 1 0 R/Prev 96/XRefStm 9"] {
            assert!(verdict(&object, table, trailer).is_err(), "{trailer}");
        }
    }

    #[test]
    fn sections_that_overlap_are_refused() {
        let index = |numbers: &[i64]| {
            check_index(Some(&Value::Array(numbers.iter().map(|number| Value::Integer(*number)).collect())))
        };
        assert!(index(&[0, 3, 3, 1, 7, 2]).is_ok());
        for numbers in [&[0, 3, 2, 1][..], &[5, 1, 5, 1], &[0, -1], &[0], &[1, i64::MAX]] {
            assert!(index(numbers).is_err());
        }
    }
}
