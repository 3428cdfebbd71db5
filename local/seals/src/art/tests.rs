//! Seals drawn with a font of squares, so that where each character went can be measured.

use super::*;

/// A font in which every character but U+FFFD is the same square, put together from its tables.
fn font() -> Vec<u8> {
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let longs = |longs: &[u32]| longs.iter().flat_map(|long| long.to_be_bytes()).collect::<Vec<u8>>();
    // Format 13: a whole range of characters shares one glyph.
    let cmap = [words(&[0, 1, 3, 10]), longs(&[12]), words(&[13, 0]), longs(&[28, 0, 1, 0x20, 0xfffc, 1])].concat();
    let mut glyph = words(&[1, 0, 0, 1000, 1000, 3, 0]);
    glyph.extend([1, 1, 1, 1]);
    glyph.extend(words(&[0, 0, 1000, 0, 0, 1000, 0, (-1000_i16).cast_unsigned()]));
    let head = [
        longs(&[0x10000, 0x10000, 0, 0x5f0f_3cf5]),
        words(&[0, 1000]),
        vec![0; 16],
        words(&[0, 0, 1000, 1000, 0, 8, 2, 1, 0]),
    ];
    let hhea = [longs(&[0x10000]), words(&[800, 0, 0, 1000, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 2])];
    let tables: [(&[u8; 4], Vec<u8>); 7] = [
        (b"cmap", cmap),
        (b"glyf", glyph.clone()),
        (b"head", head.concat()),
        (b"hhea", hhea.concat()),
        (b"hmtx", words(&[1000, 0, 1000, 0])),
        (b"loca", longs(&[0, 0, u32::try_from(glyph.len()).unwrap()])),
        (b"maxp", [longs(&[0x10000]), words(&[2]), vec![0; 26]].concat()),
    ];
    let mut directory = [longs(&[0x10000]), words(&[7, 64, 2, 48])].concat();
    let mut body = Vec::new();
    for (tag, table) in tables {
        directory.extend(tag);
        directory.extend(longs(&[
            0,
            u32::try_from(12 + 7 * 16 + body.len()).unwrap(),
            u32::try_from(table.len()).unwrap(),
        ]));
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    [directory, body].concat()
}

/// Left, lower, right and upper edge of the contours, in order.
fn contours(art: &SealArt) -> Vec<[f64; 4]> {
    let mut contours = Vec::new();
    for op in &art.ops {
        let points = match *op {
            Op::Move(x, y) => {
                contours.push([x, y, x, y]);
                vec![(x, y)]
            }
            Op::Line(x, y) => vec![(x, y)],
            Op::Curve([a, b, c, d, e, f]) => vec![(a, b), (c, d), (e, f)],
            Op::Close => vec![],
        };
        let bounds = contours.last_mut().unwrap();
        for (x, y) in points {
            *bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
        }
    }
    contours
}

#[test]
fn a_company_name_stands_between_ring_and_star_in_reading_order() {
    let font = font();
    for name in ["阿里云", "北京示例云计算技术有限公司", "深圳市前海新世纪国际供应链管理服务有限责任公司杭州第三分公司"]
    {
        let art = SealArt::round(name, &font).unwrap();
        let contours = contours(&art);
        let count = name.chars().count();
        assert_eq!(contours.len(), 3 + count + ROUND_LEGEND.chars().count());
        let middle = |[a, b, c, d]: [f64; 4]| ((a + c) / 2.0 - SIDE / 2.0, (b + d) / 2.0 - SIDE / 2.0);
        let mut before = f64::INFINITY;
        for contour in &contours[3..3 + count] {
            let (x, y) = middle(*contour);
            assert!((60.0..91.0).contains(&x.hypot(y)), "{name}: a character is {} from the middle", x.hypot(y));
            // Against the clock from the lower right corner, so that the cut lies below.
            let angle = (y.atan2(x) + PI / 2.0).rem_euclid(TAU);
            assert!(angle < before, "{name}: the characters run with the clock");
            before = angle;
        }
    }
}

#[test]
fn a_personal_name_fills_the_frame_from_the_right() {
    let font = font();
    for (name, count) in [("张三", 3), ("王小明", 4), ("欧阳娜娜", 4), ("买买提·吐尔逊", 6), ("李", 1)]
    {
        let contours = contours(&SealArt::square(name, &font).unwrap());
        assert_eq!(contours.len(), 2 + count, "{name}");
        for contour in &contours[2..] {
            assert!(
                contour[0] > 10.0 && contour[1] > 10.0 && contour[2] < SIDE - 10.0 && contour[3] < SIDE - 10.0,
                "{name}"
            );
        }
        let (first, last) = (contours[2], contours[1 + count]);
        assert!(first[0] >= last[0] && first[3] >= last[3], "{name} begins at the upper right");
    }
    let lines = contours(&SealArt::square("John Smith", &font).unwrap());
    assert!(lines[2][1] > lines[6][3], "the second word stands below the first");
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let font = font();
    assert_eq!(SealArt::round("云\u{fffd}", &font).unwrap_err(), ArtError::Missing('\u{fffd}'));
    assert_eq!(SealArt::square(" ", &font).unwrap_err(), ArtError::NoName);
    assert_eq!(SealArt::round("", &font).unwrap_err(), ArtError::NoName);
    assert_eq!(SealArt::round("云", b"not a font").unwrap_err(), ArtError::Font);
}

#[test]
fn both_forms_show_the_same_path() {
    let art = SealArt::nameless();
    let svg = art.to_svg();
    let operators = art.operators(100.0, 120.0);
    assert_eq!(svg.matches('C').count(), operators.lines().filter(|line| line.ends_with(" c")).count());
    assert_eq!(svg.matches('Z').count(), 3);
    // The ring's right end: half size, and in the middle of a box that is higher than wide.
    assert!(operators.contains("98.5 60 m\n"), "{operators}");
    assert!(svg.contains("M197 100"), "{svg}");
}
