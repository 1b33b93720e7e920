//! Every mail, in every language.

use scraper::{Html, Selector};

use crate::domain::Time;
use crate::domain::ids::UserId;
use crate::domain::language::Language;
use crate::domain::mail::{Confided, Letter, Message};
use crate::domain::time_zone::TimeZone;
use crate::domain::user::EmailAddress;
use crate::view::{MailText, mail, mail_samples};

fn each(check: impl Fn(&str, &MailText, Language)) {
    for language in Language::ALL {
        let samples = mail_samples(language);
        assert!(samples.len() >= 14, "one of each kind");
        for (kind, mail) in samples {
            check(&format!("{kind} {}", language.tag()), &mail, language);
        }
    }
}

#[test]
fn every_mail_says_whom_it_is_from_in_its_own_language() {
    each(|name, mail, language| {
        let html = Html::parse_document(&mail.html);
        assert_eq!(html.root_element().attr("lang"), Some(language.tag()), "{name}");
        for body in [&mail.text, &mail.html] {
            assert!(body.contains("Mette Åse Sørensen") && body.contains("Fjordby Kommune"), "{name}: {body}");
            assert!(!body.contains("Unknown localization key") && !body.contains("{ $"), "{name}: {body}");
        }
        assert!(!mail.subject.is_empty() && mail.subject.len() < 80, "{name}");
    });
}

#[test]
fn a_link_also_stands_as_plain_text_and_nothing_follows_the_reader() {
    let links = Selector::parse("a[href]").unwrap();
    each(|name, mail, _| {
        let html = Html::parse_document(&mail.html);
        for link in html.select(&links) {
            let href = link.attr("href").unwrap();
            assert!(mail.text.contains(href), "{name}");
            let shown: String = html.root_element().text().collect();
            assert!(shown.contains(href), "{name}");
        }
        for tracking in ["<img", "<script", "url(", "@import", "<link"] {
            assert!(!mail.html.contains(tracking), "{name}: {tracking}");
        }
    });
}

#[test]
fn a_name_cannot_bring_markup_or_lines_of_its_own() {
    let letter = Letter {
        user: UserId::from_uuid(uuid::Uuid::nil()),
        to: EmailAddress::parse("a@b.example").unwrap(),
        name: "Eve\r\nBcc: x@y.example\r\n\r\n<a href='https://evil.example'>".to_owned(),
        username: "<b>eve".to_owned(),
        language: Language::En,
        message: Message::Invitation {
            link: Confided::new("https://x.example/?token=a&b"),
            expires_at: Time::default(),
        },
    };
    let mail = mail(("A\r\nBcc: x@y.example", TimeZone::default()), &letter, Time::default());
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    assert!(!mail.text.contains('\r') && !mail.text.contains("\nBcc"), "{}", mail.text);
    assert!(!mail.html.contains("<a href='") && !mail.html.contains("<b>"), "{}", mail.html);
    assert!(mail.text.contains("token=a&b"), "the address is not escaped in plain text");
}
