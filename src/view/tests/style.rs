//! Colours that can be read, and files small enough to be there at once.

use std::collections::BTreeMap;

use crate::view::{asset, asset_names};

fn sheet() -> &'static str {
    std::str::from_utf8(asset("portner.css").unwrap().bytes).unwrap()
}

/// The custom properties of the light and the dark scheme; dark inherits what it does not set.
fn schemes() -> [BTreeMap<String, String>; 2] {
    let (light, rest) = sheet().split_once("@media (prefers-color-scheme: dark)").unwrap();
    let read = |block: &str| -> BTreeMap<String, String> {
        let body = block.split('{').find(|part| part.contains("--ink:")).unwrap();
        body.split(['}', ';'])
            .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let light = read(light);
    let mut dark = light.clone();
    dark.extend(read(rest));
    [light, dark]
}

/// Relative luminance (WCAG 2.2, definitions).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_and_controls_have_the_contrast_of_wcag_aa_in_light_and_dark() {
    // SC 1.4.3: text 4.5:1; SC 1.4.11: what shows a control, its state or the focus 3:1.
    let text = [
        ("ink", "card"),
        ("ink", "ground"),
        ("ink", "note"),
        ("ink", "code"),
        ("soft", "card"),
        ("soft", "ground"),
        ("link", "card"),
        ("link", "code"),
        ("on-pine", "pine"),
        ("on-pine", "pine-deep"),
        ("good", "card"),
        ("bad", "card"),
    ];
    let shapes = [("edge", "card"), ("pine", "card"), ("pine", "ground"), ("focus", "card"), ("focus", "ground")];
    let notes = [("note-line", "note"), ("note-line", "card")];
    for (scheme, name) in schemes().iter().zip(["light", "dark"]) {
        for (pairs, least) in [(&text[..], 4.5), (&shapes[..], 3.0), (&notes[..], 3.0)] {
            for (one, other) in pairs {
                let found = contrast(&scheme[*one], &scheme[*other]);
                assert!(found >= least, "{one} on {other} in {name}: {found:.2} < {least}");
            }
        }
    }
}

#[test]
fn the_scenery_behind_the_footer_leaves_its_text_readable() {
    for scheme in schemes() {
        for part in scheme["hills"].split("fill='%23").skip(1) {
            let found = contrast(&scheme["soft"], &format!("#{}", &part[..6]));
            assert!(found >= 4.5, "{found:.2}");
        }
    }
}

#[test]
fn the_style_sheet_asks_nobody_else_for_anything() {
    let foreign = sheet().split("url(").skip(1).filter(|url| !url.starts_with("\"data:")).count();
    assert_eq!(foreign, 0);
    assert!(!sheet().contains("@import"));
}

#[test]
fn a_name_with_the_hash_is_for_ever_and_an_old_one_finds_nothing() {
    for name in asset_names() {
        let found = asset(name).unwrap();
        assert!(found.immutable && found.etag.starts_with('"') && !found.bytes.is_empty(), "{name}");
    }
    let plain = asset("favicon.ico").unwrap();
    assert!(!plain.immutable);
    assert_eq!(plain.content_type, "image/x-icon");
    assert!(asset("portner.0000000000000000.css").is_none());
    assert!(asset("../portner.css").is_none());
}
