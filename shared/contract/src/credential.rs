//! The documents that name a legal subject, with the checks that their standards give them.

use serde::{Deserialize, Serialize};

use crate::text::{Invalid, clean, mask};

/// The kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialType {
    /// 统一社会信用代码, GB 32100.
    Uscc,
    /// 居民身份证, GB 11643.
    IdCard,
    /// 港澳居民来往内地通行证.
    HkMacaoPermit,
    /// 台湾居民来往大陆通行证.
    TaiwanPermit,
    /// 护照.
    Passport,
}

impl CredentialType {
    pub const ALL: [Self; 5] = [Self::Uscc, Self::IdCard, Self::HkMacaoPermit, Self::TaiwanPermit, Self::Passport];

    /// As it stands in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uscc => "uscc",
            Self::IdCard => "id_card",
            Self::HkMacaoPermit => "hk_macao_permit",
            Self::TaiwanPermit => "taiwan_permit",
            Self::Passport => "passport",
        }
    }

    /// The kind by its name in the API.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(Invalid::UnknownValue)
    }
}

/// A document's kind and number, in upper case, with its checksum verified where the document has one.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    kind: CredentialType,
    number: String,
}

impl Credential {
    /// Takes a number as people write it: letters in either case, white space at its ends.
    pub fn parse(kind: CredentialType, number: &str) -> Result<Self, Invalid> {
        let number = clean(number, 1, 30)?.to_ascii_uppercase();
        if !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Invalid::BadFormat);
        }
        match kind {
            CredentialType::Uscc => uscc(&number)?,
            CredentialType::IdCard => id_card(&number)?,
            CredentialType::HkMacaoPermit => permit(number.strip_prefix(['H', 'M']).unwrap_or_default())?,
            CredentialType::TaiwanPermit => permit(&number)?,
            CredentialType::Passport if (5..=20).contains(&number.len()) => {}
            CredentialType::Passport => return Err(Invalid::BadFormat),
        }
        Ok(Self { kind, number })
    }

    #[must_use]
    pub fn kind(&self) -> CredentialType {
        self.kind
    }

    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number with all but its ends covered.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.number)
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({} {})", self.kind.as_str(), self.masked())
    }
}

/// Eight digits, or ten with the two of a re-issue.
fn permit(digits: &str) -> Result<(), Invalid> {
    let fits = matches!(digits.len(), 8 | 10) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err(Invalid::BadFormat) }
}

/// GB 11643: province, birth date and order in 17 digits, then ISO 7064 MOD 11-2.
fn id_card(number: &str) -> Result<(), Invalid> {
    let (digits, check) = number.split_at_checked(17).ok_or(Invalid::BadFormat)?;
    if check.len() != 1
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
        || !(check == "X" || check.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(Invalid::BadFormat);
    }
    let value = |from: usize, to: usize| {
        digits.get(from..to).and_then(|part| part.parse::<i16>().ok()).ok_or(Invalid::BadFormat)
    };
    let province = value(0, 2)?;
    if !matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91) {
        return Err(Invalid::BadFormat);
    }
    let (month, day) = (value(10, 12)?, value(12, 14)?);
    let date = jiff::civil::Date::new(value(6, 10)?, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
    if !date.is_ok_and(|date| date.year() >= 1850) {
        return Err(Invalid::BadFormat);
    }
    // The weight of a digit is 2 to the power of its distance from the check digit, modulo 11.
    let sum = digits
        .bytes()
        .rev()
        .zip(1u32..)
        .fold(0, |sum, (byte, distance)| sum + u32::from(byte - b'0') * (2u32.pow(distance) % 11));
    let expected = match (12 - sum % 11) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    if check == expected { Ok(()) } else { Err(Invalid::BadChecksum) }
}

/// GB 32100: 17 characters of an alphabet without I, O, S, V and Z, then a check character modulo 31.
fn uscc(number: &str) -> Result<(), Invalid> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if number.len() != 18 {
        return Err(Invalid::BadFormat);
    }
    let values = number
        .chars()
        .map(|character| ALPHABET.find(character).ok_or(Invalid::BadFormat))
        .collect::<Result<Vec<_>, _>>()?;
    let region = number.get(2..8).unwrap_or_default();
    if !region.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Invalid::BadFormat);
    }
    let mut weight = 1;
    let mut sum = 0;
    for value in values.iter().take(17) {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    if values.last().copied() == Some((31 - sum % 31) % 31) { Ok(()) } else { Err(Invalid::BadChecksum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of GB 11643 itself.
    const ID_CARD: &str = "11010519491231002X";

    #[test]
    fn id_cards() {
        assert_eq!(Credential::parse(CredentialType::IdCard, " 11010519491231002x ").unwrap().number(), ID_CARD);
        assert!(Credential::parse(CredentialType::IdCard, "440524188001010014").is_ok());
        for (bad, why) in [
            ("110105194912310021", Invalid::BadChecksum),
            ("110105194912310", Invalid::BadFormat),
            ("110105194902310024", Invalid::BadFormat),
            ("990105194912310028", Invalid::BadFormat),
            ("1101051949123100-X", Invalid::BadFormat),
            ("X10105194912310020", Invalid::BadFormat),
        ] {
            assert_eq!(Credential::parse(CredentialType::IdCard, bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn every_single_wrong_digit_of_an_id_card_is_found() {
        for at in 0..17 {
            for digit in '0'..='9' {
                let changed: String =
                    ID_CARD.chars().enumerate().map(|(i, c)| if i == at { digit } else { c }).collect();
                assert_eq!(
                    Credential::parse(CredentialType::IdCard, &changed).is_ok(),
                    changed == ID_CARD,
                    "{changed}"
                );
            }
        }
    }

    #[test]
    fn credit_codes() {
        // Made up; the check characters were computed by hand from GB 32100, table 2.
        let code = with_check("91330100MA2TEST0X");
        assert!(
            Credential::parse(CredentialType::Uscc, &code.to_lowercase()).is_err(),
            "T and S: S is not in the alphabet"
        );
        let code = with_check("91330100MA2ABCDE0");
        assert_eq!(Credential::parse(CredentialType::Uscc, &code.to_lowercase()).unwrap().number(), code);
        for at in 0..18 {
            let changed: String = code
                .chars()
                .enumerate()
                .map(|(i, c)| if i == at { if c == '1' { '2' } else { '1' } } else { c })
                .collect();
            assert!(Credential::parse(CredentialType::Uscc, &changed).is_err(), "{changed}");
        }
        assert_eq!(Credential::parse(CredentialType::Uscc, "9133"), Err(Invalid::BadFormat));
    }

    fn with_check(first: &str) -> String {
        "0123456789ABCDEFGHJKLMNPQRTUWXY"
            .chars()
            .map(|check| format!("{first}{check}"))
            .find(|code| Credential::parse(CredentialType::Uscc, code).is_ok())
            .unwrap_or_else(|| first.to_owned())
    }

    #[test]
    fn published_credit_code() {
        // The example of GB 32100-2015, annex.
        assert!(Credential::parse(CredentialType::Uscc, "91350100M000100Y43").is_ok());
        assert_eq!(Credential::parse(CredentialType::Uscc, "91350100M000100Y44"), Err(Invalid::BadChecksum));
    }

    #[test]
    fn permits_and_passports() {
        assert!(Credential::parse(CredentialType::HkMacaoPermit, "h12345678").is_ok());
        assert!(Credential::parse(CredentialType::TaiwanPermit, "12345678").is_ok());
        assert!(Credential::parse(CredentialType::Passport, "E12345678").is_ok());
        for (kind, bad) in [
            (CredentialType::HkMacaoPermit, "A12345678"),
            (CredentialType::HkMacaoPermit, "H1234567"),
            (CredentialType::TaiwanPermit, "1234567A"),
            (CredentialType::Passport, "E123"),
        ] {
            assert_eq!(Credential::parse(kind, bad), Err(Invalid::BadFormat), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_number() {
        assert_eq!(
            format!("{:?}", Credential::parse(CredentialType::IdCard, ID_CARD).unwrap()),
            "Credential(id_card 1101**********002X)"
        );
    }
}
