//! The first page of the administration: the few numbers that answer "is it all right?".

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

#[derive(Clone, Debug, Template)]
#[template(path = "admin/home.html")]
pub struct AdminHomePage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub numbers: AdminNumbers,
    /// Applications that somebody should look at: id and name.
    pub applications: Vec<(String, String)>,
    /// When the certificate that signs ends, if that is soon.
    pub certificate_ends: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdminNumbers {
    pub people: u64,
    pub locked: u64,
    pub without_second_factor: u64,
    pub failed_sign_ins: u64,
}

/// One of them, with the people behind it where there is a page for them.
struct Number {
    value: u64,
    key: &'static str,
    query: Option<&'static str>,
}

impl AdminHomePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-title"), false)
    }
    fn told(&self) -> Option<String> {
        let at = self.certificate_ends.as_ref()?;
        Some(self.frame.text_with("home-certificate", "day", &self.frame.moment(at)))
    }
    fn numbers(&self) -> [Number; 4] {
        let AdminNumbers { people, locked, without_second_factor, failed_sign_ins } = self.numbers;
        [
            Number { value: people, key: "admin-number-people", query: Some("") },
            Number { value: locked, key: "admin-number-locked", query: Some("?locked=1") },
            Number {
                value: without_second_factor,
                key: "admin-number-without",
                query: Some("?status=active&without=1"),
            },
            Number { value: failed_sign_ins, key: "admin-number-failed", query: None },
        ]
    }
}

impl Page for AdminHomePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Home),
            numbers: AdminNumbers { people: 1284, locked: 3, without_second_factor: 211, failed_sign_ins: 47 },
            applications: Vec::new(),
            certificate_ends: None,
        };
        let alarmed = Self {
            applications: vec![("fravaer".to_owned(), "Fravær".to_owned())],
            certificate_ends: Time::from_timestamp(1_930_000_000, 0),
            ..page.clone()
        };
        vec![("admin-home", page), ("admin-home-alerts", alarmed)]
    }
}
