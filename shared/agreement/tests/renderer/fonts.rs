//! The fonts in the repository are the published files, and a missing one is named.

use std::path::Path;

use agreement::Renderer;
use contract::Sha256;

use crate::samples;

#[test]
fn the_fonts_are_the_published_files() {
    let sums = std::fs::read_to_string(samples::fonts().join("SHA256SUMS")).unwrap();
    let mut listed = Vec::new();
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").unwrap();
        assert_eq!(Sha256::of(&std::fs::read(samples::fonts().join(file)).unwrap()).to_string(), sum, "{file}");
        listed.push(file.to_owned());
    }
    let mut present: Vec<String> = std::fs::read_dir(samples::fonts())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".ttf"))
        .collect();
    listed.sort();
    present.sort();
    assert_eq!(listed, present);
}

#[test]
fn a_missing_font_is_named_with_its_folder() {
    let folder = Path::new("no/such/folder");
    let error = Renderer::load(folder).err().unwrap();
    assert_eq!(error.to_string(), "The folder no/such/folder holds no usable font NotoSerifSC-Regular.ttf.");
}
