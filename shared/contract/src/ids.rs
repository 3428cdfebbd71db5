//! Names of things. An id that exists has the form that its kind has.

use std::fmt;

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Ulid);

        impl $name {
            /// An id that sorts by `at`; `random` keeps two of the same millisecond apart.
            #[must_use]
            pub fn new(at: Timestamp, random: u128) -> Self {
                Self(Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), random))
            }

            /// The id in its canonical form, 26 upper-case Crockford characters; anything else is nobody's id.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let id = Ulid::from_string(text).ok()?;
                (id.to_string() == text).then_some(Self(id))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

ulid_id!(
    /// One contract.
    ContractId
);
ulid_id!(
    /// One paper contract.
    PaperId
);
ulid_id!(
    /// One enquiry.
    EnquiryId
);

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id!(
    /// The provider's id of a signing flow (`signFlowId`).
    FlowId
);
opaque_id!(
    /// The provider's id of an uploaded file (`fileId`).
    FileId
);
opaque_id!(
    /// The vendor's id of an account, from the token's claim `customer_id` or a staff call's path.
    CustomerId
);

impl CustomerId {
    /// 1 to 64 of ASCII letters, digits, `-`, `_`, `.`, `@` and `:`; so it can stand in a key, a path and a log line.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@' | b':'));
        fits.then(|| Self(text.to_owned()))
    }
}

/// `HT-YYYYMMDD-` and ten Crockford characters; the date is the one in China (UTC+8), where the contract is made.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContractNumber(String);

impl ContractNumber {
    #[must_use]
    pub fn new(at: Timestamp, random: u128) -> Self {
        let date = Offset::constant(8).to_datetime(at).date();
        let tail: String = Ulid::from_parts(0, random).to_string().chars().skip(16).collect();
        Self(format!("HT-{:04}{:02}{:02}-{tail}", date.year(), date.month(), date.day()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as it is printed in a contract, in upper case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let (date, tail) = text.strip_prefix("HT-")?.split_once('-')?;
        let fits = date.len() == 8
            && date.bytes().all(|byte| byte.is_ascii_digit())
            && tail.len() == 10
            && tail.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then_some(Self(text))
    }
}

impl fmt::Display for ContractNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ContractNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_have_one_spelling() {
        let earlier = ContractId::new("2026-11-24T00:00:00Z".parse().unwrap(), u128::MAX);
        let later = ContractId::new("2026-11-24T00:00:01Z".parse().unwrap(), 0);
        assert!(earlier < later && earlier.to_string() < later.to_string());
        assert_eq!(ContractId::parse(&earlier.to_string()), Some(earlier));
        assert_eq!(ContractId::parse(&earlier.to_string().to_lowercase()), None);
        assert_eq!(ContractId::parse("nonsense"), None);
    }

    #[test]
    fn numbers_carry_the_date_in_china() {
        let number = ContractNumber::new("2026-11-24T16:30:00Z".parse().unwrap(), 77);
        assert!(number.as_str().starts_with("HT-20261125-") && number.as_str().len() == 22, "{number}");
        assert_eq!(ContractNumber::parse(&number.as_str().to_lowercase()), Some(number));
        assert_eq!(ContractNumber::parse("HT-2026-1"), None);
    }

    #[test]
    fn customer_ids_can_stand_in_a_key() {
        assert!(CustomerId::parse("acme-42").is_some());
        for bad in ["", "a b", "a/b", "a#b", "甲", &"x".repeat(65)] {
            assert_eq!(CustomerId::parse(bad), None, "{bad}");
        }
    }
}
