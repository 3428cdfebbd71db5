//! What the layout may read: the library, the fonts, the template's files and the data of one agreement. Nothing else
//! exists for it, neither the disk nor the clock, so that its result depends on nothing else either.

use std::path::Path;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::FontsMissing;

/// The fonts, by their files' names. Noto Serif draws the letters of foreign names that the Chinese font lacks.
const FONTS: [&str; 4] =
    ["NotoSerifSC-Regular.ttf", "NotoSerifSC-Bold.ttf", "NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf"];

/// The template's files; the first is the one that is laid out.
const TEMPLATE: [(&str, &str); 6] = [
    ("/agreement.typ", include_str!("../template/agreement.typ")),
    ("/layout.typ", include_str!("../template/layout.typ")),
    ("/zh.typ", include_str!("../template/zh.typ")),
    ("/en.typ", include_str!("../template/en.typ")),
    ("/annex.typ", include_str!("../template/annex.typ")),
    ("/signature.typ", include_str!("../template/signature.typ")),
];

/// Where the template finds the data of the agreement.
const DATA: &str = "/data.json";

/// What all agreements share.
pub(crate) struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: FileId,
    sources: Vec<Source>,
}

impl Press {
    pub(crate) fn load(folder: &Path) -> Result<Self, FontsMissing> {
        let fonts = FONTS
            .into_iter()
            .map(|file| {
                let bytes = std::fs::read(folder.join(file)).ok();
                let font = bytes.and_then(|bytes| Font::new(Bytes::new(bytes), 0));
                font.ok_or_else(|| FontsMissing { folder: folder.to_owned(), file })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<Source> =
            TEMPLATE.into_iter().filter_map(|(path, text)| Some(Source::new(id(path)?, text.to_owned()))).collect();
        let main = sources.first().map_or_else(|| Source::detached("").id(), Source::id);
        Ok(Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main,
            sources,
        })
    }

    /// Whether the page shows something for this character. A family's two weights draw the same characters.
    pub(crate) fn prints(&self, c: char) -> bool {
        !hidden(c) && self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(c)))
    }

    /// The template with the data of one agreement.
    pub(crate) fn sheet(&self, data: Vec<u8>) -> Sheet<'_> {
        Sheet { press: self, data: Bytes::new(data) }
    }
}

/// Characters that a reader cannot see or that PDF/A does not allow: controls, soft hyphen, zero-width and direction
/// marks, line separators, private use, the replacement character.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}')
        || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}')
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{10FFFF}')
}

/// File ids are never freed, but the same path always has the same one.
fn id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

/// One agreement to be laid out.
pub(crate) struct Sheet<'a> {
    press: &'a Press,
    data: Bytes,
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.press.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let source = self.press.sources.iter().find(|source| source.id() == id);
        source.cloned().ok_or_else(|| FileError::NotFound(id.get().vpath().get_with_slash().into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.get().vpath().get_with_slash() {
            DATA => Ok(self.data.clone()),
            other => Err(FileError::NotFound(other.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
