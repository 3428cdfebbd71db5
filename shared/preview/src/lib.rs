//! A page of a PDF as a PNG picture, for pages that show a contract without relying on what the browser makes of a PDF.
//!
//! What always holds: the picture has exactly the width that was asked for and no transparency; what annotations draw, and so every seal, is
//! on it; a file that cannot be read is an error. Fonts come from the file alone, as the agreement and the seals bring their own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};

/// The narrowest and the widest picture, in pixels.
pub const WIDTHS: std::ops::RangeInclusive<u16> = 200..=2000;

/// The highest picture, as a multiple of its width. A page beyond it is no page of a contract.
const MOST_HEIGHTS: f32 = 10.0;

/// The file is no PDF that can be read without a password, or a page of it cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file cannot be read as a PDF")]
pub struct Unreadable;

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The file has fewer pages. They count from 1.
    #[error("the file has no such page")]
    NoSuchPage,
    /// The width is not one of [`WIDTHS`].
    #[error("a picture is 200 to 2000 pixels wide")]
    Width,
}

/// How many pages the file has.
///
/// # Errors
/// When the file cannot be read.
pub fn pages(pdf: &[u8]) -> Result<u32, Unreadable> {
    guarded(|| u32::try_from(read(pdf)?.pages().len()).map_err(|_| Unreadable))
}

/// The picture of a page, in PNG. Pages count from 1.
///
/// # Errors
/// When the file cannot be read, has no such page, or the width is out of bounds.
pub fn page(pdf: &[u8], number: u32, width: u16) -> Result<Vec<u8>, NoPicture> {
    if !WIDTHS.contains(&width) {
        return Err(NoPicture::Width);
    }
    guarded(|| {
        let pdf = read(pdf)?;
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let page = place.and_then(|place| pdf.pages().get(place)).ok_or(NoPicture::NoSuchPage)?;
        draw(page, width)
    })
}

fn draw(page: &Page<'_>, width: u16) -> Result<Vec<u8>, NoPicture> {
    let (points, height) = page.render_dimensions();
    let scale = f32::from(width) / points;
    let height = (height * scale).round();
    if !(1.0..=f32::from(width) * MOST_HEIGHTS).contains(&height) {
        return Err(Unreadable.into());
    }
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        width: Some(width),
        height: Some(whole(height)),
        bg_color: WHITE,
    };
    let picture = render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
    picture.into_png().map_err(|_| Unreadable.into())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the caller has rounded it and keeps it below 20 000"
)]
fn whole(number: f32) -> u16 {
    number as u16
}

fn read(pdf: &[u8]) -> Result<Pdf, Unreadable> {
    Pdf::new(pdf.to_vec()).map_err(|_| Unreadable)
}

/// A reader of foreign files that meets what its authors did not think of must not take the whole request with it.
fn guarded<T, E: From<Unreadable>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Unreadable.into()))
}
