//! The document as it stands at one revision: its catalog, pages and form.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::defect::Defect;
use crate::syntax::{Dictionary, Object, is_name, present};

/// How deep page trees and form fields may be nested.
const MAX_DEPTH: usize = 16;
/// Most pages of a contract.
const MAX_PAGES: usize = 500;
/// References that lead to references, one after the other.
const MAX_STEPS: usize = 8;

pub(crate) struct Document<'a> {
    pub(crate) objects: BTreeMap<u32, Rc<Object<'a>>>,
    pub(crate) trailer: Dictionary<'a>,
    /// The highest number that was ever in use.
    pub(crate) highest: u32,
    /// Who refers to what, once somebody asks.
    pub(crate) references: std::cell::OnceCell<BTreeMap<u32, BTreeSet<u32>>>,
}

/// A form field that is, or will be, a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its object.
    pub(crate) number: u32,
    /// The full name, as bytes; its parts are joined by points.
    pub(crate) name: Vec<u8>,
    /// The object of its widget; the field's own where they are one object.
    pub(crate) widget: Option<u32>,
    /// The signature dictionary, where it is signed.
    pub(crate) value: Option<u32>,
}

/// Left, lower, right and upper edge in points.
pub(crate) type Rectangle = [f64; 4];

/// Object streams and cross-reference streams hold others and are nothing themselves.
pub(crate) fn is_structure(object: &Object<'_>) -> bool {
    object.is_stream()
        && object
            .dictionary()
            .is_some_and(|entries| is_name(entries, b"Type", b"ObjStm") || is_name(entries, b"Type", b"XRef"))
}

impl<'a> Document<'a> {
    pub(crate) fn object(&self, number: u32) -> Option<&Object<'a>> {
        self.objects.get(&number).map(Rc::as_ref)
    }

    /// The object itself, where this one refers to it.
    pub(crate) fn resolve<'d>(&'d self, object: &'d Object<'a>) -> Option<&'d Object<'a>> {
        let mut object = object;
        for _ in 0..MAX_STEPS {
            let Object::Reference(number) = object else { return Some(object) };
            object = self.object(*number)?;
        }
        None
    }

    /// What stands under a key, with references followed; absent and null are the same.
    pub(crate) fn get<'d>(&'d self, dictionary: &'d Dictionary<'a>, key: &[u8]) -> Option<&'d Object<'a>> {
        self.resolve(present(dictionary, key)?).filter(|object| !matches!(object, Object::Null))
    }

    pub(crate) fn dictionary(&self, number: u32) -> Option<&Dictionary<'a>> {
        self.object(number).and_then(Object::dictionary)
    }

    pub(crate) fn catalog(&self) -> Result<(u32, &Dictionary<'a>), Defect> {
        let number = self.trailer.get(b"Root".as_slice()).and_then(Object::reference);
        let catalog = number.and_then(|number| Some((number, self.dictionary(number)?)));
        catalog
            .filter(|(_, catalog)| is_name(catalog, b"Type", b"Catalog"))
            .ok_or(Defect::Malformed("it has no catalog"))
    }

    /// The pages in their order.
    pub(crate) fn pages(&self) -> Result<Vec<u32>, Defect> {
        let wrong = || Defect::Malformed("its pages cannot be read");
        let (_, catalog) = self.catalog()?;
        let root = catalog.get(b"Pages".as_slice()).and_then(Object::reference).ok_or_else(wrong)?;
        let mut pages = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(root, 0)];
        while let Some((number, depth)) = open.pop() {
            let node =
                self.dictionary(number).filter(|_| depth < MAX_DEPTH && seen.insert(number)).ok_or_else(wrong)?;
            if is_name(node, b"Type", b"Page") && !node.contains_key(b"Kids".as_slice()) {
                pages.push(number);
            } else if is_name(node, b"Type", b"Pages") {
                let kids = self.get(node, b"Kids").and_then(Object::array).ok_or_else(wrong)?;
                for kid in kids.iter().rev() {
                    open.push((kid.reference().ok_or_else(wrong)?, depth + 1));
                }
            } else {
                return Err(wrong());
            }
            if pages.len() + open.len() > MAX_PAGES {
                return Err(wrong());
            }
        }
        Ok(pages)
    }

    /// The visible part of a page in points.
    pub(crate) fn page_box(&self, page: u32) -> Option<Rectangle> {
        let mut node = self.dictionary(page)?;
        for _ in 0..MAX_DEPTH {
            let found = self.get(node, b"CropBox").or_else(|| self.get(node, b"MediaBox"));
            if let Some(found) = found {
                return self.rectangle(found);
            }
            node = self.get(node, b"Parent")?.dictionary()?;
        }
        None
    }

    /// A rectangle, whichever corners it names.
    pub(crate) fn rectangle(&self, object: &Object<'a>) -> Option<Rectangle> {
        let numbers: Vec<f64> =
            object.array()?.iter().map(|number| self.resolve(number)?.number()).collect::<Option<_>>()?;
        let [a, b, c, d] = numbers[..] else { return None };
        numbers.iter().all(|number| number.is_finite()).then_some([a.min(c), b.min(d), a.max(c), b.max(d)])
    }

    /// The annotations of a page, as they are listed.
    pub(crate) fn annotations(&self, page: u32) -> Result<Vec<u32>, Defect> {
        let wrong = Defect::Malformed("its annotations cannot be read");
        let Some(list) = self.dictionary(page).and_then(|page| self.get(page, b"Annots")) else {
            return Ok(Vec::new());
        };
        let numbers = list.array().and_then(|items| items.iter().map(Object::reference).collect::<Option<Vec<u32>>>());
        numbers.ok_or(wrong)
    }

    pub(crate) fn form(&self) -> Result<Option<&Dictionary<'a>>, Defect> {
        let (_, catalog) = self.catalog()?;
        match self.get(catalog, b"AcroForm") {
            None => Ok(None),
            Some(form) => form.dictionary().map(Some).ok_or(Defect::Malformed("its form cannot be read")),
        }
    }

    /// The form's fields in their order, each of which must be a signature's.
    pub(crate) fn fields(&self) -> Result<Vec<Field>, Defect> {
        let wrong = || Defect::Malformed("its form cannot be read");
        let Some(form) = self.form()? else { return Ok(Vec::new()) };
        let Some(list) = self.get(form, b"Fields") else { return Ok(Vec::new()) };
        let mut fields = Vec::new();
        let mut seen = BTreeSet::new();
        let roots = list.array().ok_or_else(wrong)?;
        let mut open: Vec<(u32, Vec<u8>, bool, usize)> = Vec::new();
        for root in roots.iter().rev() {
            open.push((root.reference().ok_or_else(wrong)?, Vec::new(), false, 0));
        }
        while let Some((number, parent, signature, depth)) = open.pop() {
            let field =
                self.dictionary(number).filter(|_| depth < MAX_DEPTH && seen.insert(number)).ok_or_else(wrong)?;
            let mut name = parent;
            if let Some(part) = self.get(field, b"T").and_then(Object::text) {
                if !name.is_empty() {
                    name.push(b'.');
                }
                name.extend(&part.bytes);
            }
            let signature = match self.get(field, b"FT") {
                None => signature,
                Some(kind) => kind.name() == Some(b"Sig"),
            };
            let kids =
                self.get(field, b"Kids").map(|kids| kids.array().ok_or_else(wrong)).transpose()?.unwrap_or_default();
            let kids = kids.iter().map(Object::reference).collect::<Option<Vec<u32>>>().ok_or_else(wrong)?;
            let is_field = |kid: &u32| self.dictionary(*kid).is_some_and(|kid| kid.contains_key(b"T".as_slice()));
            if !kids.is_empty() && kids.iter().all(is_field) {
                open.extend(kids.into_iter().rev().map(|kid| (kid, name.clone(), signature, depth + 1)));
            } else if signature && fields.len() < crate::MAX_FIELDS {
                let widget = match kids[..] {
                    [] if is_name(field, b"Subtype", b"Widget") => Some(number),
                    [] => None,
                    [widget] if seen.insert(widget) => Some(widget),
                    _ => return Err(Defect::Field("it has more than one widget")),
                };
                let value = match present(field, b"V") {
                    None => None,
                    Some(value) => Some(value.reference().ok_or(Defect::Field("its signature is not an object"))?),
                };
                fields.push(Field { number, name, widget, value });
            } else {
                return Err(Defect::Malformed("a form field is not a signature"));
            }
        }
        Ok(fields)
    }

    /// The objects that refer to an object. The trailer counts as object 0.
    pub(crate) fn referrers(&self, number: u32) -> &BTreeSet<u32> {
        static NONE: BTreeSet<u32> = BTreeSet::new();
        let index = self.references.get_or_init(|| {
            let mut index: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            let mut note = |owner: u32, object: &Object<'a>| {
                let mut references = Vec::new();
                object.collect_references(&mut references);
                for reference in references {
                    index.entry(reference).or_default().insert(owner);
                }
            };
            for (owner, object) in self.objects.iter().filter(|(_, object)| !is_structure(object)) {
                note(*owner, object);
            }
            self.trailer.values().for_each(|object| note(0, object));
            index
        });
        index.get(&number).unwrap_or(&NONE)
    }
}
