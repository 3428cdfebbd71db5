//! Text that people type in, parsed once: a value of one of these types can be stored, printed and sent as it stands.
//!
//! All of them are without control characters and without characters that cannot be seen (zero-width, direction marks): what a
//! person reads in the contract is then all that it says. Lengths are counted in characters.

use serde::{Deserialize, Serialize};

/// Why a value was not taken. The pages and problem documents say it in words by its [`Invalid::code`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Missing, null, or nothing but spaces.
    Required,
    /// Another JSON type than the field has.
    WrongType,
    /// A field that the body does not have.
    UnknownField,
    /// More characters than the bound.
    TooLong { most: usize },
    /// Fewer characters than the bound.
    TooShort { least: usize },
    /// Holds a control character, such as a line break.
    ControlCharacter,
    /// Holds a character that cannot be seen, such as a zero-width space or a direction mark.
    InvisibleCharacter { code_point: u32 },
    /// Holds a character that the agreement's fonts cannot print.
    Unprintable { character: char },
    /// Not of the form that the field asks for.
    BadFormat,
    /// The check digit does not fit (GB 11643, GB 32100).
    BadChecksum,
    /// Not one of the values that the field may have.
    UnknownValue,
    /// Must not be sent for this signing type.
    NotAllowed,
    /// Must be the verified subject's name.
    NotSubjectName,
    /// Lies in the future.
    InFuture,
}

impl Invalid {
    /// The stable code in a problem document's `errors`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::WrongType => "wrong_type",
            Self::UnknownField => "unknown_field",
            Self::TooLong { .. } => "too_long",
            Self::TooShort { .. } => "too_short",
            Self::ControlCharacter => "control_character",
            Self::InvisibleCharacter { .. } => "invisible_character",
            Self::Unprintable { .. } => "unprintable_character",
            Self::BadFormat => "bad_format",
            Self::BadChecksum => "bad_checksum",
            Self::UnknownValue => "unknown_value",
            Self::NotAllowed => "not_allowed",
            Self::NotSubjectName => "not_subject_name",
            Self::InFuture => "in_future",
        }
    }
}

/// Takes the white space off both ends and refuses what cannot be seen or does not fit the bound.
pub(crate) fn clean(text: &str, least: usize, most: usize) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::Required);
    }
    legible(text)?;
    match text.chars().count() {
        count if count > most => Err(Invalid::TooLong { most }),
        count if count < least => Err(Invalid::TooShort { least }),
        _ => Ok(text.to_owned()),
    }
}

/// Refuses what cannot be seen, wherever it stands.
fn legible(text: &str) -> Result<(), Invalid> {
    if text.chars().any(char::is_control) {
        return Err(Invalid::ControlCharacter);
    }
    match text.chars().find(|character| invisible(*character)) {
        Some(hidden) => Err(Invalid::InvisibleCharacter { code_point: hidden.into() }),
        None => Ok(()),
    }
}

/// Format characters, separators, fillers and private-use characters: they change what is read without being seen, or look
/// different on every machine.
fn invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x070F | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E
        | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFD
        | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3 | 0x1D159 | 0x1D173..=0x1D17A | 0xE0000..=0x0010_FFFF)
        || u32::from(character) & 0xFFFE == 0xFFFE
        || (character.is_whitespace() && !matches!(character, ' ' | '\u{3000}'))
}

/// Leaves the first and the last few characters and covers the rest: `138****1234`.
#[must_use]
pub fn mask(text: &str) -> String {
    let count = text.chars().count();
    let (head, tail) = match count {
        0..=3 => (0, 0),
        4..=8 => (1, 2),
        9..=14 => (3, 4),
        _ => (4, 4),
    };
    text.chars()
        .enumerate()
        .map(|(at, character)| if at < head || at >= count - tail { character } else { '*' })
        .collect()
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $least:expr, $most:expr, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The least and the most characters it has.
            pub const BOUNDS: (usize, usize) = ($least, $most);

            /// Takes the text without white space at its ends, or says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let text = clean(text, $least, $most)?;
                let check: fn(&str) -> Result<(), Invalid> = $check;
                check(&text)?;
                Ok(Self(text))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).map_err(|invalid| format!("not a {}: {}", stringify!($name), invalid.code()))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        // What people typed in is personal: a log line shows only how long it is.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({} characters)", stringify!($name), self.0.chars().count())
            }
        }
    };
}

fn any(_: &str) -> Result<(), Invalid> {
    Ok(())
}

text!(
    /// The name of a person, a company or a bank.
    Name, 1, 100, any
);
text!(
    /// A postal address.
    Address, 1, 200, any
);
text!(
    /// A telephone number to be called at: 7 to 20 of digits, `+ - ( )` and space, at least five of them digits.
    Phone, 7, 20, |text| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let fits = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' '));
        if fits && digits >= 5 { Ok(()) } else { Err(Invalid::BadFormat) }
    }
);
text!(
    /// A mainland mobile number: eleven digits, the first `1`, the second 3 to 9.
    Mobile, 1, 11, |text| {
        let fits = text.len() == 11
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.starts_with('1')
            && text.as_bytes().get(1).is_some_and(|byte| *byte >= b'3');
        if fits { Ok(()) } else { Err(Invalid::BadFormat) }
    }
);
text!(
    /// An e-mail address of printable ASCII, so that every mail service takes it.
    Email, 3, 254, |text| {
        let options = email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
        let fits = text.is_ascii() && !text.contains(['"', '(', ' ', ',', ';'])
            && email_address::EmailAddress::parse_with_options(text, options).is_ok();
        if fits { Ok(()) } else { Err(Invalid::BadFormat) }
    }
);
text!(
    /// A bank account number: digits, with spaces or hyphens between groups.
    BankAccount, 5, 40, |text| {
        let fits = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-')) && text.chars().any(|c| c.is_ascii_digit());
        if fits { Ok(()) } else { Err(Invalid::BadFormat) }
    }
);
text!(
    /// Why something is revoked or decided. 50 characters is what e签宝 takes (Open API V3, revoke).
    Reason, 1, 50, any
);

impl Mobile {
    /// `138****1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

/// What a customer writes to the business contact: up to 2,000 characters, line breaks kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Message(String);

impl Message {
    pub const MOST: usize = 2000;

    /// Takes the text with `\n` as its only control character.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        for line in text.split('\n') {
            legible(line)?;
        }
        match text.chars().count() {
            0 => Err(Invalid::Required),
            count if count > Self::MOST => Err(Invalid::TooLong { most: Self::MOST }),
            _ => Ok(Self(text.to_owned())),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_control_characters_are_refused() {
        for (text, code) in [
            ("", "required"),
            ("  \u{3000} ", "required"),
            ("a\nb", "control_character"),
            ("a\0b", "control_character"),
            ("a\u{85}b", "control_character"),
            ("王\u{200B}伟", "invisible_character"),
            ("王\u{202E}伟", "invisible_character"),
            ("\u{FEFF}王伟", "invisible_character"),
            ("王\u{2067}伟\u{2069}", "invisible_character"),
            ("王\u{E001}", "invisible_character"),
            ("王\u{00A0}伟", "invisible_character"),
        ] {
            assert_eq!(Name::parse(text).unwrap_err().code(), code, "{text:?}");
        }
        assert_eq!(Name::parse("  阿卜杜拉·买买提 ").unwrap().as_str(), "阿卜杜拉·买买提");
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(Name::parse(&"镕".repeat(100)).is_ok());
        assert_eq!(Name::parse(&"镕".repeat(101)), Err(Invalid::TooLong { most: 100 }));
        assert_eq!(Reason::parse(&"字".repeat(51)), Err(Invalid::TooLong { most: 50 }));
        assert!(Message::parse("一\n\n二").is_ok());
        assert_eq!(Message::parse("一\t二"), Err(Invalid::ControlCharacter));
    }

    #[test]
    fn mobiles_phones_and_mails() {
        assert!(Mobile::parse("13800138000").is_ok());
        for bad in ["12800138000", "1380013800", "23800138000", "138001380aa", "１３８００１３８０００"] {
            assert_eq!(Mobile::parse(bad), Err(Invalid::BadFormat), "{bad}");
        }
        assert!(Phone::parse("+86 (571) 8888-0000").is_ok());
        for bad in ["-------", "call me now", "(((((12)))"] {
            assert_eq!(Phone::parse(bad), Err(Invalid::BadFormat), "{bad}");
        }
        assert!(Email::parse("li.lei+bills@example.com").is_ok());
        for bad in [
            "nobody",
            "a@b",
            "a@@example.com",
            "Li Lei <li@example.com>",
            "\"a b\"@example.com",
            "a@[127.0.0.1]",
            "李@example.com",
        ] {
            assert_eq!(Email::parse(bad), Err(Invalid::BadFormat), "{bad}");
        }
    }

    #[test]
    fn masks_leave_the_ends() {
        assert_eq!(mask("13800138000"), "138****8000");
        assert_eq!(mask("11010519491231002X"), "1101**********002X");
        assert_eq!(mask("E1234567"), "E*****67");
        assert_eq!(mask("ab"), "**");
    }

    #[test]
    fn what_people_typed_is_not_shown_by_debug() {
        assert_eq!(format!("{:?}", Mobile::parse("13800138000").unwrap()), "Mobile(11 characters)");
    }
}
