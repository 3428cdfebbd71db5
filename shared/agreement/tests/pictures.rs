#![expect(clippy::unwrap_used, reason = "x")]
mod samples;
use contract::Language;
#[test]
fn w() {
    let d = std::path::Path::new("/tmp/cs/agreement");
    std::fs::create_dir_all(d).unwrap();
    for (n, a) in [("ent-zh", samples::enterprise(Language::ZhCn)), ("ent-en", samples::enterprise(Language::En)), ("per-zh", samples::person(Language::ZhCn))] {
        let t = std::time::Instant::now();
        match samples::renderer().render(&a) { Ok(r) => { std::fs::write(d.join(format!("{n}.pdf")), &r.pdf).unwrap(); println!("{n} {:?} {:?}", t.elapsed(), r.draft); }, Err(e) => panic!("{e}") }
    }
}
