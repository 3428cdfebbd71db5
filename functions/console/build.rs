//! Puts the files of `pages/` into the binary, packed with gzip, and gives them all one version: the hash of their names and bytes.

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=pages");
    let pages = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("pages");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut names = Vec::new();
    collect(&pages, "", &mut names)?;
    names.sort();
    let mut hash = Sha256::new();
    let mut table = String::new();
    for (number, name) in names.iter().enumerate() {
        let path = pages.join(name);
        let bytes = fs::read(&path)?;
        hash.update(name);
        hash.update(u64::try_from(bytes.len())?.to_be_bytes());
        hash.update(&bytes);
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&bytes)?;
        fs::write(out.join(format!("{number}.gz")), packed.finish()?)?;
        let packed = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{number}.gz\"))");
        writeln!(table, "    File {{ name: {name:?}, plain: include_bytes!({path:?}), packed: {packed} }},")?;
    }
    let version = hex::encode(hash.finalize());
    let version = version.get(..16).unwrap_or(&version);
    let text = format!("const VERSION: &str = {version:?};\nstatic FILES: &[File] = &[\n{table}];\n");
    fs::write(out.join("files.rs"), text)?;
    Ok(())
}

/// The names of all files in a folder and the folders in it, with `/` between.
fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| "a file in pages/ has a name that is not text")?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), names)?;
        } else {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
