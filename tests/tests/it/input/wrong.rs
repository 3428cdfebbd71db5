//! What can be wrong with a field, by its kind, and the code it is refused with.

use crate::harness::credentials;
use serde_json::{Value, json};

/// Characters that cannot be seen and change what is read, or hide in a copy.
const HIDDEN: [(char, &str); 7] = [
    ('\u{202E}', "a right-to-left override"),
    ('\u{2066}', "a left-to-right isolate"),
    ('\u{200B}', "a zero-width space"),
    ('\u{200D}', "a zero-width joiner"),
    ('\u{FEFF}', "a byte order mark"),
    ('\u{00AD}', "a soft hyphen"),
    ('\u{E0041}', "a tag letter"),
];
const CONTROLS: [(char, &str); 6] = [
    ('\0', "NUL"),
    ('\t', "a tab"),
    ('\n', "a line feed"),
    ('\r', "a carriage return"),
    ('\u{1B}', "an escape"),
    ('\u{85}', "a next line"),
];

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text of so many characters at most.
    Text(usize),
    /// The same, and it stands in the agreement.
    Printed(usize),
    /// A text with line breaks.
    Message,
    Phone,
    Mobile,
    Email,
    Account,
    /// An identity number or credit code, with its check digit.
    Document,
    /// One of a few words.
    Choice,
    /// Something that has a form: a hash, a time, an id.
    Form,
    Count,
    Flag,
    Object,
}

/// A field of a body.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its JSON pointer.
    pub at: &'static str,
    /// Whether it must be there.
    pub needed: bool,
    pub kind: Kind,
}

/// A field that must be there, where the object that it belongs to is.
pub const fn needed(at: &'static str, kind: Kind) -> Field {
    Field { at, needed: true, kind }
}

/// A field that may be absent.
pub const fn optional(at: &'static str, kind: Kind) -> Field {
    Field { at, needed: false, kind }
}

/// One value that a field does not take.
#[derive(Debug)]
pub struct Wrong {
    pub what: String,
    pub sent: Value,
    pub code: &'static str,
}

impl Kind {
    fn is_text(self) -> bool {
        !matches!(self, Self::Count | Self::Flag | Self::Object)
    }

    /// The code of a text that this field does not take, where a free text would be refused with `free`.
    fn code(self, free: &'static str) -> &'static str {
        match self {
            Self::Choice => "unknown_value",
            Self::Form => "bad_format",
            _ => free,
        }
    }

    /// The longest text, for those that have a bound and nothing else that must fit.
    pub fn longest(self) -> Option<String> {
        match self {
            Self::Text(most) | Self::Printed(most) => Some("字".repeat(most)),
            Self::Message => Some("字".repeat(2000)),
            Self::Phone => Some("1".repeat(20)),
            Self::Email => Some(format!("{}@{}.example", "a".repeat(60), ["b"; 93].join("."))),
            Self::Account => Some("1".repeat(40)),
            _ => None,
        }
    }

    /// A text that is too long by one character, and nothing else is wrong with it.
    fn too_long(self) -> String {
        match self {
            Self::Text(_) | Self::Printed(_) | Self::Message => self.longest().unwrap_or_default() + "字",
            Self::Phone => "1".repeat(21),
            Self::Mobile => "139000000002".to_owned(),
            Self::Email => format!("{}@{}.example", "a".repeat(61), ["b"; 93].join(".")),
            Self::Account => "1".repeat(41),
            Self::Document => "1".repeat(31),
            Self::Choice | Self::Form | Self::Count | Self::Flag | Self::Object => "x".repeat(300),
        }
    }

    /// Values of another JSON type.
    fn other_types(self) -> Vec<Value> {
        let mut values = vec![json!(7), json!(true), json!(["x"]), json!({ "a": 1 }), json!("x")];
        values.retain(|value| match self {
            Self::Count => !value.is_number(),
            Self::Flag => !value.is_boolean(),
            Self::Object => !value.is_object(),
            _ => !value.is_string(),
        });
        if self == Self::Count {
            values.extend([json!("1"), json!(-1), json!(1.5), json!(4_294_967_296_u64), json!(1e30)]);
        }
        values
    }

    /// Texts that are legible and short enough, and still not of this kind.
    fn misshapen(self, valid: &str) -> Vec<(String, &'static str)> {
        let bad = |texts: &[&str]| texts.iter().map(|text| ((*text).to_owned(), "bad_format")).collect();
        match self {
            Self::Text(_) | Self::Message | Self::Count | Self::Flag | Self::Object => Vec::new(),
            Self::Printed(_) => vec![(format!("{valid}🙂"), "unprintable_character")],
            Self::Phone => bad(&["call me now", "-------", "０５７１８８００１２３４", "0571;88001234"]),
            Self::Mobile => bad(&["12800138000", "1390000000", "１３９０００００００２", "+1390000000", "139-0000-00"]),
            Self::Email => bad(&[
                "nobody",
                "a@b",
                "@acme.example",
                "a@@acme.example",
                "李@acme.example",
                "a@acme.example,b@acme.example",
                "A <a@acme.example>",
                "\"a b\"@acme.example",
                "a@[127.0.0.1]",
            ]),
            Self::Account => bad(&["DE89370400440532013000", "-----", "６２２２００００"]),
            Self::Document => {
                let other = if valid.starts_with('9') { "330106199001010000X" } else { "91330100MA0DEM013CC" };
                let mut texts: Vec<(String, &str)> = bad(&["1", "--", "3301061990０１01", "*", other]);
                texts.push((credentials::mistyped(valid), "bad_checksum"));
                texts
            }
            Self::Choice => {
                let texts =
                    ["nothing".to_owned(), valid.to_uppercase(), format!("{valid} "), format!("{valid},{valid}")];
                texts.into_iter().map(|text| (text, "unknown_value")).collect()
            }
            Self::Form => bad(&["x/y", "甲", "' OR 1=1 --"]),
        }
    }
}

/// Everything that is wrong in the place of a valid value.
pub fn values(kind: Kind, valid: &Value) -> Vec<Wrong> {
    let wrong = |what: &str, sent: Value, code| Wrong { what: what.to_owned(), sent, code };
    let mut values: Vec<Wrong> =
        kind.other_types().into_iter().map(|value| wrong("another type", value, "wrong_type")).collect();
    let Some(valid) = valid.as_str().filter(|_| kind.is_text()) else { return values };
    for (blank, what) in [("", "the empty text"), ("  ", "spaces"), (" \u{3000}\t\n", "white space")] {
        values.push(wrong(what, json!(blank), kind.code("required")));
    }
    values.push(wrong("one character too many", json!(kind.too_long()), kind.code("too_long")));
    values.push(wrong("40,000 characters", json!("1".repeat(40_000)), kind.code("too_long")));
    for (character, what) in CONTROLS {
        // Line breaks are what tells a message from other texts.
        if kind != Kind::Message || character != '\n' {
            values.push(wrong(what, json!(inside(valid, character)), kind.code("control_character")));
        }
    }
    for (character, what) in HIDDEN {
        values.push(wrong(what, json!(inside(valid, character)), kind.code("invisible_character")));
    }
    // White space is taken off the ends; these only look like it.
    for at_the_end in ['\u{200B}', '\u{FEFF}'] {
        let sent = json!(format!("{valid}{at_the_end}"));
        values.push(wrong("something unseen at the end", sent, kind.code("invisible_character")));
    }
    let misshapen = kind.misshapen(valid).into_iter();
    values.extend(misshapen.map(|(text, code)| wrong("another form", json!(text), code)));
    values
}

/// The text with a character in its middle.
fn inside(text: &str, character: char) -> String {
    let middle = text.chars().count() / 2;
    let (before, after): (String, String) = (text.chars().take(middle).collect(), text.chars().skip(middle).collect());
    format!("{before}{character}{after}")
}
