//! Which language a caller reads.

use contract::Language;

use crate::Request;

/// The best of `Accept-Language` that is there; Chinese where nothing else is asked for.
#[must_use]
pub fn language(request: &Request) -> Language {
    request.headers().get("accept-language").and_then(|value| value.to_str().ok()).map_or(Language::ZhCn, best)
}

fn best(header: &str) -> Language {
    let mut best = (Language::ZhCn, 0.0);
    for choice in header.split(',') {
        let (tag, rest) = choice.split_once(';').unwrap_or((choice, ""));
        let quality = rest.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
        let language = match tag.trim().to_ascii_lowercase().split('-').next() {
            Some("zh") => Language::ZhCn,
            Some("en") => Language::En,
            _ => continue,
        };
        if quality > best.1 {
            best = (language, quality);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_that_is_there() {
        for (header, expected) in [
            ("en", Language::En),
            ("en-GB,zh;q=0.5", Language::En),
            ("zh-TW;q=0.4, en-US;q=0.9", Language::En),
            ("fr, de", Language::ZhCn),
            ("fr, en;q=0.1", Language::En),
            ("en;q=0", Language::ZhCn),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::ZhCn),
            ("", Language::ZhCn),
        ] {
            assert_eq!(best(header), expected, "{header}");
        }
    }
}
