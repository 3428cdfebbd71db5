//! The independent programs that read our PDFs. A missing one fails the test; `tests/tools.sh` installs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where `tests/tools.sh` puts pyHanko.
const PYHANKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/pyhanko/bin/pyhanko");

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder of a test's own, gone when it ends.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder can be made for a test's files");
        Self(path)
    }

    /// Keeps a file and tells where.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a test's file can be written");
        path
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a program said, both outputs together.
#[derive(Debug)]
pub struct Said {
    pub succeeded: bool,
    pub text: String,
}

impl Said {
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert!(self.succeeded, "the program failed:\n{}", self.text);
        self.text
    }
}

/// Runs a program that must be there.
pub fn run(program: &str, arguments: &[&str]) -> Said {
    // A PDF's words are compared as they are, whatever language this machine speaks.
    let output = Command::new(program).args(arguments).env("LC_ALL", "C.UTF-8").env("TZ", "UTC").output();
    let Output { status, stdout, stderr } = match output {
        Ok(output) => output,
        Err(error) => panic!("{program} cannot be run ({error}). Run tests/tools.sh, which installs it."),
    };
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    Said { succeeded: status.success(), text }
}

/// The words of a PDF, without line breaks and spaces, so that a name broken across lines is found.
pub fn words(pdf: &[u8]) -> String {
    let folder = Folder::new();
    let file = folder.keep("document.pdf", pdf);
    let text = run("pdftotext", &["-enc", "UTF-8", "-layout", &text(&file), "-"]).succeeds();
    squeezed(&text)
}

/// A text without white space.
pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What `pdfsig` says of each signature of a PDF, with only this root trusted.
pub fn pdfsig(pdf: &[u8], root_pem: &str) -> String {
    let folder = Folder::new();
    let file = folder.keep("document.pdf", pdf);
    let root = folder.keep("root.pem", root_pem.as_bytes());
    let database = format!("sql:{}", folder.path().display());
    run("certutil", &["-N", "-d", &database, "--empty-password"]).succeeds();
    run("certutil", &["-A", "-d", &database, "-n", "root", "-t", "CT,C,C", "-i", &text(&root)]).succeeds();
    run("pdfsig", &["-nssdir", &database, &text(&file)]).succeeds()
}

/// What pyHanko says of a PDF, with only this root trusted.
pub fn pyhanko(pdf: &[u8], root_pem: &str) -> Said {
    let folder = Folder::new();
    let file = folder.keep("document.pdf", pdf);
    let root = folder.keep("root.pem", root_pem.as_bytes());
    run(PYHANKO, &["sign", "validate", "--pretty-print", "--trust-replace", "--trust", &text(&root), &text(&file)])
}

/// The PDF with a text on one of its pages, which pyHanko adds by an incremental update: every signed byte stays as it is.
pub fn with_text_added(pdf: &[u8], page: u32, text_added: &str) -> Vec<u8> {
    let folder = Folder::new();
    let file = folder.keep("document.pdf", pdf);
    let style = format!("stamp-styles:\n    default:\n        type: text\n        stamp-text: \"{text_added}\"\n");
    let style = folder.keep("pyhanko.yml", style.as_bytes());
    let after = folder.path().join("after.pdf");
    let page = page.to_string();
    let (style, file, written) = (text(&style), text(&file), text(&after));
    run(PYHANKO, &["--config", &style, "stamp", "--page", &page, &file, &written, "100", "100"]).succeeds();
    std::fs::read(after).expect("pyHanko wrote the file")
}

/// What `qpdf --check` says of a PDF.
pub fn qpdf(pdf: &[u8]) -> String {
    let folder = Folder::new();
    run("qpdf", &["--check", &text(&folder.keep("document.pdf", pdf))]).succeeds()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
