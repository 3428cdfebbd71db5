//! PDF objects, read strictly (ISO 32000-2, 7.2 and 7.3).
//!
//! Readers forgive in different ways: one takes the first of two entries of a name, another the last; one reads `--5` as 5, another as 0. This
//! reader accepts an object only where every reader reads the same, and refuses the rest.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::defect::Defect;

/// How deep arrays and dictionaries may be nested.
const MAX_DEPTH: usize = 48;
/// Bytes of the longest comment. Programs that write PDFs leave their name in one.
const MAX_COMMENT: usize = 200;
/// The largest integer that all readers hold.
const MAX_INTEGER: i64 = 2_147_483_647;
/// Words that readers search for when they rebuild a damaged file. They stand nowhere but in their own place.
const STRUCTURE_WORDS: [&[u8]; 5] = [b"endobj", b"startxref", b"trailer", b"%%EOF", b"endstream"];

pub(crate) type Dictionary<'a> = BTreeMap<Vec<u8>, Object<'a>>;

/// A PDF object. Streams keep their bytes as they stand in the file.
#[derive(Debug, Clone)]
pub(crate) enum Object<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    String(Text),
    Name(Vec<u8>),
    Array(Vec<Object<'a>>),
    Dictionary(Dictionary<'a>),
    Stream(Dictionary<'a>, &'a [u8]),
    /// The number of an object. Its generation is 0.
    Reference(u32),
}

/// A string's bytes, and where it stands in what was read, with its delimiters.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: Range<usize>,
    pub(crate) hexadecimal: bool,
}

/// Equal in meaning, wherever in the file the bytes stand and whichever way a string is written.
impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            // Readers take a real where an integer is asked for in different ways.
            (Self::Real(a), Self::Real(b)) => a.to_bits() == b.to_bits(),
            (Self::String(a), Self::String(b)) => a.bytes == b.bytes,
            (Self::Name(a), Self::Name(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Dictionary(a), Self::Dictionary(b)) => a == b,
            (Self::Stream(a, x), Self::Stream(b, y)) => x == y && same_but_length(a, b),
            (Self::Reference(a), Self::Reference(b)) => a == b,
            _ => false,
        }
    }
}

/// The length of a stream may be written in place or as an object of its own.
fn same_but_length(a: &Dictionary<'_>, b: &Dictionary<'_>) -> bool {
    let rest = |dictionary: &Dictionary<'_>| dictionary.keys().filter(|key| *key != b"Length").count();
    rest(a) == rest(b) && a.iter().all(|(key, value)| key == b"Length" || b.get(key) == Some(value))
}

impl<'a> Object<'a> {
    pub(crate) fn dictionary(&self) -> Option<&Dictionary<'a>> {
        match self {
            Self::Dictionary(dictionary) | Self::Stream(dictionary, _) => Some(dictionary),
            _ => None,
        }
    }

    pub(crate) fn array(&self) -> Option<&[Object<'a>]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "integers are below 2^31")]
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&Text> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(crate) fn reference(&self) -> Option<u32> {
        if let Self::Reference(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(..))
    }

    /// The numbers of the objects that this one refers to.
    pub(crate) fn collect_references(&self, into: &mut Vec<u32>) {
        match self {
            Self::Reference(number) => into.push(*number),
            Self::Array(items) => items.iter().for_each(|item| item.collect_references(into)),
            Self::Dictionary(entries) | Self::Stream(entries, _) => {
                entries.values().for_each(|item| item.collect_references(into));
            }
            _ => {}
        }
    }
}

/// An entry that is there and not null.
pub(crate) fn present<'d, 'a>(dictionary: &'d Dictionary<'a>, key: &[u8]) -> Option<&'d Object<'a>> {
    dictionary.get(key).filter(|value| !matches!(value, Object::Null))
}

pub(crate) fn is_name(dictionary: &Dictionary<'_>, key: &[u8], name: &[u8]) -> bool {
    dictionary.get(key).and_then(Object::name) == Some(name)
}

/// Whether a byte may stand in a word; white space and delimiters end one.
fn is_regular(byte: u8) -> bool {
    !matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ') && !b"()<>[]{}/%".contains(&byte)
}

pub(crate) fn holds_structure_words(bytes: &[u8]) -> bool {
    STRUCTURE_WORDS.iter().any(|word| find(bytes, word).is_some()) || holds_object(bytes)
}

/// Whether a digit, white space and `obj` follow each other.
fn holds_object(bytes: &[u8]) -> bool {
    let white = |byte: &u8| matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ');
    bytes.windows(3).enumerate().filter(|(_, window)| *window == b"obj").any(|(at, _)| {
        let before = bytes.get(..at).unwrap_or_default();
        let spaces = before.iter().rev().take_while(|byte| white(byte)).count();
        spaces > 0 && before.iter().rev().nth(spaces).is_some_and(u8::is_ascii_digit)
    })
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A place in bytes that are read from left to right.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over white space.
    pub(crate) fn white(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')) {
            self.at += 1;
        }
    }

    /// Steps over white space and comments.
    pub(crate) fn space(&mut self) -> Result<(), Defect> {
        self.white();
        while self.peek() == Some(b'%') && !self.rest().starts_with(b"%%EOF") {
            let length = self.rest().iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
            let comment = self.rest().get(..length).unwrap_or_default();
            if length > MAX_COMMENT || holds_structure_words(comment) {
                return Err(Defect::Malformed("a comment could be taken for something else"));
            }
            self.at += length;
            self.white();
        }
        Ok(())
    }

    /// Steps over these bytes, if they stand here.
    pub(crate) fn literal(&mut self, word: &[u8]) -> bool {
        let here = self.rest().starts_with(word);
        if here {
            self.at += word.len();
        }
        here
    }

    /// Steps over a word that ends where these bytes end.
    pub(crate) fn keyword(&mut self, word: &[u8]) -> bool {
        let ends = self.rest().get(word.len()).is_none_or(|byte| !is_regular(*byte));
        ends && self.literal(word)
    }

    /// Steps over one line end.
    pub(crate) fn line_end(&mut self) -> bool {
        self.literal(b"\r\n") || self.literal(b"\n") || self.literal(b"\r")
    }

    /// Digits and nothing else, after white space and comments.
    pub(crate) fn unsigned(&mut self) -> Result<Option<usize>, Defect> {
        self.space()?;
        Ok(self.digits())
    }

    /// Digits that stand here.
    pub(crate) fn digits(&mut self) -> Option<usize> {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = self.rest().get(..length).filter(|digits| !digits.is_empty() && digits.len() <= 10)?;
        let number: u64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        let ends = self.rest().get(length).is_none_or(|byte| !is_regular(*byte));
        let number = usize::try_from(number)
            .ok()
            .filter(|number| ends && i64::try_from(*number).is_ok_and(|number| number <= MAX_INTEGER))?;
        self.at += length;
        Some(number)
    }

    pub(crate) fn object(&mut self, depth: usize) -> Result<Object<'a>, Defect> {
        if depth > MAX_DEPTH {
            return Err(unreadable());
        }
        self.space()?;
        match self.peek().ok_or_else(unreadable)? {
            b'<' if self.rest().starts_with(b"<<") => self.entries(depth).map(Object::Dictionary),
            b'<' => self.hexadecimal().map(Object::String),
            b'(' => self.string().map(Object::String),
            b'/' => self.name().map(Object::Name),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.space()?;
                    if self.literal(b"]") {
                        return Ok(Object::Array(items));
                    }
                    items.push(self.object(depth + 1)?);
                }
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number(),
            _ if self.keyword(b"true") => Ok(Object::Boolean(true)),
            _ if self.keyword(b"false") => Ok(Object::Boolean(false)),
            _ if self.keyword(b"null") => Ok(Object::Null),
            _ => Err(unreadable()),
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Dictionary<'a>, Defect> {
        let mut entries = BTreeMap::new();
        self.at += 2;
        loop {
            self.space()?;
            if self.literal(b">>") {
                return Ok(entries);
            }
            let key = self.name()?;
            let value = self.object(depth + 1)?;
            if entries.insert(key, value).is_some() {
                return Err(Defect::Malformed("a dictionary names an entry twice"));
            }
        }
    }

    /// A number, or a reference to an object.
    fn number(&mut self) -> Result<Object<'a>, Defect> {
        let length = self.rest().iter().take_while(|byte| is_regular(**byte)).count();
        let word = self.rest().get(..length).and_then(|word| std::str::from_utf8(word).ok()).ok_or_else(unreadable)?;
        let digits = word.strip_prefix('-').unwrap_or(word);
        if word.len() > 24 {
            return Err(unreadable());
        }
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match digits.split_once('.') {
            Some((whole, part)) if plain(whole) && plain(part) && whole.len() + part.len() > 0 => {
                self.at += length;
                Ok(Object::Real(word.parse().map_err(|_| unreadable())?))
            }
            None if plain(digits) && !digits.is_empty() => {
                let number: i64 = word.parse().map_err(|_| unreadable())?;
                self.at += length;
                if number.abs() > MAX_INTEGER {
                    return Err(Defect::Malformed("a number is larger than every reader holds"));
                }
                let back = self.at;
                if word == digits && self.unsigned()? == Some(0) && self.space().is_ok() && self.keyword(b"R") {
                    return u32::try_from(number).map(Object::Reference).map_err(|_| unreadable());
                }
                self.at = back;
                Ok(Object::Integer(number))
            }
            _ => Err(unreadable()),
        }
    }

    /// A name with its `#` escapes resolved, so that one name has one spelling.
    fn name(&mut self) -> Result<Vec<u8>, Defect> {
        if !self.literal(b"/") {
            return Err(unreadable());
        }
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            if !byte.is_ascii_graphic() {
                return Err(unreadable());
            }
            self.at += 1;
            if byte == b'#' {
                let digits = self.rest().get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let value = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let value = value.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|byte| *byte != 0);
                name.push(value.ok_or_else(unreadable)?);
                self.at += 2;
            } else {
                name.push(byte);
            }
        }
        Ok(name)
    }

    fn hexadecimal(&mut self) -> Result<Text, Defect> {
        let from = self.at;
        let length = self.rest().iter().position(|byte| *byte == b'>').ok_or_else(unreadable)?;
        let mut digits = Vec::with_capacity(length);
        for byte in self.rest().get(1..length).ok_or_else(unreadable)? {
            match byte {
                0 | b'\t' | b'\n' | 12 | b'\r' | b' ' => {}
                _ if byte.is_ascii_hexdigit() => digits.push(*byte),
                _ => return Err(unreadable()),
            }
        }
        if digits.len() % 2 == 1 {
            digits.push(b'0');
        }
        self.at += length + 1;
        let bytes = hex::decode(digits).map_err(|_| unreadable())?;
        Ok(Text { bytes, at: from..self.at, hexadecimal: true })
    }

    /// A string in parentheses, which may be nested.
    fn string(&mut self) -> Result<Text, Defect> {
        let from = self.at;
        let mut bytes = Vec::new();
        let mut open = 0_usize;
        loop {
            let byte = self.peek().ok_or_else(unreadable)?;
            self.at += 1;
            match byte {
                b'\\' => self.escape(&mut bytes)?,
                b'(' => {
                    open += 1;
                    if open > 1 {
                        bytes.push(byte);
                    }
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        if holds_structure_words(&bytes) {
                            return Err(Defect::Malformed("a string could be taken for something else"));
                        }
                        return Ok(Text { bytes, at: from..self.at, hexadecimal: false });
                    }
                    bytes.push(byte);
                }
                b'\r' => {
                    self.literal(b"\n");
                    bytes.push(b'\n');
                }
                _ => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Defect> {
        let byte = self.peek().ok_or_else(unreadable)?;
        if byte.is_ascii_digit() {
            let length = self.rest().iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let digits = self.rest().get(..length).and_then(|digits| std::str::from_utf8(digits).ok());
            let value = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()).ok_or_else(unreadable)?;
            bytes.push(value);
            self.at += length;
            return Ok(());
        }
        self.at += 1;
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\r' => {
                self.literal(b"\n");
            }
            b'\n' => {}
            _ => bytes.push(byte),
        }
        Ok(())
    }
}

fn unreadable() -> Defect {
    Defect::Malformed("an object cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<Object<'_>, Defect> {
        let mut reader = Reader::new(text.as_bytes(), 0);
        let object = reader.object(0)?;
        assert_eq!(reader.at, text.len(), "{text}");
        Ok(object)
    }

    #[test]
    fn objects_are_read() {
        let text = "<</A 1/B[1 2 0 R (a(b)\\)\\101\\\n)<0a1>]/C 10 0 R/D/x#41% c\n/E null/F -.5/G<<>>/H true>>";
        let read = object(text).unwrap();
        let entries = read.dictionary().unwrap();
        assert_eq!(entries.len(), 8);
        assert_eq!(entries[b"A".as_slice()], Object::Integer(1));
        let items = entries[b"B".as_slice()].array().unwrap();
        assert_eq!(items[..2], [Object::Integer(1), Object::Reference(2)]);
        assert_eq!(items[2].text().unwrap().bytes, b"a(b))A");
        assert_eq!(items[3].text().unwrap().bytes, [0x0a, 0x10]);
        assert_eq!(entries[b"C".as_slice()], Object::Reference(10));
        assert_eq!(entries[b"D".as_slice()].name(), Some(b"xA".as_slice()));
        assert_eq!(entries[b"F".as_slice()].number(), Some(-0.5));
        assert!(present(entries, b"E").is_none() && present(entries, b"H").is_some());
    }

    #[test]
    fn forms_that_readers_read_differently_are_refused() {
        for text in [
            "<</A 1/A 2>>",
            "<</A 1/#41 2>>",
            "<</A>>",
            "<</A 1",
            "[1 2",
            "(a",
            "<0a",
            "<0g>",
            "x",
            "",
            "<</A /#4>>",
            "--5",
            "1.2.3",
            "1e5",
            "4294967297",
            "99999999999999999999",
            "(\\9)",
            "(\\777)",
            "/a#00",
            "truex",
            "+",
            "+9",
            "[1 2 3 R]",
            "% 1 0 obj\n1",
            "/\u{e9}",
        ] {
            assert!(object(text).is_err(), "{text}");
        }
        assert!(object(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn words_of_the_structure_are_found() {
        for text in ["\n7 0 obj", "endobj", "startxref", "trailer", "x%%EOF", "endstream"] {
            assert!(holds_structure_words(text.as_bytes()), "{text}");
        }
        for text in ["an obj", "the object", "stream", "EOF", ""] {
            assert!(!holds_structure_words(text.as_bytes()), "{text}");
        }
    }
}
