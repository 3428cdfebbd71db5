//! What a widget draws, read strictly before a second reader draws it.
//!
//! Readers differ in what they make of an appearance that is not as the standard says: one leaves it out, another draws it. Such an appearance is
//! broken. One that uses means which are not followed here, or which would cost too much to draw, cannot be judged.

use crate::budget::Budget;
use crate::defect::Defect;
use crate::document::{Document, Rectangle};
use crate::syntax::{Dictionary, Object, Reader, present};

/// Forms inside forms.
const MAX_DEPTH: usize = 8;
/// Operators that all forms together may carry out, those of a form counted each time it is drawn.
const MAX_OPERATORS: usize = 200_000;
/// Pixels of all pictures together, each counted each time it is drawn.
const MAX_PIXELS: i64 = 32_000_000;
/// Graphics states that may be kept at once.
const MAX_STATES: usize = 64;
/// The blend modes (ISO 32000-2, tables 134 and 135).
const BLEND_MODES: [&[u8]; 17] = [
    b"Normal",
    b"Compatible",
    b"Multiply",
    b"Screen",
    b"Overlay",
    b"Darken",
    b"Lighten",
    b"ColorDodge",
    b"ColorBurn",
    b"HardLight",
    b"SoftLight",
    b"Difference",
    b"Exclusion",
    b"Hue",
    b"Saturation",
    b"Color",
    b"Luminosity",
];
/// Kinds of resources that are followed.
const RESOURCES: [&[u8]; 5] = [b"ProcSet", b"XObject", b"Font", b"ExtGState", b"ColorSpace"];

/// Why an appearance is not followed.
pub(crate) enum Unfit {
    Broken(Defect),
    /// It uses means that are not followed here.
    Unfollowed,
}

impl From<Defect> for Unfit {
    fn from(defect: Defect) -> Self {
        Self::Broken(defect)
    }
}

fn broken(why: &'static str) -> Unfit {
    Unfit::Broken(Defect::Field(why))
}

/// Checks the normal appearance of a widget and all that it draws.
pub(crate) fn check(document: &Document<'_>, appearance: &Object<'_>, budget: &mut Budget) -> Result<(), Unfit> {
    let mut reading = Reading { document, budget, operators: 0, pixels: 0 };
    reading.form(appearance, 0)
}

/// Four numbers and no more.
pub(crate) fn rectangle(document: &Document<'_>, entries: &Dictionary<'_>, key: &[u8]) -> Option<Rectangle> {
    document.get(entries, key).and_then(|object| document.rectangle(object))
}

struct Reading<'d, 'a> {
    document: &'d Document<'a>,
    budget: &'d mut Budget,
    operators: usize,
    pixels: i64,
}

impl<'a> Reading<'_, 'a> {
    fn form(&mut self, form: &Object<'a>, depth: usize) -> Result<(), Unfit> {
        let Object::Stream(entries, data) = form else { return Err(broken("its appearance cannot be read")) };
        if depth > MAX_DEPTH {
            return Err(Unfit::Unfollowed);
        }
        let corners = self.document.get(entries, b"BBox").and_then(Object::array).map(|corners| {
            corners.iter().map(|corner| self.document.resolve(corner)?.number()).collect::<Option<Vec<f64>>>()
        });
        let area = matches!(corners.flatten().as_deref(), Some([x1, y1, x2, y2]) if x2 != x1 && y2 != y1);
        let kind = self.document.get(entries, b"Subtype").and_then(Object::name) == Some(b"Form");
        if !kind || !area || !self.matrix(entries) {
            return Err(broken("its appearance is not as the standard says"));
        }
        if present(entries, b"OC").is_some() || present(entries, b"Ref").is_some() {
            return Err(Unfit::Unfollowed);
        }
        let content = self.budget.unpack(entries, data).map_err(|defect| match defect {
            Defect::TooLarge => Unfit::Broken(Defect::TooLarge),
            _ => broken("its appearance is packed in another way than others are"),
        })?;
        let drawn = self.operators_of(&content)?;
        let empty = Dictionary::new();
        let resources = self.document.get(entries, b"Resources").and_then(Object::dictionary).unwrap_or(&empty);
        let document = self.document;
        let unknown = |(key, value): (&Vec<u8>, &Object<'a>)| {
            let value = document.resolve(value).and_then(Object::dictionary);
            !RESOURCES.contains(&key.as_slice()) && value.is_none_or(|value| !value.is_empty())
        };
        if resources.iter().any(unknown) {
            return Err(Unfit::Unfollowed);
        }
        if let Some(states) = document.get(resources, b"ExtGState").and_then(Object::dictionary) {
            for state in states.values() {
                self.state(state)?;
            }
        }
        let objects = document.get(resources, b"XObject").and_then(Object::dictionary).unwrap_or(&empty);
        for name in drawn {
            let object = document.get(objects, &name).ok_or(broken("its appearance draws what is not there"))?;
            self.object(object, depth)?;
        }
        Ok(())
    }

    fn matrix(&self, entries: &Dictionary<'a>) -> bool {
        let Some(matrix) = self.document.get(entries, b"Matrix") else { return true };
        let numbers = matrix.array().map(|numbers| numbers.iter().map(Object::number).collect::<Option<Vec<f64>>>());
        match numbers.flatten().as_deref() {
            Some([a, b, c, d, e, f]) => {
                [a, b, c, d, e, f].iter().all(|number| number.abs() < 1e5) && (a * d - b * c).abs() > 1e-6
            }
            _ => false,
        }
    }

    fn state(&self, state: &Object<'a>) -> Result<(), Unfit> {
        let state = self.document.resolve(state).and_then(Object::dictionary).ok_or(Unfit::Unfollowed)?;
        let mode = present(state, b"BM").is_none_or(|mode| mode.name().is_some_and(|name| BLEND_MODES.contains(&name)));
        let opacity = |key: &[u8]| {
            present(state, key).is_none_or(|alpha| alpha.number().is_some_and(|alpha| (0.0..=1.0).contains(&alpha)))
        };
        let mask = present(state, b"SMask").is_none_or(|mask| mask.name() == Some(b"None"));
        let others =
            [&b"TR"[..], b"TR2", b"HT", b"BG", b"BG2", b"UCR", b"UCR2"].iter().any(|key| present(state, key).is_some());
        if mode && opacity(b"ca") && opacity(b"CA") && mask && !others { Ok(()) } else { Err(Unfit::Unfollowed) }
    }

    fn object(&mut self, object: &Object<'a>, depth: usize) -> Result<(), Unfit> {
        let entries = object.dictionary().ok_or(broken("its appearance draws what is not there"))?;
        match self.document.get(entries, b"Subtype").and_then(Object::name) {
            Some(b"Form") => self.form(object, depth + 1),
            Some(b"Image") => self.image(entries, 0),
            _ => Err(Unfit::Unfollowed),
        }
    }

    fn image(&mut self, entries: &Dictionary<'a>, depth: usize) -> Result<(), Unfit> {
        let document = self.document;
        let size =
            |key: &[u8]| document.get(entries, key).and_then(Object::integer).filter(|size| (1..=8192).contains(size));
        let (width, height) = size(b"Width").zip(size(b"Height")).ok_or(Unfit::Unfollowed)?;
        self.pixels += width * height;
        let filter = match document.get(entries, b"Filter") {
            Some(Object::Array(filters)) if filters.len() == 1 => filters.first().and_then(Object::name),
            Some(filter) => filter.name(),
            None => Some(&b"FlateDecode"[..]),
        };
        let packed = matches!(filter, Some(b"FlateDecode" | b"DCTDecode"));
        let stencil = matches!(document.get(entries, b"ImageMask"), Some(Object::Boolean(true)));
        let bits = document.get(entries, b"BitsPerComponent").and_then(Object::integer);
        let deep = matches!(bits, Some(1 | 2 | 4 | 8)) || (stencil && bits.is_none());
        if !packed || !deep || self.pixels > MAX_PIXELS || depth > 1 || present(entries, b"OC").is_some() {
            return Err(Unfit::Unfollowed);
        }
        for key in [&b"SMask"[..], b"Mask"] {
            if let Some(mask @ Object::Stream(..)) = document.get(entries, key) {
                self.image(mask.dictionary().ok_or(Unfit::Unfollowed)?, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Counts what a content stream does and answers the names of the objects that it draws.
    fn operators_of(&mut self, content: &[u8]) -> Result<Vec<Vec<u8>>, Unfit> {
        let mut reader = Reader::new(content, 0);
        let (mut drawn, mut last, mut kept) = (Vec::new(), None, 0_usize);
        loop {
            reader.space().map_err(|_| Unfit::Unfollowed)?;
            let Some(byte) = reader.peek() else { break };
            if !byte.is_ascii_alphabetic() && !matches!(byte, b'\'' | b'"')
                || [&b"true"[..], b"false", b"null"].iter().any(|word| reader.keyword(word))
            {
                if !byte.is_ascii_alphabetic() {
                    last = Some(reader.object(0).map_err(|_| Unfit::Unfollowed)?);
                }
                continue;
            }
            let length = reader
                .rest()
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'\'' | b'"'))
                .count();
            let operator = reader.rest().get(..length).unwrap_or_default();
            reader.at += length;
            self.operators += 1;
            match operator {
                b"q" => kept += 1,
                b"Q" => kept = kept.checked_sub(1).ok_or(Unfit::Unfollowed)?,
                b"Do" => drawn.push(last.as_ref().and_then(Object::name).ok_or(Unfit::Unfollowed)?.to_vec()),
                // Pictures in the stream itself, shadings, and what is shown only at times.
                b"BI" | b"sh" | b"BDC" | b"DP" => return Err(Unfit::Unfollowed),
                _ => {}
            }
            if self.operators > MAX_OPERATORS || kept > MAX_STATES {
                return Err(Unfit::Unfollowed);
            }
        }
        Ok(drawn)
    }
}

/// Whether a widget that is no party's seal is out of sight for every reader.
pub(crate) fn out_of_sight(document: &Document<'_>, widget: &Dictionary<'_>) -> bool {
    let empty = rectangle(document, widget, b"Rect").is_some_and(|[x1, y1, x2, y2]| x2 - x1 <= 0.0 || y2 - y1 <= 0.0);
    let bare = [&b"AP"[..], b"MK", b"BS", b"Border"].iter().all(|key| present(widget, key).is_none());
    empty || bare
}
