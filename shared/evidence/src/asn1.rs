//! ASN.1 in BER, as programs write signature containers (ITU-T X.690).
//!
//! A container may be BER although all that is signed in it is DER: lengths left open, strings in pieces, sets in any order. It is read here as a
//! tree, so that the parts can be written again as DER before they are checked, and certificates keep the bytes that their issuer signed.

use std::borrow::Cow;

use der::Decode;
use der::asn1::ObjectIdentifier;

use crate::defect::Defect;

const MAX_DEPTH: usize = 48;
/// Most values of one container. A container with three certificates has about four hundred.
const MAX_NODES: usize = 20_000;

pub(crate) const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;

/// One value with all that is in it.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) tag: u8,
    /// The bytes as they stand in the container.
    pub(crate) raw: &'a [u8],
    body: Body<'a>,
}

#[derive(Debug, Clone)]
enum Body<'a> {
    Plain(&'a [u8]),
    Nested(Vec<Node<'a>>),
}

fn unreadable() -> Defect {
    Defect::Container("it cannot be read")
}

/// Reads one value and answers it with the bytes that follow.
pub(crate) fn read(bytes: &[u8]) -> Result<(Node<'_>, &[u8]), Defect> {
    let mut left = MAX_NODES;
    node(bytes, 0, &mut left)
}

fn node<'a>(bytes: &'a [u8], depth: usize, left: &mut usize) -> Result<(Node<'a>, &'a [u8]), Defect> {
    *left = left.checked_sub(1).filter(|_| depth < MAX_DEPTH).ok_or_else(unreadable)?;
    let (tag, rest) = bytes.split_first().ok_or_else(unreadable)?;
    // Tags of more than one byte stand in no container.
    if tag & 0x1f == 0x1f || *tag == 0 {
        return Err(unreadable());
    }
    let (length, rest) = length(rest)?;
    let nested = tag & CONSTRUCTED != 0;
    let (body, after) = match length {
        Some(length) => {
            let (content, after) = rest.split_at_checked(length).ok_or_else(unreadable)?;
            let body = if nested {
                let (mut items, mut content) = (Vec::new(), content);
                while !content.is_empty() {
                    let (item, more) = node(content, depth + 1, left)?;
                    items.push(item);
                    content = more;
                }
                Body::Nested(items)
            } else {
                Body::Plain(content)
            };
            (body, after)
        }
        None if nested => {
            let (mut items, mut content) = (Vec::new(), rest);
            loop {
                if let Some(after) = content.strip_prefix(&[0, 0]) {
                    break (Body::Nested(items), after);
                }
                let (item, more) = node(content, depth + 1, left)?;
                items.push(item);
                content = more;
            }
        }
        None => return Err(unreadable()),
    };
    let raw = bytes.get(..bytes.len() - after.len()).ok_or_else(unreadable)?;
    Ok((Node { tag: *tag, raw, body }, after))
}

/// A length; `None` where it is left open.
fn length(bytes: &[u8]) -> Result<(Option<usize>, &[u8]), Defect> {
    let (first, rest) = bytes.split_first().ok_or_else(unreadable)?;
    match first {
        0x80 => Ok((None, rest)),
        0..0x80 => Ok((Some(usize::from(*first)), rest)),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or_else(unreadable)?;
            Ok((Some(digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))), rest))
        }
        _ => Err(unreadable()),
    }
}

impl<'a> Node<'a> {
    /// The values in it; none where it is plain.
    pub(crate) fn items(&self) -> &[Node<'a>] {
        match &self.body {
            Body::Nested(items) => items,
            Body::Plain(_) => &[],
        }
    }

    /// The values of a sequence.
    pub(crate) fn sequence(&self) -> Result<&[Node<'a>], Defect> {
        if self.tag == SEQUENCE { Ok(self.items()) } else { Err(unreadable()) }
    }

    /// The bytes of an octet string, which may stand in pieces.
    pub(crate) fn octets(&self) -> Result<Cow<'a, [u8]>, Defect> {
        match (&self.body, self.tag & !CONSTRUCTED) {
            (Body::Plain(bytes), OCTET_STRING) => Ok(Cow::Borrowed(bytes)),
            (Body::Nested(pieces), OCTET_STRING) => {
                let mut whole = Vec::new();
                for piece in pieces {
                    whole.extend_from_slice(&piece.octets()?);
                }
                Ok(Cow::Owned(whole))
            }
            _ => Err(unreadable()),
        }
    }

    pub(crate) fn oid(&self) -> Result<ObjectIdentifier, Defect> {
        match &self.body {
            Body::Plain(bytes) if self.tag == OBJECT_IDENTIFIER => {
                ObjectIdentifier::from_bytes(bytes).map_err(|_| unreadable())
            }
            _ => Err(unreadable()),
        }
    }

    /// The value written as DER, sets in the order in which they stand.
    pub(crate) fn to_der(&self) -> Result<Vec<u8>, Defect> {
        if self.tag & !CONSTRUCTED == OCTET_STRING {
            return Ok(tagged(OCTET_STRING, &self.octets()?));
        }
        match &self.body {
            Body::Plain(bytes) => Ok(tagged(self.tag, bytes)),
            Body::Nested(items) => {
                let parts = items.iter().map(Node::to_der).collect::<Result<Vec<_>, _>>()?;
                Ok(tagged(self.tag, &parts.concat()))
            }
        }
    }

    /// The value as a type that is read from DER.
    pub(crate) fn decode<T: for<'x> Decode<'x, Error = der::Error>>(&self) -> Result<T, Defect> {
        T::from_der(&self.to_der()?).map_err(|_| unreadable())
    }
}

/// The values as a set in DER, in the order of their bytes or as they stand.
pub(crate) fn set(items: &[Node<'_>], sorted: bool) -> Result<Vec<u8>, Defect> {
    let mut parts = items.iter().map(Node::to_der).collect::<Result<Vec<_>, _>>()?;
    if sorted {
        parts.sort();
    }
    Ok(tagged(SET, &parts.concat()))
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
    } else {
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
        out.extend(digits);
    }
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_lengths_and_pieces_become_der() {
        let ber =
            [0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0xaa, 0x04, 0x81, 0x01, 0xbb, 0, 0, 0x02, 0x01, 0x05, 0, 0, 0xff];
        let (read, after) = read(&ber).unwrap();
        assert_eq!(after, [0xff]);
        assert_eq!(read.to_der().unwrap(), [0x30, 7, 0x04, 2, 0xaa, 0xbb, 0x02, 1, 5]);
        assert_eq!(read.raw, &ber[..18]);
    }

    #[test]
    fn sets_are_sorted_on_demand() {
        let bytes = [0x31, 6, 0x02, 1, 9, 0x02, 1, 3];
        let (read, _) = read(&bytes).unwrap();
        assert_eq!(set(read.items(), true).unwrap(), [0x31, 6, 0x02, 1, 3, 0x02, 1, 9]);
        assert_eq!(set(read.items(), false).unwrap(), bytes);
    }

    #[test]
    fn damaged_values_are_refused() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 2, 5],
            &[0x04, 0x80, 0, 0],
            &[0x1f, 1, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 1, 0],
            &[0, 0],
        ] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
        assert!(read(&[0x30, 0x80].repeat(100_000)).is_err());
        let many = [vec![0x30, 0x80], [0x05, 0].repeat(30_000), vec![0, 0]].concat();
        assert!(read(&many).is_err());
    }
}
