//! Made-up documents with valid check digits, no two the same in one run.

use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(1);

/// Letters and digits of GB 32100, in their order.
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A number that nobody has had in this run.
pub fn fresh() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// A unified social credit code (GB 32100).
pub fn uscc() -> String {
    let mut code: Vec<u8> = format!("91330100MA{:07}", fresh()).into_bytes();
    let value = |byte: &u8| ALPHABET.iter().position(|letter| letter == byte).unwrap();
    let mut weight = 1;
    let mut sum = 0;
    for byte in &code {
        sum += value(byte) * weight;
        weight = weight * 3 % 31;
    }
    code.push(ALPHABET[(31 - sum % 31) % 31]);
    String::from_utf8(code).unwrap()
}

/// An identity number (GB 11643), of somebody born in the 1990s.
pub fn id_card() -> String {
    let number = fresh();
    let (order, day) = (number % 1000, number / 1000);
    let first = format!("3301061990{:02}{:02}{order:03}", day / 28 % 12 + 1, day % 28 + 1);
    let sum: u32 = first.bytes().rev().zip(1..).map(|(byte, at)| u32::from(byte - b'0') * (2u32.pow(at) % 11)).sum();
    match (12 - sum % 11) % 11 {
        10 => format!("{first}X"),
        digit => format!("{first}{digit}"),
    }
}

/// A mainland mobile number that the sandbox finds to match everybody.
pub fn mobile() -> String {
    format!("139{:07}2", fresh())
}

/// A mainland mobile number that the sandbox finds to match nobody.
pub fn foreign_mobile() -> String {
    format!("139{:04}0001", fresh())
}

/// The same document with one digit changed, so that its check digit no longer fits.
pub fn mistyped(number: &str) -> String {
    let mut wrong = number.to_owned();
    let at = wrong.len() - 2;
    wrong.replace_range(at..=at, if number[at..].starts_with('1') { "2" } else { "1" });
    wrong
}
