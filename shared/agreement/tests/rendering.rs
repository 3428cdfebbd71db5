//! What a rendered agreement is: repeatable, complete, of the right length, with both seals on the signature page.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

mod samples;

use contract::{Language, Sha256};

#[test]
fn the_same_input_gives_the_same_bytes() {
    let first = samples::renderer().render(&samples::enterprise(Language::ZhCn)).unwrap();
    let second = samples::renderer().render(&samples::enterprise(Language::ZhCn)).unwrap();
    assert_eq!(first.pdf, second.pdf);
    assert_eq!(first.draft, second.draft);
    assert_eq!(first.draft.sha256, Sha256::of(&first.pdf));
}
