//! What one revision may change in the one before it.
//!
//! A signature adds its field to the form and to one page, its dictionary and its appearance; the form then says that there are signatures. Nothing
//! else may differ: no object of the document is changed or removed, and each new object is reached from the signature. Allowed besides are the date
//! and the program in the document information, and the metadata stream, none of which is shown on a page.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::defect::Defect;
use crate::revisions::{catalog, entry, fields, is_name};

/// Longest side of a signature's field, in points (70 mm; a company's seal is 42 mm wide).
const MAX_SIDE: f64 = 200.0;
/// How far a page's properties are looked for in the page tree.
const MAX_PAGE_DEPTH: usize = 64;

const WIDGET_KEYS: [&[u8]; 21] = [
    b"Type", b"Subtype", b"FT", b"T", b"TU", b"TM", b"F", b"Ff", b"P", b"Rect", b"V", b"AP", b"Border", b"BS", b"MK",
    b"DA", b"H", b"NM", b"M", b"Lock", b"Q",
];
const SIGNATURE_KEYS: [&[u8]; 12] = [
    b"Type",
    b"Filter",
    b"SubFilter",
    b"ByteRange",
    b"Contents",
    b"M",
    b"Name",
    b"Reason",
    b"Location",
    b"ContactInfo",
    b"Prop_Build",
    b"Cert",
];
/// Entries of a trailer that describe the cross-reference data or are compared in their own way.
const TRAILER_KEYS: [&[u8]; 10] =
    [b"Size", b"Prev", b"ID", b"Info", b"Type", b"W", b"Index", b"Filter", b"DecodeParms", b"Length"];

/// What a revision is there for.
#[derive(Clone, Copy)]
pub(crate) enum Addition {
    /// One signature: its field, which is its widget too, and its dictionary.
    Signature { field: ObjectId, dictionary: ObjectId },
    /// Certificates and revocation data for signatures that are there already (the document security store).
    ValidationData,
}

/// Where a signature's field stands.
pub(crate) struct Place {
    pub(crate) page: u32,
    pub(crate) rectangle: [f64; 4],
}

impl Place {
    /// Whether more than half of this place lies under another.
    pub(crate) fn is_covered_by(&self, other: &Place) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.rectangle, other.rectangle);
        let shared = (c.min(g) - a.max(e)).max(0.0) * (d.min(h) - b.max(f)).max(0.0);
        self.page == other.page && shared > (c - a) * (d - b) / 2.0
    }
}

/// Compares a revision with the one before it and answers where the signature's field stands. Without a revision to compare with, only the
/// signature itself is looked at.
pub(crate) fn check(before: Option<&Document>, after: &Document, addition: Addition) -> Result<Option<Place>, Defect> {
    let widget = match addition {
        Addition::Signature { field, dictionary } => Some((field, widget_on_page(after, field, dictionary)?)),
        Addition::ValidationData => None,
    };
    if let Some(before) = before {
        let mut comparison = Comparison { before, after, widget, may_change: BTreeSet::new() };
        comparison.trailer()?;
        comparison.catalog()?;
        comparison.form()?;
        comparison.pages()?;
        comparison.objects()?;
    }
    widget.map(|(field, page)| place(after, field, page)).transpose()
}

/// The page on which the field's widget stands, after a look at the widget and the signature dictionary themselves.
fn widget_on_page(document: &Document, field: ObjectId, dictionary: ObjectId) -> Result<ObjectId, Defect> {
    let bad = Defect::Field;
    let widget = document.get_dictionary(field).map_err(|_| bad("it cannot be read"))?;
    let signature = document.get_dictionary(dictionary).map_err(|_| bad("it cannot be read"))?;
    let known =
        |dictionary: &Dictionary, keys: &[&[u8]]| dictionary.iter().all(|(key, _)| keys.contains(&key.as_slice()));
    if !known(widget, &WIDGET_KEYS) || !known(signature, &SIGNATURE_KEYS) {
        return Err(bad("it does more than show a signature"));
    }
    if !is_name(widget, b"Subtype", b"Widget") || !is_reference(widget.get(b"V").ok(), dictionary) {
        return Err(bad("it is not one widget"));
    }
    if let Some(appearance) = entry(document, widget, b"AP") {
        let appearance = appearance.as_dict().map_err(|_| bad("its appearance cannot be read"))?;
        let normal = entry(document, appearance, b"N").is_some_and(|normal| normal.as_stream().is_ok());
        if !normal || appearance.len() != 1 {
            return Err(bad("its appearance changes"));
        }
    }
    let mut pages =
        document.page_iter().filter(|page| annotations(document, *page).contains(&Object::Reference(field)));
    let (Some(page), None) = (pages.next(), pages.next()) else { return Err(bad("it is not on exactly one page")) };
    if widget.has(b"P") && !is_reference(widget.get(b"P").ok(), page) {
        return Err(bad("it names another page"));
    }
    Ok(page)
}

fn is_reference(object: Option<&Object>, id: ObjectId) -> bool {
    matches!(object, Some(Object::Reference(found)) if *found == id)
}

fn annotations(document: &Document, page: ObjectId) -> Vec<Object> {
    let page = document.get_dictionary(page).ok();
    let array = page.and_then(|page| entry(document, page, b"Annots")).and_then(|array| array.as_array().ok());
    array.cloned().unwrap_or_default()
}

fn place(document: &Document, field: ObjectId, page: ObjectId) -> Result<Place, Defect> {
    let bad = Defect::Field;
    let widget = document.get_dictionary(field).map_err(|_| bad("it cannot be read"))?;
    let rectangle = entry(document, widget, b"Rect").and_then(rectangle).ok_or(bad("it has no rectangle"))?;
    let mut node = page;
    let mut bounds = None;
    for _ in 0..MAX_PAGE_DEPTH {
        let Ok(dictionary) = document.get_dictionary(node) else { break };
        bounds = entry(document, dictionary, b"MediaBox").and_then(self::rectangle);
        match dictionary.get(b"Parent").and_then(Object::as_reference) {
            Ok(parent) if bounds.is_none() => node = parent,
            _ => break,
        }
    }
    let ([left, bottom, right, top], [x1, y1, x2, y2]) = (bounds.ok_or(bad("its page has no size"))?, rectangle);
    if x2 - x1 > MAX_SIDE || y2 - y1 > MAX_SIDE {
        return Err(bad("it is too large"));
    }
    if x1 < left || y1 < bottom || x2 > right || y2 > top {
        return Err(bad("it reaches beyond its page"));
    }
    let number = document.page_iter().position(|id| id == page).and_then(|index| u32::try_from(index).ok());
    let page = number.and_then(|index| index.checked_add(1)).ok_or(bad("it is on no page"))?;
    Ok(Place { page, rectangle })
}

/// Left, lower, right and upper edge, whichever corners the array names.
fn rectangle(object: &Object) -> Option<[f64; 4]> {
    let numbers = object.as_array().ok()?;
    let numbers: Vec<f64> = numbers.iter().filter_map(|number| number.as_float().ok()).map(f64::from).collect();
    let [a, b, c, d] = numbers[..] else { return None };
    numbers.iter().all(|number| number.is_finite()).then_some([a.min(c), b.min(d), a.max(c), b.max(d)])
}

struct Comparison<'a> {
    before: &'a Document,
    after: &'a Document,
    /// The new field and its page.
    widget: Option<(ObjectId, ObjectId)>,
    /// Objects whose contents were compared entry by entry, and so may differ as a whole.
    may_change: BTreeSet<ObjectId>,
}

impl Comparison<'_> {
    fn trailer(&mut self) -> Result<(), Defect> {
        let (before, after) = (&self.before.trailer, &self.after.trailer);
        same_entries(before, after, &TRAILER_KEYS, "trailer")?;
        let first = |trailer: &Dictionary| {
            trailer.get(b"ID").and_then(Object::as_array).ok().and_then(|id| id.first().cloned())
        };
        let kept = match (first(before), first(after)) {
            (Some(before), Some(after)) => same(&before, &after),
            (before, after) => before == after,
        };
        if !kept {
            return Err(Defect::Entry("trailer"));
        }
        let (old, new) = (entry(self.before, before, b"Info"), entry(self.after, after, b"Info"));
        if let Some(old) = old {
            let empty = Dictionary::new();
            let (old, new) =
                (old.as_dict().unwrap_or(&empty), new.and_then(|new| new.as_dict().ok()).unwrap_or(&empty));
            same_entries(old, new, &[b"ModDate", b"Producer"], "information")?;
        }
        self.allow(before.get(b"Info").ok(), after.get(b"Info").ok());
        Ok(())
    }

    fn catalog(&mut self) -> Result<(), Defect> {
        let ((before_id, before), (after_id, after)) = (catalog(self.before)?, catalog(self.after)?);
        if before_id != after_id {
            return Err(Defect::Entry("trailer"));
        }
        let mut own: Vec<&[u8]> = vec![b"AcroForm", b"Metadata", b"Extensions", b"Version"];
        if self.widget.is_none() {
            own.push(b"DSS");
        }
        same_entries(before, after, &own, "catalog")?;
        if let Some(metadata) = entry(self.after, after, b"Metadata") {
            let stream = metadata.as_stream().map_err(|_| Defect::Entry("catalog"))?;
            if !is_name(&stream.dict, b"Type", b"Metadata") {
                return Err(Defect::Entry("catalog"));
            }
        }
        for key in own {
            self.allow(before.get(key).ok(), after.get(key).ok());
        }
        self.may_change.insert(after_id);
        Ok(())
    }

    fn form(&mut self) -> Result<(), Defect> {
        let empty = Dictionary::new();
        let form = |document| -> Result<Option<&Dictionary>, Defect> {
            let (_, catalog) = catalog(document)?;
            Ok(entry(document, catalog, b"AcroForm").and_then(|form| form.as_dict().ok()))
        };
        let (before, after) = (form(self.before)?.unwrap_or(&empty), form(self.after)?.unwrap_or(&empty));
        same_entries(before, after, &[b"Fields", b"SigFlags"], "form")?;
        let mut expected = fields(self.before)?;
        expected.extend(self.widget.map(|(field, _)| Object::Reference(field)));
        let flags = entry(self.after, after, b"SigFlags").and_then(|flags| flags.as_i64().ok());
        if fields(self.after)? != expected || !matches!(flags, Some(1 | 3)) {
            return Err(Defect::Entry("form"));
        }
        self.allow(before.get(b"Fields").ok(), after.get(b"Fields").ok());
        Ok(())
    }

    fn pages(&mut self) -> Result<(), Defect> {
        if !self.before.page_iter().eq(self.after.page_iter()) {
            return Err(Defect::Entry("page list"));
        }
        let Some((field, page)) = self.widget else { return Ok(()) };
        let missing = |_| Defect::Entry("page");
        let before = self.before.get_dictionary(page).map_err(missing)?;
        let after = self.after.get_dictionary(page).map_err(missing)?;
        same_entries(before, after, &[b"Annots"], "page")?;
        let mut expected = annotations(self.before, page);
        expected.push(Object::Reference(field));
        if annotations(self.after, page) != expected {
            return Err(Defect::Entry("page"));
        }
        self.may_change.insert(page);
        self.allow(before.get(b"Annots").ok(), after.get(b"Annots").ok());
        Ok(())
    }

    /// Every object is the same as before, or was compared above, or is new and belongs to what the revision is there for.
    fn objects(&self) -> Result<(), Defect> {
        for (id, old) in &self.before.objects {
            let new = self.after.objects.get(id).ok_or(Defect::Changed(*id))?;
            if !same(old, new) && !self.may_change.contains(id) {
                return Err(Defect::Changed(*id));
            }
        }
        let is_new = |id: &ObjectId| self.after.objects.contains_key(id) && !self.before.objects.contains_key(id);
        let mut reached: BTreeSet<ObjectId> = self.may_change.iter().copied().filter(is_new).collect();
        let mut open: Vec<ObjectId> = reached.iter().copied().collect();
        let mut references = Vec::new();
        let (_, catalog) = catalog(self.after)?;
        match self.widget {
            Some((field, _)) => references.push(field),
            None => collect(catalog.get(b"DSS").unwrap_or(&Object::Null), &mut references),
        }
        // The same objects may be reached from an inline dictionary that was compared above.
        collect(catalog.get(b"Extensions").unwrap_or(&Object::Null), &mut references);
        loop {
            for id in references.drain(..) {
                if is_new(&id) && reached.insert(id) {
                    open.push(id);
                }
            }
            let Some(id) = open.pop() else { break };
            if let Some(object) = self.after.objects.get(&id) {
                collect(object, &mut references);
            }
        }
        for (id, object) in self.after.objects.iter().filter(|(id, _)| is_new(id)) {
            let holds_others = object.as_stream().is_ok_and(|stream| {
                is_name(&stream.dict, b"Type", b"ObjStm") || is_name(&stream.dict, b"Type", b"XRef")
            });
            if !reached.contains(id) && !holds_others {
                return Err(Defect::Foreign(*id));
            }
        }
        Ok(())
    }

    /// Lets the object differ that an entry refers to: the one it has always referred to, or a new one. An entry that was turned to another object
    /// of the document lets nothing differ.
    fn allow(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let Some(Object::Reference(id)) = after else { return };
        if is_reference(before, *id) || !self.before.objects.contains_key(id) {
            self.may_change.insert(*id);
        }
    }
}

/// The entries of two dictionaries are the same but for those named.
fn same_entries(before: &Dictionary, after: &Dictionary, except: &[&[u8]], what: &'static str) -> Result<(), Defect> {
    let keys: BTreeSet<&[u8]> = before.iter().chain(after.iter()).map(|(key, _)| key.as_slice()).collect();
    for key in keys {
        let equal = match (before.get(key), after.get(key)) {
            (Ok(before), Ok(after)) => same(before, after),
            _ => false,
        };
        if !equal && !except.contains(&key) {
            return Err(Defect::Entry(what));
        }
    }
    Ok(())
}

/// Equal in meaning, wherever in the file the bytes stand and in whichever of the two ways a string is written. The reader bounds how deep objects
/// are nested.
fn same(before: &Object, after: &Object) -> bool {
    let all = |before: &Dictionary, after: &Dictionary| {
        before.len() == after.len()
            && before.iter().all(|(key, before)| after.get(key).is_ok_and(|after| same(before, after)))
    };
    match (before, after) {
        (Object::Stream(before), Object::Stream(after)) => {
            before.content == after.content && all(&before.dict, &after.dict)
        }
        (Object::Dictionary(before), Object::Dictionary(after)) => all(before, after),
        (Object::Array(before), Object::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| same(before, after))
        }
        (Object::String(before, _), Object::String(after, _)) => before == after,
        _ => before == after,
    }
}

/// The references an object holds. The reader bounds how deep objects are nested.
fn collect(object: &Object, references: &mut Vec<ObjectId>) {
    match object {
        Object::Reference(id) => references.push(*id),
        Object::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, item)| collect(item, references)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, item)| collect(item, references)),
        _ => {}
    }
}
