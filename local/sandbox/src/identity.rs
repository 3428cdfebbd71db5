//! Who people are: the identity check by three factors, the shape of document numbers, and who has been verified already.
//!
//! The sandbox knows no real person. Every well-formed name, number and mobile match, except that a mobile number that ends in
//! 0001 matches nobody (Open API V3, identity, `telecom3Factors`: 0 match, 30504001 mismatch, 30500101 bad parameter).

use serde::Deserialize;
use serde_json::json;

use crate::state::{Kind, Records, new_id};
use crate::wire::{Answer, Refusal, Request};

/// Whether this is a mainland mobile number.
pub(crate) fn is_mobile(text: &str) -> bool {
    let mut digits = text.bytes();
    text.len() == 11
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && digits.next() == Some(b'1')
        && digits.next().is_some_and(|second| (b'3'..=b'9').contains(&second))
}

/// Whether this could be a mail address.
pub(crate) fn is_mail(text: &str) -> bool {
    text.len() <= 100
        && !text.contains(char::is_whitespace)
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

/// Whether this mobile number belongs to nobody.
pub(crate) fn matches_nobody(mobile: &str) -> bool {
    mobile.ends_with("0001")
}

/// Whether this is an 18-digit identity number whose check digit holds (GB 11643).
pub(crate) fn is_id_card(text: &str) -> bool {
    let mut power = 1_u32;
    let mut sum = 0_u32;
    // From the right, the weights are the powers of 2 modulo 11, and the sum is 1 modulo 11.
    for (place, byte) in text.bytes().rev().enumerate() {
        let value = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'X' | b'x' if place == 0 => 10,
            _ => return false,
        };
        sum += value * power;
        power = power * 2 % 11;
    }
    text.len() == 18 && sum % 11 == 1
}

/// Whether this is a unified social credit code whose check character holds (GB 32100).
pub(crate) fn is_credit_code(text: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1_usize;
    let mut sum = 0_usize;
    for (place, letter) in text.chars().enumerate() {
        let Some(value) = ALPHABET.find(letter) else { return false };
        sum += if place == 17 { value } else { value * weight };
        weight = weight * 3 % 31;
    }
    text.len() == 18 && sum.is_multiple_of(31)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThreeFactors {
    id_no: Option<String>,
    name: Option<String>,
    mobile_no: Option<String>,
}

/// `POST /v2/identity/verify/individual/telecom3Factors`.
pub(crate) fn three_factors(request: &Request) -> Result<Answer, Refusal> {
    let bad = |what: &str| Refusal::business(30_500_101, format!("参数错误: {what}"));
    let asked: ThreeFactors = request.json().map_err(|_| bad("请求体格式不正确"))?;
    let name = asked.name.unwrap_or_default();
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(bad("name不能为空"));
    }
    if !is_id_card(&asked.id_no.unwrap_or_default()) {
        return Err(bad("idNo格式不正确"));
    }
    let mobile = asked.mobile_no.unwrap_or_default();
    if !is_mobile(&mobile) {
        return Err(bad("mobileNo格式不正确"));
    }
    let data = json!({"verifyId": new_id()});
    if matches_nobody(&mobile) {
        return Err(Refusal::Business { code: 30_504_001, message: "信息比对不一致".to_owned(), data });
    }
    Ok(Answer::success(data))
}

/// Whether this person or organisation has been verified before. The key is what makes a subject the same: all that was submitted.
pub(crate) fn is_verified(records: &Records<'_>, subject: &str) -> Result<bool, Refusal> {
    Ok(records.get::<bool>(Kind::Verified, subject)?.unwrap_or(false))
}

/// Records that this person or organisation is verified now.
pub(crate) fn set_verified(records: &Records<'_>, subject: &str) -> Result<(), Refusal> {
    records.put(Kind::Verified, subject, &true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers() {
        assert!(is_id_card("11010519491231002X"));
        assert!(is_id_card("440524188001010014"));
        assert!(!is_id_card("110105194912310021"));
        assert!(!is_id_card("1101051949123100"));
        assert!(!is_id_card(""));
        assert!(!is_id_card("X1010519491231002X"));
    }

    #[test]
    fn credit_codes() {
        assert!(is_credit_code("91350100M000100Y43"));
        assert!(!is_credit_code("91350100M000100Y44"));
        assert!(!is_credit_code("91350100M000100Y4"));
        assert!(!is_credit_code("91350100m000100y43"));
    }

    #[test]
    fn mobiles_and_mails() {
        assert!(is_mobile("13800138000"));
        assert!(!is_mobile("12800138000"));
        assert!(!is_mobile("1380013800"));
        assert!(!is_mobile("+8613800138"));
        assert!(matches_nobody("13800130001"));
        assert!(is_mail("a@example.com"));
        assert!(!is_mail("a@b@example.com"));
        assert!(!is_mail("example.com"));
    }
}
