//! The pages as a second, independent reader shows them.
//!
//! Hayro draws the confirmed draft and the final file. Outside the seals the pictures are equal; inside, the contract's text can still be read. It is
//! given bytes that the strict reader has accepted, and a time; where that does not suffice there is no verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::kurbo::{Affine, BezPath, Point, Rect};
use hayro::{RenderCache, RenderSettings, render};

use crate::defect::Defect;
use crate::document::Rectangle;

/// What the agreement's signature page says in the boxes for the seals.
const SEAL_HINTS: [&str; 2] = ["电子印章位置", "电子签名位置"];
/// Time for all pages of both files.
const LIMIT: Duration = Duration::from_secs(20);
/// Stack of the reader, which calls itself for what is nested.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// Pixels of a point, on a page with a seal and on one without.
const FINE: f32 = 2.0;
const COARSE: f32 = 1.0;
/// Longest side of a page in points.
const MAX_SIDE: f32 = 2000.0;
/// Pixels beside a seal that smoothing its edge may touch.
const EDGE: usize = 2;
/// Side in pixels of the squares in which text is looked for; a character of the agreement is about 20 wide.
const CELL: usize = 16;
/// Luma below which a pixel belongs to a character, and above which to the paper.
const INK: u32 = 110;
const PAPER: u32 = 200;
/// Luma above which what covers ink is taken for paper.
const LIGHT: u32 = 170;
/// Pixels of ink and of paper that make a piece of text.
const MIN_INK: u32 = 10;
const MIN_PAPER: u32 = 40;

/// A seal on its page, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) page: u32,
    pub(crate) rectangle: Rectangle,
}

/// What a seal looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// It draws something.
    pub(crate) visible: bool,
    /// Text of the draft cannot be read under it.
    pub(crate) hides: bool,
    /// Text of the draft is painted over with the colour of paper.
    pub(crate) erases: bool,
}

/// What the second reader sees.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The seals, in the order in which they were asked for.
    pub(crate) seals: Vec<Seen>,
    /// The page, counted from 1, that the draft keeps for the seals.
    pub(crate) signature_page: Option<u32>,
}

/// Compares the pages. `None` where they could not be drawn.
pub(crate) fn compare(draft: &[u8], signed: &[u8], seals: &[Placed], rewritten: bool) -> Option<Result<Pages, Defect>> {
    let (draft, signed, seals) = (draft.to_vec(), signed.to_vec(), seals.to_vec());
    let (answer, verdict) = mpsc::channel();
    // A reader of strangers' files that never ends, or meets what its authors did not think of, costs this verdict and nothing else.
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let judged = catch_unwind(AssertUnwindSafe(|| judge(draft, signed, &seals, rewritten)));
        let _ = answer.send(judged.ok().flatten());
    });
    worker.ok()?;
    verdict.recv_timeout(LIMIT).ok().flatten()
}

fn judge(draft: Vec<u8>, signed: Vec<u8>, seals: &[Placed], rewritten: bool) -> Option<Result<Pages, Defect>> {
    let (draft, signed) = (Pdf::new(draft).ok()?, Pdf::new(signed).ok()?);
    let (before, after) = (draft.pages(), signed.pages());
    if before.len() != after.len() {
        return Some(Err(Defect::Entry("page list")));
    }
    let mut signature_page = None;
    let mut seen = vec![Seen { visible: false, hides: false, erases: false }; seals.len()];
    for (index, (before, after)) in before.iter().zip(after.iter()).enumerate() {
        let number = u32::try_from(index + 1).ok()?;
        let here: Vec<usize> =
            seals.iter().enumerate().filter(|(_, seal)| seal.page == number).map(|(index, _)| index).collect();
        let scale = if here.is_empty() { COARSE } else { FINE };
        let (old, new) = (Picture::draw(before, scale)?, Picture::draw(after, scale)?);
        let words = text(before);
        if signature_page.is_none() && SEAL_HINTS.iter().any(|hint| words.contains(hint)) {
            signature_page = Some(number);
        }
        if (old.width, old.height) != (new.width, new.height) || (rewritten && words != text(after)) {
            return Some(Err(Defect::Pictures(number)));
        }
        let areas: Vec<Area> =
            here.iter().filter_map(|index| Some(Area::of(after, seals.get(*index)?.rectangle, scale, &new))).collect();
        for y in 0..new.height {
            for x in 0..new.width {
                let outside = !areas.iter().any(|area| area.holds(x, y, EDGE));
                if outside && old.pixel(x, y) != new.pixel(x, y) {
                    return Some(Err(Defect::Pictures(number)));
                }
            }
        }
        for (index, area) in here.iter().zip(&areas) {
            *seen.get_mut(*index)? = area.look(&old, &new);
        }
    }
    Some(Ok(Pages { seals: seen, signature_page }))
}

struct Picture {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Picture {
    fn draw(page: &Page<'_>, scale: f32) -> Option<Self> {
        let (width, height) = page.render_dimensions();
        if !(1.0..=MAX_SIDE).contains(&width) || !(1.0..=MAX_SIDE).contains(&height) {
            return None;
        }
        let settings = RenderSettings { x_scale: scale, y_scale: scale, bg_color: WHITE, ..RenderSettings::default() };
        let pixels = render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
        Some(Self {
            width: usize::from(pixels.width()),
            height: usize::from(pixels.height()),
            rgba: pixels.data_as_u8_slice().to_vec(),
        })
    }

    fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = (y * self.width + x) * 4;
        self.rgba.get(at..at + 4).unwrap_or_default()
    }

    fn luma(&self, x: usize, y: usize) -> u32 {
        let [red, green, blue, ..] = *self.pixel(x, y) else { return 255 };
        (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000
    }
}

/// Where a seal stands in a picture: from left and top up to, but not with, right and bottom.
struct Area {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Area {
    fn of(page: &Page<'_>, [x1, y1, x2, y2]: Rectangle, scale: f32, picture: &Picture) -> Self {
        let transform = Affine::scale(f64::from(scale)) * page.initial_transform(true).to_kurbo();
        let (a, b) = (transform * Point::new(x1, y1), transform * Point::new(x2, y2));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the picture, which is small"
        )]
        let pixel = |value: f64, most: usize| value.clamp(0.0, f64::from(u32::try_from(most).unwrap_or(0))) as usize;
        Self {
            left: pixel(a.x.min(b.x).floor(), picture.width),
            top: pixel(a.y.min(b.y).floor(), picture.height),
            right: pixel(a.x.max(b.x).ceil(), picture.width),
            bottom: pixel(a.y.max(b.y).ceil(), picture.height),
        }
    }

    fn holds(&self, x: usize, y: usize, edge: usize) -> bool {
        x + edge >= self.left && x < self.right + edge && y + edge >= self.top && y < self.bottom + edge
    }

    fn look(&self, old: &Picture, new: &Picture) -> Seen {
        let pixels = || (self.top..self.bottom).flat_map(|y| (self.left..self.right).map(move |x| (x, y)));
        let visible = pixels().any(|(x, y)| old.pixel(x, y) != new.pixel(x, y));
        let (mut hides, mut erases) = (false, false);
        for y in (self.top..self.bottom).step_by(CELL / 2) {
            for x in (self.left..self.right).step_by(CELL / 2) {
                if let Some(light) = hidden(old, new, x, y, self) {
                    hides = true;
                    erases |= light;
                }
            }
        }
        Seen { visible, hides, erases }
    }
}

/// Whether the draft has text in this square that does not stand out any more, and then whether what covers it is as light as paper.
fn hidden(old: &Picture, new: &Picture, left: usize, top: usize, area: &Area) -> Option<bool> {
    let (mut ink, mut paper) = ((0, 0, 0), (0, 0, 0));
    for y in top..(top + CELL).min(area.bottom) {
        for x in left..(left + CELL).min(area.right) {
            let was = old.luma(x, y);
            let sums = match was {
                0..INK => &mut ink,
                PAPER.. => &mut paper,
                _ => continue,
            };
            *sums = (sums.0 + 1, sums.1 + was, sums.2 + new.luma(x, y));
        }
    }
    if ink.0 < MIN_INK || paper.0 < MIN_PAPER {
        return None;
    }
    let contrast = |of: fn((u32, u32, u32)) -> u32| i64::from(of(paper) / paper.0) - i64::from(of(ink) / ink.0);
    // A third of its contrast is enough to read black through red.
    let hides = contrast(|sums| sums.2) * 3 < contrast(|sums| sums.1);
    hides.then_some(ink.2 / ink.0 > LIGHT)
}

/// The text of a page, in the order in which it is drawn.
fn text(page: &Page<'_>) -> String {
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings { render_annotations: false, ..InterpreterSettings::default() };
    let bounds = Rect::new(0.0, 0.0, f64::from(MAX_SIDE), f64::from(MAX_SIDE));
    let mut context = Context::new(Affine::IDENTITY, bounds, &cache, page.xref(), settings);
    let mut writer = Writer(String::new());
    interpret_page(page, &mut context, &mut writer);
    writer.0
}

/// Writes down the characters that a page draws, and nothing else.
struct Writer(String);

impl<'a> Device<'a> for Writer {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_glyph(&mut self, glyph: &Glyph<'a>, _: Affine, _: Affine, _: &Paint<'a>, _: &GlyphDrawMode) {
        // A glyph without a character counts too: it is something that is drawn.
        match glyph.as_unicode() {
            Some(BfString::Char(character)) => self.0.push(character),
            Some(BfString::String(characters)) => self.0.push_str(&characters),
            None => self.0.push(char::REPLACEMENT_CHARACTER),
        }
    }
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
