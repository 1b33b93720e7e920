//! What every page must be, whatever it shows.

use std::collections::BTreeSet;
use std::path::Path;

use scraper::{ElementRef, Html, Selector};

use super::every_page;
use crate::domain::Time;
use crate::domain::language::Language;
use crate::view::{Page, SignInNotice, SignInPage, asset};

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).collect()
}

/// Runs a check over every sample in every language.
fn each(check: impl Fn(&str, &str, &Html, Language)) {
    for language in Language::ALL {
        for (name, text) in every_page(language) {
            check(&format!("{name} {}", language.tag()), &text, &Html::parse_document(&text), language);
        }
    }
}

#[test]
fn every_page_has_a_language_a_title_one_heading_and_a_way_past_the_header() {
    each(|name, text, html, language| {
        assert!(text.starts_with("<!doctype html>"), "{name}");
        assert_eq!(html.root_element().attr("lang"), Some(language.tag()), "{name}");
        assert_eq!(all(html, "h1").len(), 1, "{name}");
        assert_eq!(all(html, "main#content").len(), 1, "{name}");
        assert_eq!(all(html, "body > a:first-child[href='#content']").len(), 1, "{name}");
        assert!(!all(html, "title")[0].inner_html().is_empty(), "{name}");
    });
}

#[test]
fn no_page_shows_a_key_instead_of_a_text() {
    each(|name, text, _, _| {
        assert!(!text.contains("Unknown localization key") && !text.contains('\u{F8FF}'), "{name}");
        for mark in ["\u{2068}", "\u{2069}", "{ $"] {
            assert!(!text.contains(mark), "{name}");
        }
    });
}

#[test]
fn no_page_needs_what_the_content_security_policy_forbids() {
    each(|name, text, html, _| {
        for element in all(html, "*") {
            let forbidden = |name: &str| name == "style" || name.starts_with("on");
            assert!(!element.value().attrs().any(|(key, _)| forbidden(key)), "{name}: {}", element.html());
        }
        assert!(all(html, "style, iframe, object, embed, base").is_empty(), "{name}");
        // The one page that tells others by loading a picture of theirs, from an address that its policy names.
        assert!(all(html, "img:not(.cleanup)").is_empty(), "{name}");
        for script in all(html, "script") {
            assert!(script.attr("nonce").is_some() && script.inner_html().is_empty(), "{name}");
        }
        for linked in all(html, "script, link") {
            let address = linked.attr("src").or(linked.attr("href")).unwrap();
            let file = address.strip_prefix("/static/").unwrap();
            assert!(asset(file).is_some_and(|asset| asset.immutable), "{name}: {address}");
        }
        assert!(!text.contains("javascript:"), "{name}");
    });
}

#[test]
fn every_control_has_a_name_and_every_reference_a_target() {
    each(|name, _, html, _| {
        let ids: Vec<&str> = all(html, "[id]").iter().filter_map(|element| element.attr("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}");
        for field in all(html, "input:not([type=hidden])") {
            let id = field.attr("id").unwrap();
            assert_eq!(all(html, &format!("label[for={id}]")).len(), 1, "{name}: {id}");
        }
        for attribute in ["aria-describedby", "aria-controls", "for"] {
            for element in all(html, &format!("[{attribute}]")) {
                let targets = element.attr(attribute).unwrap_or_default().split_whitespace();
                assert!(targets.into_iter().all(|id| unique.contains(id)), "{name}: {}", element.html());
            }
        }
        for element in all(html, "button, a, summary") {
            let text: String = element.text().collect();
            let named = element.attr("aria-label").is_some() || !text.trim().is_empty();
            assert!(named, "{name}: {}", element.html());
        }
    });
}

#[test]
fn every_form_works_without_javascript() {
    each(|name, text, html, _| {
        for form in all(html, "form") {
            // A search changes nothing: what was asked stands in the address.
            let method = if form.attr("role") == Some("search") { "get" } else { "post" };
            assert_eq!(form.attr("method"), Some(method), "{name}");
            assert!(!form.attr("action").unwrap_or_default().is_empty(), "{name}");
            let submit = Selector::parse("button[type=submit]").unwrap();
            assert!(form.select(&submit).next().is_some(), "{name}");
        }
        // What only JavaScript can do is not there until JavaScript shows it.
        for button in all(html, "button[type=button]") {
            assert!(button.attr("hidden").is_some(), "{name}");
        }
        assert!(!text.contains("<noscript"), "{name}");
    });
}

#[test]
fn there_is_at_most_one_primary_button_and_the_consent_buttons_are_equal() {
    each(|name, _, html, _| {
        assert!(all(html, ".primary").len() <= 1, "{name}");
        let pair = all(html, "[name=decision]");
        if let [allow, deny] = &pair[..] {
            assert_eq!((allow.attr("value"), deny.attr("value")), (Some("allow"), Some("deny")));
            assert_eq!(allow.attr("class"), deny.attr("class"));
        } else {
            assert!(pair.is_empty(), "{name}");
        }
    });
}

#[test]
fn a_page_with_all_its_files_is_less_than_50_kilobytes() {
    each(|name, text, html, _| {
        let linked = all(html, "script, link").into_iter().filter_map(|e| e.attr("src").or(e.attr("href")));
        let files: usize =
            linked.map(|address| asset(address.strip_prefix("/static/").unwrap()).unwrap().bytes.len()).sum();
        assert!(text.len() + files < 50_000, "{name}: {} + {files}", text.len());
    });
}

#[test]
fn password_managers_find_the_fields_and_nothing_hinders_paste() {
    for language in Language::ALL {
        for (name, page) in SignInPage::samples(language).into_iter().filter(|(_, page)| page.has_form()) {
            let text = page.render();
            let html = Html::parse_document(&text);
            let username = all(&html, "input[name=username]")[0];
            assert_eq!(username.attr("autocomplete"), Some("username webauthn"), "{name}");
            assert_eq!(username.attr("autocapitalize"), Some("none"), "{name}");
            assert_eq!(username.attr("spellcheck"), Some("false"), "{name}");
            let password = all(&html, "input[name=password]")[0];
            assert_eq!(password.attr("type"), Some("password"), "{name}");
            assert_eq!(password.attr("autocomplete"), Some("current-password"), "{name}");
            assert_eq!((password.attr("value"), password.attr("maxlength")), (None, None), "{name}");
            for hidden in ["interaction", "csrf"] {
                assert_eq!(all(&html, &format!("input[type=hidden][name={hidden}]")).len(), 1, "{name}");
            }
        }
    }
    let script = String::from_utf8_lossy(asset("portner.js").unwrap().bytes);
    assert!(!script.contains("paste"));
}

#[test]
fn what_went_wrong_stands_first_in_the_title_and_takes_the_focus() {
    let prefixes = ["Fejl: ", "Fel: ", "Feil: ", "Error: "];
    for (language, prefix) in Language::ALL.into_iter().zip(prefixes) {
        for (name, page) in SignInPage::samples(language) {
            let html = Html::parse_document(&page.render());
            let title = all(&html, "title")[0].inner_html();
            assert_eq!(title.starts_with(prefix), page.error.is_some(), "{name}");
            let focused = all(&html, "[autofocus]");
            assert_eq!(focused.len(), 1, "{name}");
            assert_eq!(focused[0].attr("role") == Some("alert"), page.error.is_some(), "{name}");
        }
    }
}

#[test]
fn in4_only_the_notice_for_known_devices_tells_of_a_lock() {
    for language in Language::ALL {
        let samples = SignInPage::samples(language);
        let of = |wanted: &SignInNotice| {
            let found = samples.iter().find(|(_, page)| page.error.as_ref() == Some(wanted));
            found.map(|(_, page)| page.render()).unwrap()
        };
        let locked = of(&SignInNotice::Locked { until: Time::from_timestamp(1_795_355_100, 0).unwrap() });
        let heading = crate::view::texts::text(language, "sign-in-locked-title");
        let clock = if language == Language::Da { "14.45" } else { "14:45" };
        assert!(locked.contains(clock) && locked.contains(&heading));
        let failed = of(&SignInNotice::Failed { wait: std::time::Duration::from_secs(900) });
        assert!(!failed.contains(&heading) && failed.contains(" 15 min"), "how long a lock lasts is told to everybody");
    }
}

#[test]
fn what_others_wrote_stays_text() {
    let hostile = "\"><script>alert(1)</script>";
    for (_, mut page) in SignInPage::samples(Language::Da).into_iter().filter(|(_, page)| page.has_form()) {
        page.username = hostile.to_owned();
        page.frame.tenant = hostile.to_owned();
        page.interaction = hostile.to_owned();
        let html = Html::parse_document(&page.render());
        assert_eq!(all(&html, "script").len(), 1);
        assert_eq!(all(&html, "input[name=username]")[0].attr("value"), Some(hostile));
    }
    each(|name, text, html, _| {
        assert_eq!(all(html, "script").len(), 1, "{name}");
        assert!(!text.contains("<b>x</b>"), "{name}");
    });
}

#[test]
fn no_template_marks_anything_as_safe() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let inside =
        ["parts", "account", "admin"].into_iter().flat_map(|name| std::fs::read_dir(folder.join(name)).unwrap());
    for entry in std::fs::read_dir(&folder).unwrap().chain(inside) {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("|safe") && !text.contains("| safe") && !text.contains("escape none"), "{path:?}");
        }
    }
}

/// Afterwards `target/pages` has them all, for looking at.
#[test]
fn every_state_has_a_name_of_its_own_and_is_written_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    std::fs::create_dir_all(folder.join("static")).unwrap();
    for name in crate::view::asset_names() {
        std::fs::write(folder.join("static").join(name), asset(name).unwrap().bytes).unwrap();
    }
    for language in Language::ALL {
        let mut names = std::collections::BTreeSet::new();
        for (name, text) in every_page(language) {
            assert!(names.insert(name), "{name} is taken");
            let text = text.replace("/static/", "static/");
            std::fs::write(folder.join(format!("{name}.{}.html", language.tag())), text).unwrap();
        }
    }
}

#[test]
fn no_page_is_a_dead_end() {
    // What tells where to begin, what is only read, and what support alone can open.
    let ends = ["home", "error-no-tenant", "network-not-allowed", "tenant-suspended", "account-locked-without-address"];
    each(|name, _, html, language| {
        let is_end = ends.iter().any(|end| name == format!("{end} {}", language.tag()));
        // What a code means is no way on.
        let ways = all(html, "main :not(dd) > a[href], main form, nav:not(.languages) a[href]");
        assert_eq!(ways.is_empty(), is_end, "{name}");
    });
}
