//! The pictures of seals: the round one of a company and the square one of a person.
//!
//! A seal is a set of filled paths in one red. The characters are outlines taken from a font, so neither the PDF nor the page needs the font.
//! Coordinates are those of a PDF: the origin is lower left, y grows upwards, and the seal fills the square from 0 to [`SIDE`].

use std::f64::consts::{PI, TAU};
use std::fmt::Write as _;

use crate::outline::{Font, Op, Place};

/// Side of the square a seal is drawn in.
const SIDE: f64 = 200.0;
/// The red of seal paste, as parts of 255.
const RED: (u8, u8, u8) = (214, 24, 32);
/// What stands below the star of a company's seal.
const ROUND_LEGEND: &str = "合同专用章";
/// How far four arcs reach to make a circle of radius 1.
const CIRCLE: f64 = 0.552_284_75;

/// Why a seal could not be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArtError {
    /// The bytes are not a font.
    #[error("The font for seals cannot be read.")]
    Font,
    /// The font has no picture of a character.
    #[error("The font for seals has no character {0}.")]
    Missing(char),
    /// There is no character to draw.
    #[error("A seal needs a name.")]
    NoName,
}

/// The picture of a seal.
#[derive(Debug, Clone)]
pub struct SealArt {
    ops: Vec<Op>,
    /// Width of the outline that makes characters as bold as cut ones.
    stroke: f64,
}

impl SealArt {
    /// A company's seal: a ring, a star, the name along the arc and the purpose below the star. It is 42 mm wide in real life.
    ///
    /// # Errors
    /// When the font cannot be read, lacks a character, or the name is empty.
    pub fn round(company_name: &str, font: &[u8]) -> Result<SealArt, ArtError> {
        let font = Font::read(font)?;
        let name: Vec<char> = company_name.chars().filter(|c| !c.is_whitespace()).collect();
        if name.is_empty() {
            return Err(ArtError::NoName);
        }
        let mut art = SealArt { ops: Vec::new(), stroke: 0.5 };
        art.ring_and_star();
        art.along_arc(&font, &name)?;
        art.legend(&font)?;
        Ok(art)
    }

    /// A person's seal: a square frame with the name read in columns from the right, ended by 印 where the name leaves room. It is 20 mm wide in real
    /// life. A name in Latin letters stands in lines.
    ///
    /// # Errors
    /// When the font cannot be read, lacks a character, or the name is empty.
    pub fn square(person_name: &str, font: &[u8]) -> Result<SealArt, ArtError> {
        let font = Font::read(font)?;
        let mut art = SealArt { ops: Vec::new(), stroke: 3.0 };
        art.frame(2.0, 14.0, false);
        art.frame(11.0, 7.0, true);
        let inner = Cell { x: 18.0, y: 18.0, width: SIDE - 36.0, height: SIDE - 36.0 };
        let characters: Vec<char> =
            person_name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•')).collect();
        let han = characters.iter().all(|c| !c.is_ascii());
        let cells = match characters[..] {
            [] => return Err(ArtError::NoName),
            _ if !han => return art.lines(&font, person_name, inner),
            [a, b] => {
                // The surname takes the whole right column, as seal cutters do it.
                let [left, right] = inner.columns();
                let [upper, lower] = left.rows();
                vec![(a, right), (b, upper), ('印', lower)]
            }
            [a, b, c] => inner.grid(&[a, b, c, '印'], 2),
            _ => {
                let rows = (1..).find(|rows| rows * rows >= characters.len()).unwrap_or(characters.len());
                inner.grid(&characters, rows)
            }
        };
        for (character, cell) in cells {
            art.fill_cell(&font, character, cell)?;
        }
        Ok(art)
    }

    /// A ring with a star and no name, which needs no font.
    pub fn nameless() -> SealArt {
        let mut art = SealArt { ops: Vec::new(), stroke: 0.5 };
        art.ring_and_star();
        art
    }

    /// The seal as an SVG picture that scales to whatever size the page gives it.
    pub fn to_svg(&self) -> String {
        let mut path = String::new();
        for op in &self.ops {
            match *op {
                Op::Move(x, y) => write_numbers(&mut path, "M", &[x, SIDE - y]),
                Op::Line(x, y) => write_numbers(&mut path, "L", &[x, SIDE - y]),
                Op::Curve([a, b, c, d, e, f]) => {
                    write_numbers(&mut path, "C", &[a, SIDE - b, c, SIDE - d, e, SIDE - f])
                }
                Op::Close => path.push('Z'),
            }
        }
        let (red, green, blue) = RED;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" role=\"img\"><path fill=\"#{red:02x}{green:02x}{blue:02x}\" \
             stroke=\"#{red:02x}{green:02x}{blue:02x}\" stroke-width=\"{}\" stroke-linejoin=\"round\" d=\"{path}\"/></svg>",
            self.stroke
        )
    }

    /// The seal as PDF path operators, in the middle of a box of this size in points.
    pub(crate) fn operators(&self, width: f64, height: f64) -> String {
        let scale = width.min(height) / SIDE;
        let (dx, dy) = ((width - SIDE * scale) / 2.0, (height - SIDE * scale) / 2.0);
        let (at_x, at_y) = (|x: f64| dx + x * scale, |y: f64| dy + y * scale);
        let part = |value: u8| f64::from(value) / 255.0;
        let mut out = String::new();
        for operator in ["rg", "RG"] {
            write_operator(&mut out, &[part(RED.0), part(RED.1), part(RED.2)], operator);
        }
        write_operator(&mut out, &[self.stroke * scale], "w 1 j");
        for op in &self.ops {
            match *op {
                Op::Move(x, y) => write_operator(&mut out, &[at_x(x), at_y(y)], "m"),
                Op::Line(x, y) => write_operator(&mut out, &[at_x(x), at_y(y)], "l"),
                Op::Curve([a, b, c, d, e, f]) => {
                    write_operator(&mut out, &[at_x(a), at_y(b), at_x(c), at_y(d), at_x(e), at_y(f)], "c");
                }
                Op::Close => out.push_str("h\n"),
            }
        }
        out.push_str("B\n");
        out
    }

    fn ring_and_star(&mut self) {
        let middle = SIDE / 2.0;
        self.circle(middle, 97.0, false);
        self.circle(middle, 91.5, true);
        self.star(middle, middle + 1.0, 31.0);
    }

    /// A circle around the middle; an inner one runs the other way and so cuts a hole.
    fn circle(&mut self, middle: f64, radius: f64, inner: bool) {
        let (r, k, turn) = (radius, radius * CIRCLE, if inner { -1.0 } else { 1.0 });
        let at = |x: f64, y: f64| (middle + x, middle + y * turn);
        let (x, y) = at(r, 0.0);
        self.ops.push(Op::Move(x, y));
        for points in [
            [(r, k), (k, r), (0.0, r)],
            [(-k, r), (-r, k), (-r, 0.0)],
            [(-r, -k), (-k, -r), (0.0, -r)],
            [(k, -r), (r, -k), (r, 0.0)],
        ] {
            let [(a, b), (c, d), (e, f)] = points.map(|(x, y)| at(x, y));
            self.ops.push(Op::Curve([a, b, c, d, e, f]));
        }
        self.ops.push(Op::Close);
    }

    /// A square with round corners; an inner one runs the other way and so cuts a hole.
    fn frame(&mut self, inset: f64, corner: f64, inner: bool) {
        let half = SIDE / 2.0 - inset;
        let (c, k, turn) = (half - corner, half - corner + corner * CIRCLE, if inner { -1.0 } else { 1.0 });
        let at = |x: f64, y: f64| (SIDE / 2.0 + x, SIDE / 2.0 + y * turn);
        let (x, y) = at(half, -c);
        self.ops.push(Op::Move(x, y));
        for (line, curve) in [
            ((half, c), [(half, k), (k, half), (c, half)]),
            ((-c, half), [(-k, half), (-half, k), (-half, c)]),
            ((-half, -c), [(-half, -k), (-k, -half), (-c, -half)]),
            ((c, -half), [(k, -half), (half, -k), (half, -c)]),
        ] {
            let (x, y) = at(line.0, line.1);
            self.ops.push(Op::Line(x, y));
            let [(a, b), (c, d), (e, f)] = curve.map(|(x, y)| at(x, y));
            self.ops.push(Op::Curve([a, b, c, d, e, f]));
        }
        self.ops.push(Op::Close);
    }

    fn star(&mut self, x: f64, y: f64, radius: f64) {
        // The inner corners of a five-pointed star lie where its sides cross.
        let inner = radius * (PI / 10.0).sin() / (3.0 * PI / 10.0).sin();
        for (corner, angle) in (0..10).map(|step: u8| (step, PI / 2.0 - f64::from(step) * PI / 5.0)) {
            let r = if corner % 2 == 0 { radius } else { inner };
            let (px, py) = (x + r * angle.cos(), y + r * angle.sin());
            self.ops.push(if corner == 0 { Op::Move(px, py) } else { Op::Line(px, py) });
        }
        self.ops.push(Op::Close);
    }

    /// The name along the upper arc, feet to the middle. A long name makes narrow characters, as on real seals.
    fn along_arc(&mut self, font: &Font<'_>, name: &[char]) -> Result<(), ArtError> {
        let advances = name.iter().map(|c| font.advance(*c)).collect::<Result<Vec<f64>, _>>()?;
        let total: f64 = advances.iter().sum();
        let outer = 87.0;
        // Characters get lower as the name gets long, from 29 to 20 units.
        let height = (36.0 - total * 0.75).clamp(20.0, 29.0);
        let radius = outer - height / 2.0;
        // The arc may take 250 of 360 degrees; below it stands the legend.
        let natural = total * height * 1.25 / radius;
        let arc = natural.min(250.0 / 360.0 * TAU);
        let narrow = (arc / natural * 1.18).min(1.0);
        let mut angle = PI / 2.0 + arc / 2.0;
        for (character, advance) in name.iter().zip(advances) {
            let half = arc * advance / total / 2.0;
            angle -= half;
            let (turn, scale) = (angle - PI / 2.0, height / font.em);
            let (x, y) = (SIDE / 2.0 + radius * angle.cos(), SIDE / 2.0 + radius * angle.sin());
            self.glyph(font, *character, Place { x, y, scale_x: scale * narrow, scale_y: scale, turn })?;
            angle -= half;
        }
        Ok(())
    }

    fn legend(&mut self, font: &Font<'_>) -> Result<(), ArtError> {
        let (width, height) = (17.0, 18.0);
        let mut x = SIDE / 2.0 - width * 2.0;
        for character in ROUND_LEGEND.chars() {
            let scale = height / font.em;
            self.glyph(font, character, Place { x, y: 46.0, scale_x: scale * 0.88, scale_y: scale, turn: 0.0 })?;
            x += width;
        }
        Ok(())
    }

    /// Latin names: one line for each word, each as wide as the frame allows.
    fn lines(mut self, font: &Font<'_>, name: &str, inner: Cell) -> Result<SealArt, ArtError> {
        let words: Vec<Vec<char>> = name.split_whitespace().map(|word| word.chars().collect()).collect();
        let count = f64::from(u16::try_from(words.len()).unwrap_or(u16::MAX)).max(1.0);
        let height = (inner.height / count).min(60.0);
        let mut y = SIDE / 2.0 + height * (count - 1.0) / 2.0;
        self.stroke = (height / 30.0).min(2.0);
        for word in words {
            let advances = word.iter().map(|c| font.advance(*c)).collect::<Result<Vec<f64>, _>>()?;
            let total: f64 = advances.iter().sum();
            let size = height * 0.95;
            let narrow = (inner.width / (total * size)).min(1.0);
            let mut x = SIDE / 2.0 - total * size * narrow / 2.0;
            for (character, advance) in word.iter().zip(advances) {
                let wide = advance * size * narrow;
                let scale = size / font.em;
                self.glyph(
                    font,
                    *character,
                    Place { x: x + wide / 2.0, y, scale_x: scale * narrow, scale_y: scale, turn: 0.0 },
                )?;
                x += wide;
            }
            y -= height;
        }
        Ok(self)
    }

    fn fill_cell(&mut self, font: &Font<'_>, character: char, cell: Cell) -> Result<(), ArtError> {
        let (x, y) = (cell.x + cell.width / 2.0, cell.y + cell.height / 2.0);
        let fill = 1.02 / font.em;
        self.glyph(font, character, Place { x, y, scale_x: cell.width * fill, scale_y: cell.height * fill, turn: 0.0 })
    }

    fn glyph(&mut self, font: &Font<'_>, character: char, place: Place) -> Result<(), ArtError> {
        font.draw(character, place, &mut self.ops)
    }
}

#[derive(Clone, Copy)]
struct Cell {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Cell {
    fn columns(self) -> [Cell; 2] {
        let width = self.width / 2.0;
        [Cell { width, ..self }, Cell { x: self.x + width, width, ..self }]
    }

    fn rows(self) -> [Cell; 2] {
        let height = self.height / 2.0;
        [Cell { y: self.y + height, height, ..self }, Cell { height, ..self }]
    }

    /// Columns of so many rows, the first column on the right.
    fn grid(self, characters: &[char], rows: usize) -> Vec<(char, Cell)> {
        let columns = characters.len().div_ceil(rows);
        let number = |count: usize| f64::from(u16::try_from(count).unwrap_or(u16::MAX));
        let width = self.width / number(columns);
        let mut cells = Vec::new();
        for (column, chunk) in characters.chunks(rows).enumerate() {
            // A short last column spreads its characters over the whole height.
            let height = self.height / number(chunk.len());
            let x = self.x + self.width - width * number(column + 1);
            for (row, character) in chunk.iter().enumerate() {
                let y = self.y + self.height - height * number(row + 1);
                cells.push((*character, Cell { x, y, width, height }));
            }
        }
        cells
    }
}

fn write_operator(out: &mut String, numbers: &[f64], operator: &str) {
    for number in numbers {
        // Writing to a String cannot fail.
        let _ = write!(out, "{} ", rounded(*number));
    }
    out.push_str(operator);
    out.push('\n');
}

fn write_numbers(out: &mut String, command: &str, numbers: &[f64]) {
    out.push_str(command);
    for (index, number) in numbers.iter().enumerate() {
        let _ = write!(out, "{}{}", if index == 0 { "" } else { " " }, rounded(*number));
    }
}

/// Hundredths are finer than any screen or printer shows; `+ 0.0` turns minus zero into zero.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests;
