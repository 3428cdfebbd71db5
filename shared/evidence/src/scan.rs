//! A strict reader of the few forms that an update's own structure is made of.

use std::collections::BTreeMap;

use crate::defect::Defect;

/// How deep arrays and dictionaries may be nested.
const MAX_DEPTH: usize = 32;

pub(crate) fn bad(reason: &'static str) -> Defect {
    Defect::Malformed(reason)
}

/// An object found in the update.
pub(crate) struct Found {
    pub(crate) offset: usize,
    pub(crate) generation: u16,
    pub(crate) entries: BTreeMap<Vec<u8>, Value>,
    pub(crate) stream: bool,
}

impl Found {
    pub(crate) fn is_stream_of(&self, kind: &[u8]) -> bool {
        self.stream && matches!(self.entries.get(b"Type".as_slice()), Some(Value::Name(name)) if name == kind)
    }
}

/// One line of a cross-reference table.
pub(crate) struct Line {
    pub(crate) number: u32,
    pub(crate) offset: usize,
    pub(crate) generation: u16,
    pub(crate) used: bool,
}

/// A PDF value, as far as an update's own structure needs it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Integer(i64),
    Name(Vec<u8>),
    Array(Vec<Value>),
    Dictionary(BTreeMap<Vec<u8>, Value>),
    Other,
}

pub(crate) struct Scan<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(crate) fn white(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')) {
            self.at += 1;
        }
    }

    /// White space and comments.
    pub(crate) fn space(&mut self) {
        self.white();
        while self.peek() == Some(b'%') && !self.rest().starts_with(b"%%EOF") {
            while self.peek().is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
                self.at += 1;
            }
            self.white();
        }
    }

    /// Steps over a word, if it stands here.
    pub(crate) fn keyword(&mut self, word: &[u8]) -> bool {
        let here = self.rest().starts_with(word);
        if here {
            self.at += word.len();
        }
        here
    }

    /// An integer after white space.
    pub(crate) fn integer(&mut self) -> Option<i64> {
        self.space();
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-')).count();
        let text = std::str::from_utf8(self.rest().get(..digits)?).ok()?;
        let number = text.parse().ok()?;
        self.at += digits;
        Some(number)
    }

    pub(crate) fn indirect_object(&mut self) -> Result<(u32, Found), Defect> {
        let wrong = || bad("an object of an update cannot be read");
        let offset = self.at;
        let number = self.integer().and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong)?;
        let generation = self.integer().and_then(|number| u16::try_from(number).ok()).ok_or_else(wrong)?;
        self.space();
        if !self.keyword(b"obj") {
            return Err(wrong());
        }
        let value = self.value(0)?;
        self.space();
        let entries = if let Value::Dictionary(entries) = value { entries } else { BTreeMap::new() };
        let stream = self.keyword(b"stream");
        if stream {
            let length = match entries.get(b"Length".as_slice()) {
                Some(Value::Integer(length)) => usize::try_from(*length).map_err(|_| wrong())?,
                _ => return Err(bad("a stream of an update does not say its length")),
            };
            if !self.keyword(b"\r\n") && !self.keyword(b"\n") {
                return Err(wrong());
            }
            self.at = self.at.checked_add(length).ok_or_else(wrong)?;
            self.white();
            if !self.keyword(b"endstream") {
                return Err(wrong());
            }
            self.space();
        }
        if self.keyword(b"endobj") { Ok((number, Found { offset, generation, entries, stream })) } else { Err(wrong()) }
    }

    /// A cross-reference table, up to and with the word `trailer`.
    pub(crate) fn table(&mut self) -> Result<Vec<Line>, Defect> {
        let wrong = || bad("the cross-reference table of an update cannot be read");
        let mut lines = Vec::new();
        loop {
            self.white();
            if self.keyword(b"trailer") {
                return Ok(lines);
            }
            let (start, count) = self.integer().zip(self.integer()).ok_or_else(wrong)?;
            for index in 0..count {
                let number =
                    start.checked_add(index).and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong)?;
                let offset = self.integer().and_then(|offset| usize::try_from(offset).ok()).ok_or_else(wrong)?;
                let generation = self.integer().and_then(|number| u16::try_from(number).ok()).ok_or_else(wrong)?;
                self.white();
                let used = self.keyword(b"n");
                if !used && !self.keyword(b"f") {
                    return Err(wrong());
                }
                lines.push(Line { number, offset, generation, used });
            }
        }
    }

    pub(crate) fn value(&mut self, depth: usize) -> Result<Value, Defect> {
        let wrong = || bad("a value in an update cannot be read");
        if depth > MAX_DEPTH {
            return Err(wrong());
        }
        self.space();
        let rest = self.rest();
        match self.peek().ok_or_else(wrong)? {
            b'<' if rest.starts_with(b"<<") => self.dictionary(depth),
            b'<' => self.until(b'>').ok_or_else(wrong),
            b'(' => self.literal().ok_or_else(wrong),
            b'/' => self.name().map(Value::Name).ok_or_else(wrong),
            b'[' => {
                self.at += 1;
                self.space();
                let mut items = Vec::new();
                while !self.keyword(b"]") {
                    items.push(self.value(depth + 1)?);
                    self.space();
                }
                Ok(Value::Array(items))
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => Ok(self.number()),
            _ if self.keyword(b"true") || self.keyword(b"false") || self.keyword(b"null") => Ok(Value::Other),
            _ => Err(wrong()),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Value, Defect> {
        let mut entries = BTreeMap::new();
        self.at += 2;
        loop {
            self.space();
            if self.keyword(b">>") {
                return Ok(Value::Dictionary(entries));
            }
            let name = self.name().ok_or(bad("a dictionary of an update cannot be read"))?;
            let value = self.value(depth + 1)?;
            if entries.insert(name, value).is_some() {
                return Err(bad("a dictionary of an update names an entry twice"));
            }
        }
    }

    /// A number, or a reference to an object.
    fn number(&mut self) -> Value {
        let length = self.rest().iter().take_while(|byte| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9')).count();
        let text = self.rest().get(..length).and_then(|text| std::str::from_utf8(text).ok());
        let number = text.and_then(|text| text.parse::<i64>().ok());
        self.at += length;
        let Some(number) = number else { return Value::Other };
        let back = self.at;
        if self.integer().is_some() {
            self.space();
            if self.keyword(b"R") {
                return Value::Other;
            }
        }
        self.at = back;
        Value::Integer(number)
    }

    /// A name with its `#` escapes resolved, so that one name has one spelling.
    fn name(&mut self) -> Option<Vec<u8>> {
        if !self.keyword(b"/") {
            return None;
        }
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| byte.is_ascii_graphic() && !b"()<>[]{}/%".contains(byte)) {
            self.at += 1;
            if byte == b'#' {
                let digits = self.rest().get(..2)?;
                name.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
                self.at += 2;
            } else {
                name.push(byte);
            }
        }
        Some(name)
    }

    fn until(&mut self, end: u8) -> Option<Value> {
        let length = self.rest().iter().position(|byte| *byte == end)?;
        self.at += length + 1;
        Some(Value::Other)
    }

    /// A string in parentheses, which may be nested.
    fn literal(&mut self) -> Option<Value> {
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'\\' => self.at += 1,
                b'(' => open += 1,
                b')' => open = open.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(Value::Other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Value, Defect> {
        Scan { bytes: text.as_bytes(), at: 0 }.value(0)
    }

    #[test]
    fn values_are_read() {
        let Ok(Value::Dictionary(entries)) =
            value("<</A 1/B[1 2 R (a(b)\\))<0a>]/C 1 0 R/D/x#41 % c\n/E null/F -.5/G<<>>>>")
        else {
            panic!("a dictionary")
        };
        assert_eq!(entries.len(), 7);
        assert_eq!(entries[b"A".as_slice()], Value::Integer(1));
        assert_eq!(entries[b"B".as_slice()], Value::Array(vec![Value::Other, Value::Other, Value::Other]));
        assert_eq!(entries[b"C".as_slice()], Value::Other);
        assert_eq!(entries[b"D".as_slice()], Value::Name(b"xA".to_vec()));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in ["<</A 1/A 2>>", "<</A 1/#41 2>>", "<</A>>", "<</A 1", "[1 2", "(a", "<0a", "x", "", "<</A /#4>>"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_stream_ends_where_its_length_says() {
        let read = |text: &str| Scan { bytes: text.as_bytes(), at: 0 }.indirect_object().map(|(number, _)| number);
        assert_eq!(read("7 0 obj<</Length 3>>stream\nabc\nendstream endobj"), Ok(7));
        for text in [
            "7 0 obj<</Length 2>>stream\nabc\nendstream endobj",
            "7 0 obj<</Length 9 0 R>>stream\nabc\nendstream endobj",
            "7 0 obj<<>>stream\nabc\nendstream endobj",
            "7 0 obj<</Length 3>>stream abc\nendstream endobj",
            "7 0 obj<</Length 3>>stream\nabc\nendstream",
            "7 0 obj 1 2 endobj",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
