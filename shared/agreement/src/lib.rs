//! The standard agreement: its text, its layout and its fonts, and the renderer that makes a PDF of them for one customer.
//!
//! What always holds: the same input gives the same bytes; customer data reaches the layout as data and is never read as
//! markup; every character of the input is printed, or the rendering fails and names the character; the PDF is tagged and
//! conforms to PDF/A-2a and PDF/UA-1; and the places of both seals come from the layout itself.

mod input;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use contract::{Draft, SealSpot, Sha256};
use jiff::Timestamp;
use jiff::tz::Offset;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Label, Smart};
use typst::utils::PicoStr;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

pub use input::{Agreement, Invoice, PartyA, PartyB};

/// The version of the agreement's text. It stands on the first page; whoever changes the text changes it.
pub const VERSION: &str = "2026.1";

/// China Standard Time, in which the agreement states its date.
const BEIJING: Offset = Offset::constant(8);

/// How many renderings a memoised result outlives without being used.
const KEPT_FOR: usize = 10;

/// The fonts' folder lacks a font, or holds something else under its name.
#[derive(Debug, thiserror::Error)]
#[error("The folder {} holds no usable font {file}.", folder.display())]
pub struct FontsMissing {
    pub folder: PathBuf,
    pub file: &'static str,
}

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The input holds a character that the fonts cannot print.
    #[error("The character “{0}” (U+{code:04X}) cannot be printed in the agreement.", code = u32::from(*.0))]
    Unprintable(char),
    /// An enterprise without invoice information, or a person with it (rule Z11).
    #[error("Invoice information belongs to the agreement of an enterprise, and only to that.")]
    InvoiceMismatch,
    /// The date lies outside the years 1 to 9999.
    #[error("The agreement's date cannot be written.")]
    Date,
    /// The template itself is at fault.
    #[error("The agreement could not be laid out: {0}.")]
    Template(String),
}

/// A rendered agreement.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub pdf: Vec<u8>,
    pub draft: Draft,
}

/// Renders agreements. Made once: it holds the fonts and the parsed template.
pub struct Renderer {
    press: world::Press,
    standards: PdfStandards,
}

impl Renderer {
    /// Reads the fonts from their folder (30 MB) and parses the template.
    pub fn load(fonts_dir: &Path) -> Result<Self, FontsMissing> {
        let press = world::Press::load(fonts_dir)?;
        // Both standards are based on PDF 1.7, so that they always go together; were that ever to end, the tests on the
        // file's declared conformance would fail.
        let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).unwrap_or_default();
        Ok(Self { press, standards })
    }

    /// The first character of a text that the fonts cannot print, or that would be invisible in a contract: controls,
    /// zero-width and direction marks, private use.
    #[must_use]
    pub fn unprintable(&self, text: &str) -> Option<char> {
        text.chars().find(|&c| !self.press.prints(c))
    }

    /// Renders the agreement. Takes some tens of milliseconds once the renderer is warm.
    pub fn render(&self, agreement: &Agreement<'_>) -> Result<Rendered, RenderError> {
        agreement.check()?;
        let date = BEIJING.to_datetime(agreement.date).date();
        let data = agreement.data(date);
        // Each text is checked before the layout, whose own complaint would not say which character it was about.
        if let Some(c) = strings(&data).find_map(|text| self.unprintable(text)) {
            return Err(RenderError::Unprintable(c));
        }
        let bytes = data.to_string().into_bytes();
        let options = PdfOptions {
            ident: Smart::Custom(format!("{} {}", agreement.number, Sha256::of(&bytes))),
            creator: Smart::Custom(None),
            timestamp: Some(timestamp(agreement.date).ok_or(RenderError::Date)?),
            page_ranges: None,
            standards: self.standards.clone(),
            tagged: true,
            pretty: false,
        };
        let printed = print(&self.press.sheet(bytes), &options);
        comemo::evict(KEPT_FOR);
        printed
    }
}

fn print(sheet: &world::Sheet<'_>, options: &PdfOptions) -> Result<Rendered, RenderError> {
    let document = typst::compile::<PagedDocument>(sheet).output.map_err(|errors| complaint(sheet, &errors))?;
    let pdf = typst_pdf::pdf(&document, options).map_err(|errors| complaint(sheet, &errors))?;
    let draft = Draft {
        sha256: Sha256::of(&pdf),
        pages: page_number(document.pages().len())?,
        seal_a: spot(&document, "seal-a")?,
        seal_b: spot(&document, "seal-b")?,
    };
    Ok(Rendered { pdf, draft })
}

/// Where the layout put the mark of this name. The layout counts from the top of the page, PDF from its foot.
fn spot(document: &PagedDocument, name: &str) -> Result<SealSpot, RenderError> {
    let lost = || RenderError::Template(format!("the mark {name} is not on any page"));
    let label = Label::new(PicoStr::intern(name)).ok_or_else(lost)?;
    let introspector = document.introspector();
    let location = introspector.elements().query_label(label).map_err(|_| lost())?.location().ok_or_else(lost)?;
    let position = introspector.position(location).ok_or_else(lost)?;
    let page = document.pages().get(position.page.get() - 1).ok_or_else(lost)?;
    Ok(SealSpot {
        page: page_number(position.page.get())?,
        x: position.point.x.to_pt(),
        y: (page.frame.height() - position.point.y).to_pt(),
    })
}

fn page_number(number: usize) -> Result<u32, RenderError> {
    u32::try_from(number).map_err(|_| RenderError::Template("too many pages".into()))
}

/// The messages of the layout, each once, with the places in the template that they speak of.
fn complaint(sheet: &world::Sheet<'_>, errors: &[SourceDiagnostic]) -> RenderError {
    let place = |error: &SourceDiagnostic| {
        let source = sheet.source(error.span.id()?).ok()?;
        let line = source.lines().byte_to_line(sheet.range(error.span)?.start)? + 1;
        Some(format!("{} line {line}: ", error.span.id()?.get().vpath().get_without_slash()))
    };
    let messages: BTreeSet<String> =
        errors.iter().map(|error| format!("{}{}", place(error).unwrap_or_default(), error.message)).collect();
    RenderError::Template(messages.into_iter().collect::<Vec<_>>().join("; "))
}

fn timestamp(at: Timestamp) -> Option<typst_pdf::Timestamp> {
    let local = BEIJING.to_datetime(at);
    let part = |number: i8| u8::try_from(number).ok();
    let datetime = Datetime::from_ymd_hms(
        i32::from(local.year()),
        part(local.month())?,
        part(local.day())?,
        part(local.hour())?,
        part(local.minute())?,
        part(local.second())?,
    )?;
    typst_pdf::Timestamp::new_local(datetime, BEIJING.seconds() / 60)
}

/// Every string inside a JSON value.
fn strings(value: &serde_json::Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        serde_json::Value::String(text) => Box::new(std::iter::once(text.as_str())),
        serde_json::Value::Array(items) => Box::new(items.iter().flat_map(strings)),
        serde_json::Value::Object(fields) => Box::new(fields.values().flat_map(strings)),
        _ => Box::new(std::iter::empty()),
    }
}
