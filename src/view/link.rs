//! Where mailed links end: a button that confirms an address, and what became of it.

use askama::Template;

use super::{Frame, Page, write};
use crate::domain::language::Language;

/// Posts `csrf` and `token`.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_address.html")]
pub struct ConfirmAddressPage {
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub token: String,
    pub address: String,
    pub username: String,
    /// The form was open too long.
    pub is_stale: bool,
}

impl ConfirmAddressPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("confirm-address-title"), self.is_stale)
    }
}

impl Page for ConfirmAddressPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let plain = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/account/email/confirm".to_owned(),
            csrf: "sample-csrf".to_owned(),
            token: "ptl_sample".to_owned(),
            address: "mette.ny@fjordby.example".to_owned(),
            username: "mette".to_owned(),
            is_stale: false,
        };
        vec![("confirm-address", plain.clone()), ("confirm-address-stale", Self { is_stale: true, ..plain })]
    }
}

/// The end of a way: done, or the link opens nothing any more.
#[derive(Clone, Debug, Template)]
#[template(path = "link_end.html")]
pub struct LinkEndPage {
    pub frame: Frame,
    pub state: LinkEndState,
    /// Where to go from here.
    pub href: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEndState {
    PasswordSet,
    AddressConfirmed,
    /// Ask for another link.
    ResetShut,
    /// Ask whoever sent it.
    InvitationShut,
    AddressShut,
}

impl LinkEndState {
    /// Texts: title, explanation, button.
    fn keys(self) -> [&'static str; 3] {
        match self {
            Self::PasswordSet => ["password-set-title", "password-set-text", "link-sign-in"],
            Self::AddressConfirmed => ["address-confirmed-title", "address-confirmed-text", "link-go-on"],
            Self::ResetShut => ["link-shut-title", "link-shut-reset", "link-another"],
            Self::InvitationShut => ["link-shut-title", "link-shut-invitation", "link-sign-in"],
            Self::AddressShut => ["link-shut-title", "link-shut-address", "link-go-on"],
        }
    }
    fn is_good(self) -> bool {
        matches!(self, Self::PasswordSet | Self::AddressConfirmed)
    }
}

impl LinkEndPage {
    fn heading(&self) -> String {
        let [title, _, _] = self.state.keys();
        self.frame.text(title)
    }
    fn text(&self) -> String {
        let [_, text, _] = self.state.keys();
        self.frame.text(text)
    }
    fn button(&self) -> String {
        let [_, _, button] = self.state.keys();
        self.frame.text(button)
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), !self.state.is_good())
    }
}

impl Page for LinkEndPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let with = |state| Self { frame: Frame::sample(language), state, href: "/t/fjordby/sign-in".to_owned() };
        vec![
            ("password-set", with(LinkEndState::PasswordSet)),
            ("address-confirmed", with(LinkEndState::AddressConfirmed)),
            ("link-shut-reset", with(LinkEndState::ResetShut)),
            ("link-shut-invitation", with(LinkEndState::InvitationShut)),
            ("link-shut-address", with(LinkEndState::AddressShut)),
        ]
    }
}
