//! Finding people: words, filters, orders, pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Desk, staffed};
use crate::on_each_engine;
use crate::support::{App, Browser, Page};

fn names(page: &Page) -> Vec<String> {
    let selector = scraper::Selector::parse(".people li > span").unwrap();
    let first = |text: String| text.split(" · ").next().unwrap_or_default().trim().to_owned();
    let html = page.html();
    let rows = html.select(&selector).filter(|it| it.attr("class").is_none());
    rows.map(|it| first(it.text().collect::<String>())).collect()
}

fn look(browser: &mut Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/admin/users?{query}"));
    assert_eq!(page.status(), 200, "{query}: {}", page.reply.text());
    names(&page)
}

fn crowd(app: &App, count: usize) {
    let mut people = String::from("version = 1\n[[tenant]]\nslug = \"{slug}\"\n");
    for number in 0..count {
        // Names run against user names, so that the orders differ.
        write!(
            people,
            "[[tenant.user]]\nusername = \"p{number:03}\"\ngiven_name = \"Person\"\nfamily_name = \"{:03}\"\n",
            count - number
        )
        .unwrap();
    }
    app.apply(&people);
}

on_each_engine! {
    fn people_are_found_by_parts_of_what_they_are_called(engine) {
        let app = staffed(engine);
        app.apply(
            "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"Bjørn.Ærø\"\n\
             given_name = \"Bjørn\"\nfamily_name = \"Ærø-Øst\"\nemail = \"b100%@acme.example\"\nroles = [\"buyer\"]\nenabled = false\n",
        );
        let mut desk = Desk::of(&app, "otto");
        let browser = &mut desk.browser;
        for (query, found) in [
            ("q=bj%C3%B8rn", &["Bjørn.Ærø"][..]),
            ("q=%C3%86R%C3%98-%C3%98ST+BJ%C3%98RN", &["Bjørn.Ærø"]),
            ("q=B100%25%40", &["Bjørn.Ærø"]),
            ("q=%25", &["Bjørn.Ærø"]),
            ("q=_", &[]),
            ("q=%C3%85KERLUND", &["alice"]),
            ("q=acme+ali", &["alice"]),
            ("q=%27+OR+1%3D1+--", &[]),
            ("q=%22%3E%3Cscript%3E", &[]),
            ("status=disabled", &["Bjørn.Ærø"]),
            ("role=helpdesk", &["hal", "hana"]),
            ("role=HELPDESK", &[]),
            ("role=help", &[]),
            ("role=buyer&status=active", &[]),
            ("locked=1", &[]),
            ("q=h&role=helpdesk&without=1&sort=name&status=active", &["hal", "hana"]),
            ("status=nonsense&sort=nonsense&q=ada", &["ada"]),
        ] {
            assert_eq!(look(browser, query), found, "{query}");
        }
        // Roles are offered in words: those built in, those something requires, and the one that was asked for.
        let page = browser.get("/admin/users?role=buyer");
        assert!(page.has("select[name=role] option[value=buyer][selected]"), "{}", page.reply.text());
        assert_eq!(page.text_of("select[name=role] option[value=auditor]"), "Auditor");
        assert!(browser.get("/admin/users?role=auditor").text_of("ul.people .tags").ends_with("Auditor"));
        let mut stranger = app.browser();
        for _ in 0..3 {
            stranger.sign_in("alice", "wrong password");
        }
        assert_eq!(look(browser, "locked=1"), ["alice"]);
        assert_eq!(browser.get("/admin/users?q=a&q=b").status(), 400, "each parameter once");
    }
}

on_each_engine! {
    fn every_order_is_paged_through_without_gap_or_repetition(engine) {
        let app = staffed(engine);
        crowd(&app, 120);
        let mut desk = Desk::of(&app, "ada");
        for sort in ["username", "name", "newest"] {
            let mut page = desk.browser.get(&format!("/admin/users?q=p&sort={sort}"));
            let mut seen = names(&page);
            let mut pages = 1;
            while page.has("a[rel=next]") {
                let html = page.html();
                let selector = scraper::Selector::parse("a[rel=next]").unwrap();
                let href = html.select(&selector).next().unwrap().attr("href").unwrap().to_owned();
                let last = seen.last().unwrap();
                assert!(!href.contains(last.as_str()), "where a page ends names nobody: {href}");
                let url = page.url.join(&href).unwrap();
                page = desk.browser.send(&url, "GET", None);
                seen.extend(names(&page));
                pages += 1;
            }
            let crowd: Vec<&String> = seen.iter().filter(|name| name.starts_with('p')).collect();
            assert_eq!((crowd.len(), pages), (120, 3), "{sort}");
            assert_eq!(crowd.iter().collect::<BTreeSet<_>>().len(), 120, "{sort}");
            let sorted = match sort {
                "username" => crowd.is_sorted(),
                "name" => crowd.is_sorted_by(|one, other| one >= other),
                // All of the same moment.
                _ => true,
            };
            assert!(sorted, "{sort}: {crowd:?}");
        }
    }
}

#[test]
fn a_forged_cursor_opens_nothing() {
    let app = staffed(crate::support::Engine::Sqlite);
    crowd(&app, 60);
    let mut desk = Desk::of(&app, "ada");
    let page = desk.browser.get("/admin/users");
    let html = page.html();
    let selector = scraper::Selector::parse("a[rel=next]").unwrap();
    let href = html.select(&selector).next().unwrap().attr("href").unwrap().to_owned();
    let token = href.split("after=").nth(1).unwrap();
    let mut turned = token.to_owned();
    turned.replace_range(10..11, if &token[10..11] == "A" { "B" } else { "A" });
    for after in ["x", "'", "%27%20OR%201%3D1", "eyJpZCI6MX0", &turned, &token[..token.len() - 4]] {
        assert_eq!(desk.browser.get(&format!("/admin/users?after={after}")).status(), 400, "{after}");
    }
    assert_eq!(desk.browser.get(&format!("/admin/users?sort=name&after={token}")).status(), 400, "of another order");
    let other = staffed(crate::support::Engine::Sqlite);
    let mut stranger = Desk::of(&other, "ada");
    assert_eq!(stranger.browser.get(&format!("/admin/users?after={token}")).status(), 400, "of another tenant");
    assert_eq!(desk.browser.get(&format!("/admin/users?after={token}")).status(), 200);
}
