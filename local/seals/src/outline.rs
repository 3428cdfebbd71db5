//! Outlines of characters, taken from a font and put where a seal needs them.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::art::ArtError;

/// One step of a path.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Move(f64, f64),
    Line(f64, f64),
    Curve([f64; 6]),
    Close,
}

/// Where a glyph goes: its middle, its size, and how far it is turned (radians, against the clock).
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) scale_x: f64,
    pub(crate) scale_y: f64,
    pub(crate) turn: f64,
}

pub(crate) struct Font<'a> {
    face: Face<'a>,
    pub(crate) em: f64,
    /// Height of the middle of a Han character above the baseline, in font units.
    middle: f64,
}

impl<'a> Font<'a> {
    pub(crate) fn read(font: &'a [u8]) -> Result<Self, ArtError> {
        let face = Face::parse(font, 0).map_err(|_| ArtError::Font)?;
        let em = f64::from(face.units_per_em());
        let bounds = face.glyph_index('国').and_then(|glyph| face.glyph_bounding_box(glyph));
        let middle = bounds.map_or(em * 0.38, |bounds| (f64::from(bounds.y_min) + f64::from(bounds.y_max)) / 2.0);
        Ok(Font { face, em, middle })
    }

    fn glyph(&self, character: char) -> Result<GlyphId, ArtError> {
        self.face.glyph_index(character).ok_or(ArtError::Missing(character))
    }

    /// Draws a character with its middle at a place.
    pub(crate) fn draw(&self, character: char, place: Place, ops: &mut Vec<Op>) -> Result<(), ArtError> {
        let glyph = self.glyph(character)?;
        let middle = self.advance(character)? * self.em / 2.0;
        self.face.outline_glyph(glyph, &mut Pen { ops, place, middle: (middle, self.middle), at: (0.0, 0.0) });
        Ok(())
    }

    /// Width of a character in parts of the font size.
    pub(crate) fn advance(&self, character: char) -> Result<f64, ArtError> {
        let glyph = self.glyph(character)?;
        Ok(self.face.glyph_hor_advance(glyph).map_or(1.0, |advance| f64::from(advance) / self.em).max(0.1))
    }
}

/// Turns a glyph's outline into paths of the seal.
struct Pen<'a> {
    ops: &'a mut Vec<Op>,
    place: Place,
    middle: (f64, f64),
    at: (f64, f64),
}

impl Pen<'_> {
    fn point(&self, x: f32, y: f32) -> (f64, f64) {
        let x = (f64::from(x) - self.middle.0) * self.place.scale_x;
        let y = (f64::from(y) - self.middle.1) * self.place.scale_y;
        let (sin, cos) = self.place.turn.sin_cos();
        (self.place.x + x * cos - y * sin, self.place.y + x * sin + y * cos)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.point(x, y);
        self.ops.push(Op::Move(self.at.0, self.at.1));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = self.point(x, y);
        self.ops.push(Op::Line(self.at.0, self.at.1));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (control, end) = (self.point(x1, y1), self.point(x, y));
        let toward = |from: f64, to: f64| from + (to - from) * 2.0 / 3.0;
        self.ops.push(Op::Curve([
            toward(self.at.0, control.0),
            toward(self.at.1, control.1),
            toward(end.0, control.0),
            toward(end.1, control.1),
            end.0,
            end.1,
        ]));
        self.at = end;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (first, second) = (self.point(x1, y1), self.point(x2, y2));
        self.at = self.point(x, y);
        self.ops.push(Op::Curve([first.0, first.1, second.0, second.1, self.at.0, self.at.1]));
    }

    fn close(&mut self) {
        self.ops.push(Op::Close);
    }
}
