//! The contract on the signing page: each page of the document as a picture, and over it, measured in PDF points, the area for the seal.

use crate::files::File;
use crate::flow::{Field, Signer};
use crate::pdf::Page;
use crate::pictures;
use crate::state::Kind;
use crate::templates::{Language, Value, escape};
use crate::wire::Refusal;

use super::{Visit, notice, steps};

/// The widths in which a browser may ask for a picture: a phone, a desktop, and either with a fine screen.
const WIDTHS: [u16; 3] = [600, 1000, 1600];

impl Visit<'_> {
    /// What the template of the contract needs. What was typed stays when the page comes again with a problem.
    pub(super) fn contract(&self, signer: &Signer, problem: &str) -> Result<Vec<(&'static str, Value)>, Refusal> {
        let field = signer.fields.first();
        let text = |text: String| Value::Text(text);
        let number = |of: fn(&Field) -> String| field.map(of).unwrap_or_default();
        let typed = |name: &str, of: fn(&Field) -> String| text(self.request.field(name).unwrap_or_else(|| number(of)));
        let movable = field.is_some_and(|field| field.movable);
        let placed = !movable || self.request.field("x").is_some();
        let certify = if signer.organisation.is_some() { "certify-organisation" } else { "certify-person" };
        Ok(vec![
            ("token", text(self.token.to_owned())),
            ("flow-title", text(self.flow.title.clone())),
            ("notice", notice(self.language, problem)),
            ("problem", text(problem.to_owned())),
            ("steps", steps(self.language, 2)),
            ("signer-name", text(signer.name().to_owned())),
            ("certify", text(self.language.text(certify).to_owned())),
            ("sheets", Value::Html(self.sheets(field)?)),
            ("pages", text(self.pages()?.len().to_string())),
            ("area-page", text(number(|field| field.page.to_string()))),
            ("area-x", text(number(|field| hundredths(field.x)))),
            ("area-y", text(number(|field| hundredths(field.y)))),
            ("seal-width", text(number(|field| field.width.to_string()))),
            ("seal-height", text(number(|field| field.height.to_string()))),
            ("field-page", typed("page", |field| field.page.to_string())),
            ("field-x", typed("x", |field| hundredths(field.x))),
            ("field-y", typed("y", |field| hundredths(field.y))),
            ("placed", text(if placed { "yes" } else { "no" }.to_owned())),
            ("movable", text(if movable { "yes" } else { "no" }.to_owned())),
            ("fixed", Value::Html(if movable { "" } else { "readonly" }.to_owned())),
        ])
    }

    /// All pages, with the area for the seal on its own.
    pub(super) fn sheets(&self, area: Option<&Field>) -> Result<String, Refusal> {
        let digest = pictures::digest(&self.document()?);
        let pages = self.pages()?;
        let sheets = (1..).zip(&pages).map(|(number, page)| {
            let caption = said(self.language, "page-of", &[("page", number), ("pages", pages.len())]);
            let of_this_page = area.filter(|area| usize::try_from(area.page) == Ok(number));
            let area = of_this_page.map(|area| marked(self.language, area, page)).unwrap_or_default();
            let address = format!("/sign/{}/pages/{number}.png?v={digest}", self.token);
            let choices = WIDTHS.map(|width| format!("{address}&amp;w={width} {width}w")).join(", ");
            let loading = if number == 1 { "eager" } else { "lazy" };
            let Page { width, height } = page;
            format!(
                "<li id=\"page-{number}\"><div class=\"sheet\">\
                 <img src=\"{address}\" srcset=\"{choices}\" sizes=\"(min-width: 900px) 680px, 100vw\" alt=\"{caption}\" \
                 width=\"{width:.0}\" height=\"{height:.0}\" loading=\"{loading}\" decoding=\"async\">\
                 <svg class=\"over\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">{area}</svg></div>\
                 <p class=\"caption\" aria-hidden=\"true\">{caption}</p></li>"
            )
        });
        Ok(format!("<ol class=\"sheets\">{}</ol>", sheets.collect::<String>()))
    }

    /// The sizes of the document's pages.
    fn pages(&self) -> Result<Vec<Page>, Refusal> {
        let field = self.signer().and_then(|signer| signer.fields.first());
        let file = field.map(|field| &field.file).or(self.flow.docs.first().map(|doc| &doc.file));
        let file = self.records.get::<File>(Kind::File, file.ok_or_else(Refusal::not_found)?)?;
        Ok(file.ok_or_else(Refusal::not_found)?.pages)
    }
}

/// As finely as a place is compared when it is signed.
fn hundredths(points: f64) -> String {
    ((points * 100.0).round() / 100.0).to_string()
}

/// A text with numbers in it, escaped.
fn said(language: Language, key: &str, numbers: &[(&str, usize)]) -> String {
    numbers.iter().fold(escape(language.text(key)), |text, (name, number)| {
        text.replace(&format!("{{{name}}}"), &number.to_string())
    })
}

/// The area for the seal. SVG measures from the upper edge, PDF from the lower one.
fn marked(language: Language, area: &Field, page: &Page) -> String {
    let (width, height) = (area.width, area.height);
    let (left, top) = (area.x - width / 2.0, page.height - area.y - height / 2.0);
    let label = escape(language.text("seal-here"));
    // A dozen letters, or half as many characters, fit into a small seal too.
    let letter = (width / 7.0).min(11.0);
    format!(
        "<g class=\"area\"><rect x=\"{left:.2}\" y=\"{top:.2}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>\
         <text x=\"{:.2}\" y=\"{:.2}\" font-size=\"{letter:.1}\">{label}</text></g>",
        area.x,
        top + height / 2.0
    )
}
