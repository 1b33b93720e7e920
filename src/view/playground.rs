//! The developer's pages: a sign-in as an application sees it, step by step, by each protocol.

use askama::Template;

use super::{Frame, Page, write};
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "playground.html")]
pub struct PlaygroundPage {
    pub frame: Frame,
    pub protocol: PlaygroundProtocol,
    pub sections: Vec<PlaygroundSection>,
    pub actions: Vec<PlaygroundAction>,
    /// What failed, as the protocol says it.
    pub error: Option<String>,
}

/// What the test application speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaygroundProtocol {
    Oidc,
    Saml,
}

impl PlaygroundProtocol {
    const ALL: [Self; 2] = [Self::Oidc, Self::Saml];

    /// The same in every language.
    fn name(self) -> &'static str {
        match self {
            Self::Oidc => "OpenID Connect",
            Self::Saml => "SAML 2.0",
        }
    }
    fn path(self) -> &'static str {
        match self {
            Self::Oidc => "/playground",
            Self::Saml => "/playground/saml",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaygroundSection {
    pub title: PlaygroundTitle,
    /// Whether a check passed; `None` where nothing is checked.
    pub ok: Option<bool>,
    /// Names and values of the protocol, shown as they are.
    pub rows: Vec<(String, String)>,
    /// Pretty-printed JSON or XML.
    pub code: Option<String>,
}

/// With `csrf` it is a POST that carries it as `csrf`, without one a plain link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaygroundAction {
    pub verb: PlaygroundVerb,
    pub href: String,
    pub csrf: Option<String>,
    pub primary: bool,
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $key:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($variant),* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub(super) fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),* }
            }
        }
    };
}

named! {
    /// What a section shows.
    PlaygroundTitle {
        Application = "playground-application",
        Discovery = "playground-discovery",
        Request = "playground-request",
        Callback = "playground-callback",
        TokenResponse = "playground-token-response",
        IdToken = "playground-id-token",
        AccessToken = "playground-access-token",
        Signature = "playground-signature",
        UserInfo = "playground-userinfo",
        Introspection = "playground-introspection",
        Refresh = "playground-refresh",
        AuthnRequest = "playground-authn-request",
        SamlResponse = "playground-saml-response",
        SamlChecks = "playground-saml-checks",
        SecondOpinion = "playground-second-opinion",
        Attributes = "playground-attributes",
        LogoutRequest = "playground-logout-request",
        SignOut = "playground-sign-out",
    }
}

named! {
    /// What a developer can do next.
    PlaygroundVerb {
        SignIn = "playground-do-sign-in",
        SignInAgain = "playground-do-sign-in-again",
        SignInSilently = "playground-do-sign-in-silently",
        ChooseAccount = "playground-do-choose-account",
        AskConsent = "playground-do-ask-consent",
        RequireSecondFactor = "playground-do-second-factor",
        UserInfo = "playground-do-userinfo",
        Introspect = "playground-do-introspect",
        Refresh = "playground-do-refresh",
        Revoke = "playground-do-revoke",
        SignOut = "playground-do-sign-out",
        StartOver = "playground-do-start-over",
    }
}

impl PlaygroundAction {
    fn weight(&self) -> &'static str {
        if self.primary { "primary" } else { "quiet" }
    }
}

impl PlaygroundPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("playground-title"), self.error.is_some())
    }
    fn intro(&self) -> String {
        self.frame.text_with("playground-text", "protocol", self.protocol.name())
    }
    fn sample(language: Language) -> Self {
        let action = |verb, primary: bool| PlaygroundAction {
            verb,
            href: "/t/fjordby/playground/start".to_owned(),
            csrf: primary.then(|| "sample-csrf".to_owned()),
            primary,
        };
        let mut actions = vec![action(PlaygroundVerb::SignIn, true)];
        actions.extend(PlaygroundVerb::ALL.iter().skip(1).map(|verb| action(*verb, false)));
        let protocol = PlaygroundProtocol::Oidc;
        Self { frame: Frame::sample(language), protocol, sections: Vec::new(), actions, error: None }
    }
    fn sample_sections() -> Vec<PlaygroundSection> {
        let rows = vec![
            ("client_id".to_owned(), "playground".to_owned()),
            ("redirect_uri".to_owned(), "https://login.example/t/fjordby/playground/callback".to_owned()),
            ("code_challenge".to_owned(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
        ];
        let code = "{\n  \"iss\": \"https://login.example/t/fjordby\",\n  \"sub\": \"019826c4-6f0e-7d31-9c5b-0a4f53b7d1aa\",\n  \"aud\": \"playground\"\n}";
        PlaygroundTitle::ALL
            .iter()
            .map(|title| PlaygroundSection {
                title: *title,
                ok: match title {
                    PlaygroundTitle::Signature | PlaygroundTitle::Callback | PlaygroundTitle::SecondOpinion => {
                        Some(true)
                    }
                    PlaygroundTitle::Refresh | PlaygroundTitle::SamlChecks => Some(false),
                    PlaygroundTitle::Application
                    | PlaygroundTitle::Discovery
                    | PlaygroundTitle::Request
                    | PlaygroundTitle::TokenResponse
                    | PlaygroundTitle::IdToken
                    | PlaygroundTitle::AccessToken
                    | PlaygroundTitle::UserInfo
                    | PlaygroundTitle::Introspection
                    | PlaygroundTitle::AuthnRequest
                    | PlaygroundTitle::SamlResponse
                    | PlaygroundTitle::Attributes
                    | PlaygroundTitle::LogoutRequest
                    | PlaygroundTitle::SignOut => None,
                },
                rows: rows.clone(),
                code: Some(code.to_owned()),
            })
            .collect()
    }
}

impl Page for PlaygroundPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self::sample(language);
        let error = Some("invalid_grant: PRT-1202: the code has been used".to_owned());
        let failed = Self { error, ..page.clone() };
        let done = Self { sections: Self::sample_sections(), ..page.clone() };
        let saml = Self { protocol: PlaygroundProtocol::Saml, ..done.clone() };
        vec![("playground", page), ("playground-done", done), ("playground-failed", failed), ("playground-saml", saml)]
    }
}
