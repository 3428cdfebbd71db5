//! What one revision may change in the one before it, judged by what the change does.
//!
//! A revision may add fields for signatures, fill one, and add validation data. For that it changes the form, the list of annotations of a page, and
//! the catalog. Nothing else may differ: no other object of the document is changed or removed, and what is new is reached from these alone. The
//! document information and the metadata may change, none of which is shown on a page. What a new widget draws is bounded by its rectangle, and the
//! pictures of the pages are compared besides.

use std::collections::BTreeSet;

use crate::defect::Defect;
use crate::document::{Document, Field, is_structure};
use crate::syntax::{Dictionary, Object, is_name, present};

/// Entries by which an annotation does something, stands somewhere else, or is shown only at times.
const ACTING: [&[u8]; 14] = [
    b"A",
    b"AA",
    b"PA",
    b"OC",
    b"Dest",
    b"Popup",
    b"IRT",
    b"RT",
    b"FS",
    b"Sound",
    b"Movie",
    b"RichMediaContent",
    b"AF",
    b"3DD",
];
/// Entries of a field that filling it may change.
const FILLED: [&[u8]; 16] =
    [b"V", b"AP", b"F", b"M", b"NM", b"MK", b"DA", b"DR", b"DS", b"TU", b"BS", b"Border", b"H", b"AS", b"Ff", b"Lock"];
/// Entries of a trailer that describe the cross-reference data or are compared in their own way.
const TRAILER: [&[u8]; 10] =
    [b"Size", b"Prev", b"ID", b"Info", b"Type", b"W", b"Index", b"Filter", b"DecodeParms", b"Length"];
/// Entries of the catalog that say nothing of what is shown.
const CATALOG: [&[u8]; 6] = [b"AcroForm", b"DSS", b"Metadata", b"Extensions", b"Version", b"Perms"];
/// Entries of the form that say nothing of what is shown, as there are no fields but signatures.
const FORM: [&[u8]; 5] = [b"Fields", b"SigFlags", b"DA", b"DR", b"Q"];

/// What a revision does to the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Change {
    /// Fields that it adds.
    pub(crate) added: Vec<Field>,
    /// Fields that it fills with a signature, its own new ones included.
    pub(crate) filled: Vec<Field>,
}

/// Compares a revision with the one before it.
pub(crate) fn check(before: &Document<'_>, after: &Document<'_>) -> Result<Change, Defect> {
    let (old, new) = (before.fields()?, after.fields()?);
    let mut change = Change::default();
    let mut kept = old.iter();
    for field in &new {
        match old.iter().find(|earlier| earlier.number == field.number) {
            None => {
                if old.iter().chain(&change.added).any(|other| other.name == field.name) {
                    return Err(Defect::Field("another field has its name"));
                }
                change.added.push(field.clone());
                change.filled.extend(field.value.is_some().then(|| field.clone()));
            }
            // Those that were there keep their order.
            Some(earlier) if kept.any(|kept| kept.number == field.number) => {
                let same = earlier.name == field.name && earlier.widget == field.widget;
                match (earlier.value, field.value) {
                    (None, Some(_)) if same => change.filled.push(field.clone()),
                    (was, is) if same && was == is => {}
                    _ => return Err(Defect::Entry("form")),
                }
            }
            Some(_) => return Err(Defect::Entry("form")),
        }
    }
    if old.len() + change.added.len() != new.len() || change.filled.len() > 1 {
        return Err(Defect::Entry("form"));
    }
    let mut comparison = Comparison { before, after, change: &change, may_change: BTreeSet::new(), roots: Vec::new() };
    comparison.trailer()?;
    comparison.catalog()?;
    comparison.form()?;
    comparison.fields()?;
    comparison.pages()?;
    comparison.objects()?;
    Ok(change)
}

struct Comparison<'c, 'a> {
    before: &'c Document<'a>,
    after: &'c Document<'a>,
    change: &'c Change,
    /// Objects whose contents are compared entry by entry, and so may differ as a whole.
    may_change: BTreeSet<u32>,
    /// Objects from which new ones may be reached.
    roots: Vec<u32>,
}

impl<'a> Comparison<'_, 'a> {
    fn trailer(&mut self) -> Result<(), Defect> {
        let (before, after) = (&self.before.trailer, &self.after.trailer);
        same_entries(before, after, &TRAILER, "trailer")?;
        let first = |trailer: &Dictionary<'a>| {
            trailer.get(b"ID".as_slice()).and_then(Object::array).and_then(|id| id.first().cloned())
        };
        if first(before) != first(after) {
            return Err(Defect::Entry("trailer"));
        }
        let empty = Dictionary::new();
        let old = self.before.get(before, b"Info").and_then(Object::dictionary).unwrap_or(&empty);
        let new = self.after.get(after, b"Info").and_then(Object::dictionary).unwrap_or(&empty);
        // The title and the rest are shown in a window's head and say what the draft said.
        same_entries(old, new, &[b"ModDate", b"Producer"], "information")?;
        self.allow(b"Info", before, after, 0)
    }

    fn catalog(&mut self) -> Result<(), Defect> {
        let ((number, before), (after_number, after)) = (self.before.catalog()?, self.after.catalog()?);
        if number != after_number {
            return Err(Defect::Entry("trailer"));
        }
        same_entries(before, after, &CATALOG, "catalog")?;
        self.may_change.insert(number);
        for key in CATALOG {
            self.allow(key, before, after, number)?;
        }
        self.permissions(before, after)?;
        if let Some(metadata) = self.after.get(after, b"Metadata")
            && !(metadata.is_stream()
                && metadata.dictionary().is_some_and(|entries| is_name(entries, b"Type", b"Metadata")))
        {
            return Err(Defect::Entry("catalog"));
        }
        self.store(before, after, number)
    }

    /// A certification adds its permissions, which name its own signature (ISO 32000-2, 12.8.6).
    fn permissions(&self, before: &Dictionary<'a>, after: &Dictionary<'a>) -> Result<(), Defect> {
        let (old, new) = (self.before.get(before, b"Perms"), self.after.get(after, b"Perms"));
        if old == new {
            return Ok(());
        }
        let entries = new.and_then(Object::dictionary).filter(|entries| old.is_none() && entries.len() == 1);
        let named = entries.and_then(|entries| entries.get(b"DocMDP".as_slice())).and_then(Object::reference);
        let signed = self.change.filled.first().and_then(|field| field.value);
        if named.is_some() && named == signed { Ok(()) } else { Err(Defect::Entry("catalog")) }
    }

    /// Lists of certificates and revocation data, each a stream, and the same for each signature (ISO 32000-2, 12.8.4.3).
    fn is_validation_data(&self, store: &Object<'a>) -> bool {
        let list = |value: &Object<'a>| {
            let items = self.after.resolve(value).and_then(Object::array);
            items.is_some_and(|items| items.iter().all(|item| self.after.resolve(item).is_some_and(Object::is_stream)))
        };
        let part = |key: &[u8], value: &Object<'a>| match key {
            b"Certs" | b"OCSPs" | b"CRLs" | b"Cert" | b"OCSP" | b"CRL" => list(value),
            b"Type" => value.name().is_some(),
            b"TU" => self.after.resolve(value).is_some_and(|time| time.text().is_some()),
            b"TS" => self.after.resolve(value).is_some_and(Object::is_stream),
            _ => false,
        };
        let signature = |value: &Object<'a>| {
            let entries = self.after.resolve(value).and_then(Object::dictionary);
            entries.is_some_and(|entries| entries.iter().all(|(key, value)| part(key, value)))
        };
        store.dictionary().is_some_and(|entries| {
            entries.iter().all(|(key, value)| match key.as_slice() {
                b"VRI" => {
                    let each = self.after.resolve(value).and_then(Object::dictionary);
                    each.is_some_and(|each| each.values().all(signature))
                }
                key => part(key, value),
            })
        })
    }

    /// Validation data may grow: its dictionaries and lists may change, and no stream that is there already.
    fn store(&mut self, before: &Dictionary<'a>, after: &Dictionary<'a>, catalog: u32) -> Result<(), Defect> {
        if let Some(new) = self.after.get(after, b"DSS")
            && !self.is_validation_data(new)
        {
            return Err(Defect::Entry("validation data"));
        }
        let Some(old) = self.before.get(before, b"DSS") else { return Ok(()) };
        let Some(new) = self.after.get(after, b"DSS") else { return Err(Defect::Entry("catalog")) };
        let mut inside = BTreeSet::from([catalog]);
        inside.extend(present(before, b"DSS").and_then(Object::reference));
        let mut open = vec![old];
        let mut parts = Vec::new();
        let mut seen = BTreeSet::new();
        // The store, its lists, the dictionary of signatures, each signature's entry and its lists.
        for _ in 0..4 {
            let mut below = Vec::new();
            for object in open {
                let items: Vec<&Object<'a>> = match object {
                    Object::Dictionary(entries) => entries.values().collect(),
                    Object::Array(items) => items.iter().collect(),
                    _ => Vec::new(),
                };
                for item in items {
                    let Some(found) = self.before.resolve(item) else { continue };
                    if item.reference().is_some_and(|number| !seen.insert(number)) {
                        continue;
                    }
                    if let Some(number) = item.reference().filter(|_| !found.is_stream()) {
                        parts.push(number);
                        inside.insert(number);
                    }
                    below.push(found);
                }
            }
            open = below;
        }
        for part in parts {
            if self.before.referrers(part).is_subset(&inside) {
                self.may_change.insert(part);
            }
        }
        if old.dictionary().is_some() && new.dictionary().is_some() { Ok(()) } else { Err(Defect::Entry("catalog")) }
    }

    fn form(&mut self) -> Result<(), Defect> {
        let empty = Dictionary::new();
        let (before, after) = (self.before.form()?.unwrap_or(&empty), self.after.form()?.unwrap_or(&empty));
        // Whatever tells a reader to draw fields anew, or by other rules, would change what is shown.
        let signs = !(self.change.added.is_empty() && self.change.filled.is_empty());
        same_entries(before, after, if signs { &FORM } else { &[] }, "form")?;
        let flags = self.after.get(after, b"SigFlags").and_then(Object::integer);
        let old_flags = self.before.get(before, b"SigFlags").and_then(Object::integer);
        if flags != old_flags && !matches!(flags, Some(1 | 3)) {
            return Err(Defect::Entry("form"));
        }
        let form = |document: &Document<'a>| -> Result<Option<u32>, Defect> {
            let (number, catalog) = document.catalog()?;
            Ok(Some(present(catalog, b"AcroForm").and_then(Object::reference).unwrap_or(number)))
        };
        let owner = form(self.before)?.or(form(self.after)?).unwrap_or_default();
        for key in FORM {
            self.allow(key, before, after, owner)?;
        }
        Ok(())
    }

    /// New fields and filled ones do nothing but show a signature.
    fn fields(&mut self) -> Result<(), Defect> {
        for field in &self.change.added {
            self.roots.push(field.number);
            self.roots.extend(field.widget);
            self.harmless(field)?;
        }
        for field in &self.change.filled {
            self.roots.extend(field.value);
            if self.change.added.contains(field) {
                continue;
            }
            let objects: BTreeSet<u32> = [Some(field.number), field.widget].into_iter().flatten().collect();
            for number in objects {
                let (old, new) = (self.before.dictionary(number), self.after.dictionary(number));
                let (old, new) = old.zip(new).ok_or(Defect::Entry("form"))?;
                same_entries(old, new, &FILLED, "field")?;
                self.may_change.insert(number);
                for key in FILLED {
                    self.allow(key, old, new, number)?;
                }
            }
            self.harmless(field)?;
        }
        Ok(())
    }

    fn harmless(&self, field: &Field) -> Result<(), Defect> {
        let bad = Defect::Field;
        let objects: BTreeSet<u32> = [Some(field.number), field.widget].into_iter().flatten().collect();
        for number in objects {
            let entries = self.after.dictionary(number).ok_or(bad("it cannot be read"))?;
            if ACTING.iter().any(|key| present(entries, key).is_some()) {
                return Err(bad("it does more than show a signature"));
            }
        }
        let Some(widget) = field.widget.and_then(|widget| self.after.dictionary(widget)) else { return Ok(()) };
        if !is_name(widget, b"Subtype", b"Widget") {
            return Err(bad("it is not a widget"));
        }
        let Some(appearance) = self.after.get(widget, b"AP") else { return Ok(()) };
        let appearance = appearance.dictionary().ok_or(bad("its appearance cannot be read"))?;
        let normal = self.after.get(appearance, b"N");
        let states = |key: &[u8]| self.after.get(appearance, key).is_some_and(|state| Some(state) != normal);
        if normal.is_some_and(|normal| !normal.is_stream()) || states(b"R") || states(b"D") {
            return Err(bad("its appearance changes"));
        }
        Ok(())
    }

    fn pages(&mut self) -> Result<(), Defect> {
        let pages = self.before.pages()?;
        if pages != self.after.pages()? {
            return Err(Defect::Entry("page list"));
        }
        let mut missing: BTreeSet<u32> = self.change.added.iter().filter_map(|field| field.widget).collect();
        for page in pages {
            let (old, new) = (self.before.annotations(page)?, self.after.annotations(page)?);
            let (kept, added) = new.split_at_checked(old.len()).ok_or(Defect::Entry("page"))?;
            if kept != old || !added.iter().all(|widget| missing.remove(widget)) {
                return Err(Defect::Entry("page"));
            }
            if added.is_empty() {
                continue;
            }
            let (before, after) =
                self.before.dictionary(page).zip(self.after.dictionary(page)).ok_or(Defect::Entry("page"))?;
            same_entries(before, after, &[b"Annots", b"Tabs"], "page")?;
            self.may_change.insert(page);
            self.allow(b"Annots", before, after, page)?;
            let names_page = |widget: &u32| {
                let entries = self.after.dictionary(*widget);
                entries.is_none_or(|entries| present(entries, b"P").is_none_or(|named| named.reference() == Some(page)))
            };
            if !added.iter().all(names_page) {
                return Err(Defect::Field("it names another page"));
            }
        }
        Ok(())
    }

    /// Every object is the same as before, or was compared above, or is new and belongs to what was compared.
    fn objects(&self) -> Result<(), Defect> {
        for (number, old) in &self.before.objects {
            let new = self.after.objects.get(number).ok_or(Defect::Changed(*number))?;
            let same = std::rc::Rc::ptr_eq(old, new) || old == new || self.may_change.contains(number);
            let kind =
                |object: &Object<'a>| object.dictionary().is_some_and(|entries| is_name(entries, b"Type", b"XRef"));
            // Readers look into the newest stream of a number; cross-reference data is read before.
            let section = kind(old) && kind(new) && self.before.referrers(*number).is_empty();
            if !same && !section {
                return Err(Defect::Changed(*number));
            }
        }
        let is_new =
            |number: &u32| self.after.objects.contains_key(number) && !self.before.objects.contains_key(number);
        let mut reached = BTreeSet::new();
        let mut references = self.roots.clone();
        for number in &self.may_change {
            references.push(*number);
            if let Some(object) = self.after.object(*number) {
                object.collect_references(&mut references);
            }
        }
        while let Some(number) = references.pop() {
            if is_new(&number)
                && reached.insert(number)
                && let Some(object) = self.after.object(number)
            {
                object.collect_references(&mut references);
            }
        }
        // What was referred to before it was there would now mean something else.
        let mut awaited = Vec::new();
        for object in self.before.objects.values().filter(|object| !is_structure(object)) {
            object.collect_references(&mut awaited);
        }
        for (number, object) in self.after.objects.iter().filter(|(number, _)| is_new(number)) {
            if (!reached.contains(number) && !is_structure(object)) || awaited.contains(number) {
                return Err(Defect::Foreign(*number));
            }
        }
        Ok(())
    }

    /// Lets the object differ that an entry refers to, where it is a new one, or the one it has always referred to and nobody else refers to. An
    /// entry that was turned to another object of the document lets nothing differ.
    fn allow(&mut self, key: &[u8], before: &Dictionary<'a>, after: &Dictionary<'a>, owner: u32) -> Result<(), Defect> {
        let Some(now) = present(after, key).and_then(Object::reference) else { return Ok(()) };
        let was = present(before, key).and_then(Object::reference);
        if !self.before.objects.contains_key(&now) {
            self.may_change.insert(now);
        } else if was == Some(now) {
            if *self.before.referrers(now) == BTreeSet::from([owner]) {
                self.may_change.insert(now);
            }
        } else if self.before.object(now) != self.after.object(now) {
            return Err(Defect::Changed(now));
        }
        Ok(())
    }
}

/// The entries of two dictionaries are the same but for those named.
fn same_entries(
    before: &Dictionary<'_>,
    after: &Dictionary<'_>,
    except: &[&[u8]],
    what: &'static str,
) -> Result<(), Defect> {
    let keys: BTreeSet<&[u8]> = before.keys().chain(after.keys()).map(Vec::as_slice).collect();
    for key in keys {
        if present(before, key) != present(after, key) && !except.contains(&key) {
            return Err(Defect::Entry(what));
        }
    }
    Ok(())
}
