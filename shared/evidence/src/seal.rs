//! Where the seals stand and what they show.

use crate::appearance::{self, Unfit};
use crate::budget::Budget;
use crate::defect::{Defect, Doubt};
use crate::document::{Document, Rectangle};
use crate::pictures::{self, Placed};
use crate::signature::{Kind, Signature};
use crate::signer::Signed;
use crate::syntax::{Object, present};
use crate::{Expected, Seal, Signatory};

/// Longest side of a seal, in points (70 mm; a company's seal is 42 mm wide).
const MAX_SIDE: f64 = 200.0;
/// Shortest side of a seal that a person can see, in points.
const MIN_SIDE: f64 = 14.0;
/// How far a seal may stand from where it was asked for, in points.
const TOLERANCE: f64 = 30.0;
/// By which part a seal's size may differ. The provider's documents count 72 pixels to the inch in one place and 96 in another.
const SIZE_TOLERANCE: f64 = 0.4;
/// Flags of a widget that is not shown: invisible, hidden, no view (ISO 32000-2, table 167).
const NOT_SHOWN: i64 = 1 | 2 | 32;

/// Flags by which a widget keeps its size and its way up when the page is zoomed or turned.
const DEPENDS_ON_ZOOM: i64 = 8 | 16;

/// A seal's page, counted from 1, and its rectangle; page 0 where a signature stands on none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) page: u32,
    pub(crate) rectangle: Rectangle,
    /// Whether all readers show it.
    shown: bool,
    /// Whether it is drawn by means that are followed here.
    drawable: bool,
}

/// Where the seal of each signature of a party stands.
pub(crate) fn places(
    document: &Document<'_>,
    signatures: &[Signature],
    budget: &mut Budget,
) -> Result<Vec<Place>, Defect> {
    let pages = document.pages()?;
    let mut places: Vec<Place> = Vec::new();
    let seal = |number: u32| {
        signatures.iter().any(|signature| signature.kind != Kind::TimeStamp && signature.field.number == number)
    };
    // Fields that are empty, and time stamps over the file, show nothing: readers differ in what they make of them.
    for field in document.fields()?.iter().filter(|field| !seal(field.number)) {
        let widget = field.widget.and_then(|widget| document.dictionary(widget));
        if widget.is_some_and(|widget| !appearance::out_of_sight(document, widget)) {
            return Err(Defect::Field("it shows something and is no party's seal"));
        }
    }
    for signature in signatures.iter().filter(|signature| signature.kind != Kind::TimeStamp) {
        let place = place(document, &pages, signature, budget)?.unwrap_or(Place {
            page: 0,
            rectangle: [0.0; 4],
            shown: false,
            drawable: true,
        });
        if place.page > 0 && places.iter().any(|earlier| covers(&place, earlier)) {
            return Err(Defect::Field("it covers the seal of an earlier signature"));
        }
        places.push(place);
    }
    Ok(places)
}

/// Looks at each signature's seal and compares the pages with the confirmed draft.
pub(crate) fn look(
    pdf: &[u8],
    mut places: Vec<Place>,
    signed: &[Signed<'_>],
    confirmed: Option<&[u8]>,
    rewritten: bool,
    expected: &Expected<'_>,
    doubts: &mut Vec<Doubt>,
) -> Result<Vec<Place>, Defect> {
    let Some(confirmed) = confirmed else {
        doubts.push(Doubt::Rewritten);
        return Ok(places);
    };
    if rewritten && expected.draft_sha256.is_some_and(|sha256| sha256 != contract::Sha256::of(confirmed)) {
        return Err(Defect::NotTheDraft);
    }
    for (signed, _) in signed.iter().zip(&places).filter(|(_, place)| !place.drawable) {
        doubts.push(Doubt::Appearance(signed.party.whose()));
    }
    if places.iter().any(|place| !place.drawable) {
        return Ok(places);
    }
    let shown: Vec<Placed> = places
        .iter()
        .filter(|place| place.page > 0)
        .map(|place| Placed { page: place.page, rectangle: place.rectangle })
        .collect();
    let Some(seen) = pictures::compare(confirmed, pdf, &shown, rewritten) else {
        doubts.push(Doubt::NotDrawn);
        return Ok(places);
    };
    let seen = seen?;
    let mut looks = seen.seals.into_iter();
    for (signed, place) in signed.iter().zip(&mut places) {
        let whose = signed.party.whose();
        let recorded = match signed.party {
            Signatory::PartyA => expected.party_a.seal,
            Signatory::PartyB => expected.party_b.seal,
        };
        // Where it was not recorded, the draft itself says which page is for the seals.
        let asked = recorded.or(seen.signature_page.map(|page| Seal { page, centre: None, size: None }));
        let looks = if place.page > 0 { looks.next() } else { None };
        let Some(looks) = looks.filter(|looks| looks.visible && place.shown) else {
            doubts.push(Doubt::Invisible(whose));
            place.page = 0;
            continue;
        };
        if looks.hides {
            match asked {
                Some(asked) if asked.page == place.page && !looks.erases => doubts.push(Doubt::SealHides(whose)),
                _ => return Err(Defect::Hidden(place.page)),
            }
        }
        if asked.is_some_and(|asked| !fits(place, &asked)) {
            doubts.push(Doubt::SealPlace(whose));
        }
    }
    Ok(places)
}

/// Where a signature's widget stands; `None` where it shows nothing.
fn place(
    document: &Document<'_>,
    pages: &[u32],
    signature: &Signature,
    budget: &mut Budget,
) -> Result<Option<Place>, Defect> {
    let bad = Defect::Field;
    let Some(number) = signature.field.widget else { return Ok(None) };
    let widget = document.dictionary(number).ok_or(bad("it cannot be read"))?;
    let mut on = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        if document.annotations(*page)?.contains(&number) {
            on.push((index, *page));
        }
    }
    let rectangle = appearance::rectangle(document, widget, b"Rect");
    let flags = match document.get(widget, b"F") {
        None => 0,
        Some(flags) => flags.integer().ok_or(bad("its flags cannot be read"))?,
    };
    if flags & DEPENDS_ON_ZOOM != 0 {
        return Err(bad("its size depends on the reader"));
    }
    let appearance =
        document.get(widget, b"AP").and_then(Object::dictionary).and_then(|states| document.get(states, b"N"));
    let (index, page) = match on[..] {
        [] => return Ok(None),
        [place] => place,
        _ => return Err(bad("it is on more than one page")),
    };
    let [x1, y1, x2, y2] = rectangle.ok_or(bad("it has no rectangle"))?;
    if x2 - x1 <= 0.0 || y2 - y1 <= 0.0 {
        return Ok(None);
    }
    let Some(appearance) = appearance else {
        // Some readers draw a background or a border themselves.
        let bare = present(widget, b"MK").is_none();
        return if bare { Ok(None) } else { Err(bad("it has no appearance of its own")) };
    };
    let drawable = match appearance::check(document, appearance, budget) {
        Ok(()) => true,
        Err(Unfit::Unfollowed) => false,
        Err(Unfit::Broken(defect)) => return Err(defect),
    };
    let [left, bottom, right, top] = document.page_box(page).ok_or(bad("its page has no size"))?;
    if x2 - x1 > MAX_SIDE || y2 - y1 > MAX_SIDE {
        return Err(bad("it is too large"));
    }
    if x1 < left || y1 < bottom || x2 > right || y2 > top {
        return Err(bad("it reaches beyond its page"));
    }
    let page = u32::try_from(index + 1).map_err(|_| bad("it is on no page"))?;
    Ok(Some(Place { page, rectangle: [x1, y1, x2, y2], shown: flags & NOT_SHOWN == 0, drawable }))
}

/// Whether more than half of an earlier seal lies under a later one, or the other way round.
fn covers(later: &Place, earlier: &Place) -> bool {
    let ([a, b, c, d], [e, f, g, h]) = (later.rectangle, earlier.rectangle);
    let shared = (c.min(g) - a.max(e)).max(0.0) * (d.min(h) - b.max(f)).max(0.0);
    let smaller = ((c - a) * (d - b)).min((g - e) * (h - f));
    later.page == earlier.page && shared > smaller / 2.0
}

fn fits(place: &Place, asked: &Seal) -> bool {
    let [x1, y1, x2, y2] = place.rectangle;
    let near = asked
        .centre
        .is_none_or(|[x, y]| ((x1 + x2) / 2.0 - x).abs() <= TOLERANCE && ((y1 + y2) / 2.0 - y).abs() <= TOLERANCE);
    let size = asked.size.is_none_or(|[width, height]| {
        ((x2 - x1) - width).abs() <= width * SIZE_TOLERANCE && ((y2 - y1) - height).abs() <= height * SIZE_TOLERANCE
    });
    place.page == asked.page && near && size && (x2 - x1).min(y2 - y1) >= MIN_SIDE
}
