//! What reading one file may cost, and the unpacking of its streams (ISO 32000-2, 7.4.4).

use flate2::{Decompress, FlushDecompress, Status};

use crate::defect::Defect;
use crate::syntax::{Dictionary, Object, is_name, present};

/// Bytes that all streams of a file together may unpack to. A signed agreement has about three million.
const MAX_UNPACKED: usize = 64 * 1024 * 1024;
const STEP: usize = 64 * 1024;

/// Counts down while a file is read; a file that asks for more is refused.
pub(crate) struct Budget {
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_UNPACKED }
    }
}

impl Budget {
    /// The bytes of a stream that is not packed, or packed with Flate alone.
    pub(crate) fn unpack(&mut self, entries: &Dictionary<'_>, data: &[u8]) -> Result<Vec<u8>, Defect> {
        let plain = match present(entries, b"Filter") {
            None => data.to_vec(),
            Some(Object::Array(filters)) if filters.is_empty() => data.to_vec(),
            Some(Object::Array(filters)) if filters.len() == 1 && is_flate(filters.first()) => self.inflate(data)?,
            filter if is_flate(filter) => self.inflate(data)?,
            Some(_) => return Err(Defect::Malformed("a stream of its structure is packed in an unknown way")),
        };
        self.take(plain.len())?;
        let parameters = match present(entries, b"DecodeParms") {
            Some(Object::Array(items)) => items.first().and_then(Object::dictionary),
            other => other.and_then(Object::dictionary),
        };
        match parameters.filter(|parameters| !parameters.is_empty()) {
            None => Ok(plain),
            Some(parameters) => unpredict(parameters, &plain),
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Defect> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Defect::TooLarge)?;
        Ok(())
    }

    fn inflate(&mut self, data: &[u8]) -> Result<Vec<u8>, Defect> {
        let damaged = Defect::Malformed("a stream of its structure is damaged");
        let mut inflate = Decompress::new(true);
        let mut out = Vec::new();
        loop {
            let read = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
            let rest = data.get(read..).unwrap_or_default();
            out.reserve(STEP);
            let before = out.len();
            let status = inflate.decompress_vec(rest, &mut out, FlushDecompress::None).map_err(|_| damaged.clone())?;
            if out.len() > self.bytes {
                return Err(Defect::TooLarge);
            }
            match status {
                Status::StreamEnd => break,
                _ if out.len() == before && usize::try_from(inflate.total_in()).unwrap_or(usize::MAX) == read => {
                    return Err(damaged);
                }
                _ => {}
            }
        }
        let read = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        // A line end before `endstream` is counted by some programs.
        match data.get(read..) {
            Some(b"" | b"\n" | b"\r" | b"\r\n") => Ok(out),
            _ => Err(damaged),
        }
    }
}

fn is_flate(filter: Option<&Object<'_>>) -> bool {
    filter.and_then(Object::name) == Some(b"FlateDecode")
}

/// Undoes a PNG prediction (ISO 32000-2, 7.4.4.4) of bytes in rows; other predictions are refused.
fn unpredict(parameters: &Dictionary<'_>, data: &[u8]) -> Result<Vec<u8>, Defect> {
    let wrong = Defect::Malformed("a stream of its structure is packed in an unknown way");
    let number = |key: &[u8], otherwise| parameters.get(key).map_or(Some(otherwise), Object::integer);
    let columns = number(b"Columns", 1)
        .and_then(|columns| usize::try_from(columns).ok())
        .filter(|columns| (1..=4096).contains(columns));
    let columns = columns.ok_or(wrong.clone())?;
    let plain = parameters.keys().all(|key| key == b"Columns" || key == b"Predictor")
        || (number(b"Colors", 1) == Some(1) && number(b"BitsPerComponent", 8) == Some(8));
    match number(b"Predictor", 1) {
        Some(1) => return Ok(data.to_vec()),
        Some(10..=15) if plain && data.len().is_multiple_of(columns + 1) && !is_name(parameters, b"Type", b"Crypt") => {
        }
        _ => return Err(wrong),
    }
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; columns];
    for row in data.chunks_exact(columns + 1) {
        let Some((kind, row)) = row.split_first() else { return Err(wrong) };
        let (mut left, mut corner) = (0_u8, 0_u8);
        for (byte, up) in row.iter().zip(&mut above) {
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => *up,
                3 => u8::midpoint(left, *up),
                4 => paeth(left, *up, corner),
                _ => return Err(wrong),
            };
            corner = *up;
            left = byte.wrapping_add(predicted);
            *up = left;
            out.push(left);
        }
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let estimate = a + b - c;
    let (to_left, to_up, to_corner) = ((estimate - a).abs(), (estimate - b).abs(), (estimate - c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}
