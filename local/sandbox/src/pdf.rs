//! What the sandbox needs to know of a PDF before it is signed: how many pages it has, and how large they are.

use lopdf::{Dictionary, Document, IncrementalDocument, Object, Stream};
use serde::{Deserialize, Serialize};

/// One page's size in PDF points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Page {
    /// Whether a rectangle of this size lies wholly on the page when its centre is here.
    pub(crate) fn holds(self, x: f64, y: f64, width: f64, height: f64) -> bool {
        let (half_width, half_height) = (width / 2.0, height / 2.0);
        x >= half_width && x + half_width <= self.width && y >= half_height && y + half_height <= self.height
    }
}

/// A page tree deeper than this is taken for a broken one.
const DEEPEST: usize = 64;

/// The pages in their order; nothing when this is no PDF that can be read without a password.
pub(crate) fn pages(bytes: &[u8]) -> Option<Vec<Page>> {
    if !bytes.starts_with(b"%PDF-") {
        return None;
    }
    let document = Document::load_mem(bytes).ok()?;
    if document.trailer.has(b"Encrypt") {
        return None;
    }
    let pages: Vec<Page> = document
        .get_pages()
        .into_values()
        .filter_map(|id| media_box(&document, document.get_dictionary(id).ok()?))
        .collect();
    (!pages.is_empty()).then_some(pages)
}

/// The media box, inherited from the page tree where the page has none of its own.
fn media_box(document: &Document, page: &Dictionary) -> Option<Page> {
    let mut node = page;
    for _ in 0..DEEPEST {
        if let Ok(object) = node.get_deref(b"MediaBox", document) {
            let corners: Vec<f64> =
                object.as_array().ok()?.iter().filter_map(|corner| number(document, corner)).collect();
            let [left, lower, right, upper] = corners.try_into().ok()?;
            return Some(Page { width: (right - left).abs(), height: (upper - lower).abs() });
        }
        node = node.get_deref(b"Parent", document).ok()?.as_dict().ok()?;
    }
    None
}

fn number(document: &Document, object: &Object) -> Option<f64> {
    match document.dereference(object).ok()?.1 {
        Object::Integer(whole) => i32::try_from(*whole).ok().map(f64::from),
        Object::Real(real) => Some(f64::from(*real)),
        _ => None,
    }
}

/// The same document with a black bar on its first page, added the way signatures are: behind everything that was there before.
/// Every signature in it still fits the bytes it covers. Nothing when the document cannot be read.
pub(crate) fn with_a_bar(bytes: &[u8]) -> Option<Vec<u8>> {
    let previous = Document::load_mem(bytes).ok()?;
    let page = previous.get_pages().into_values().next()?;
    let mut update = IncrementalDocument::create_from(bytes.to_vec(), previous);
    // What a trailer has only where it is the head of a cross-reference stream; the update has a table.
    for name in [b"Type".as_slice(), b"W", b"Index", b"Filter", b"DecodeParms", b"Length", b"XRefStm"] {
        update.new_document.trailer.remove(name);
    }
    let bar = Stream::new(Dictionary::new(), b"q 0 g 60 60 200 20 re f Q".to_vec());
    let bar = Object::Reference(update.new_document.add_object(bar));
    update.opt_clone_object_to_new_document(page).ok()?;
    let page = update.new_document.get_dictionary_mut(page).ok()?;
    let mut contents = match page.get(b"Contents") {
        Ok(Object::Array(streams)) => streams.clone(),
        Ok(stream) => vec![stream.clone()],
        Err(_) => Vec::new(),
    };
    contents.push(bar);
    page.set("Contents", contents);
    let mut changed = Vec::new();
    update.save_to(&mut changed).ok()?;
    Some(changed)
}

/// Where the first revision ends, as well as its marker tells.
pub(crate) fn end_of_first_revision(bytes: &[u8]) -> usize {
    bytes.windows(5).position(|window| window == b"%%EOF").unwrap_or(bytes.len())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PDF of this many empty A4 pages.
    pub(crate) fn blank(count: i64) -> Vec<u8> {
        use lopdf::dictionary;
        let mut document = Document::with_version("1.7");
        let tree = document.new_object_id();
        let kids: Vec<Object> = (0..count)
            .map(|_| document.add_object(dictionary! { "Type" => "Page", "Parent" => tree }).into())
            .collect();
        let root = dictionary! {
            "Type" => "Pages", "Kids" => kids, "Count" => count,
            "MediaBox" => vec![0.into(), 0.into(), Object::Real(595.28), Object::Real(841.89)],
        };
        document.objects.insert(tree, root.into());
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn sizes_are_inherited() {
        let pages = pages(&blank(3)).unwrap();
        assert_eq!(pages.len(), 3);
        assert!((pages[2].height - 841.89).abs() < 0.01);
    }

    #[test]
    fn a_bar_comes_behind_everything() {
        let sound = blank(2);
        let changed = with_a_bar(&sound).unwrap();
        assert!(changed.starts_with(&sound));
        let document = Document::load_mem(&changed).unwrap();
        let page = document.get_pages()[&1];
        assert!(document.get_page_content(page).starts_with(b"q 0 g"));
        assert_eq!(with_a_bar(b"hello"), None);
    }

    #[test]
    fn what_is_no_pdf_has_no_pages() {
        assert_eq!(pages(b""), None);
        assert_eq!(pages(b"%PDF-1.7 and then nothing"), None);
        assert_eq!(pages(b"hello"), None);
    }
}
