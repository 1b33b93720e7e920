//! The parsers of what strangers and administrators write, by themselves: they never panic, and what they let through
//! means the same however often it is written out and read again.

use proptest::prelude::*;

use portner::domain::application::RedirectUri;
use portner::domain::ids::{ClientId, Slug};
use portner::domain::language::{Language, LanguageWishes, choose};
use portner::domain::oauth::{CodeChallenge, Scopes};
use portner::domain::quantity::{Network, Rate, parse_duration, write_duration};
use portner::domain::secret::{PlainToken, TokenKind};
use portner::domain::user::{EmailAddress, Role, Username, fold};
use portner::protocol::base::Base;

/// Anything at all, and what is nearly right.
fn text() -> impl Strategy<Value = String> {
    let near = "(https?|HTTPS|app\\.x|javascript)?(:|//)?[a-zæøåÅ0-9@.:/?#%&=\\[\\]_~ -]{0,40}";
    prop_oneof![".{0,60}", near, "[0-9]{0,30}[wdhms/]{0,3}[0-9]{0,25}[wdhms]?", "(pt[a-z]_)?[A-Za-z0-9_-]{40,46}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_mean_the_same_when_they_are_read_again(text in text()) {
        if let Ok(name) = Username::parse(&text) {
            prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()));
            prop_assert_eq!(fold(&name.key()), name.key(), "a key is its own key");
        }
        if let Ok(address) = EmailAddress::parse(&text) {
            prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()));
            prop_assert_eq!(fold(&address.key()), address.key());
        }
        if let Ok(slug) = Slug::parse(&text) {
            prop_assert_eq!(slug.as_str(), &text, "nothing is corrected in a path");
        }
        if let Ok(client) = ClientId::parse(&text) {
            prop_assert_eq!(client.as_str(), &text);
        }
        if let Ok(role) = Role::parse(&text) {
            prop_assert_eq!(role.as_str(), &text);
        }
        if let Ok(scopes) = Scopes::parse(&text) {
            prop_assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
        }
        if let Some(challenge) = CodeChallenge::parse(&text) {
            prop_assert_eq!(challenge.as_str(), &text);
        }
    }

    #[test]
    fn tokens_are_taken_for_one_purpose_at_most(text in text()) {
        let kinds = [TokenKind::Session, TokenKind::Browser, TokenKind::Device, TokenKind::Code, TokenKind::Refresh];
        let taken = kinds.into_iter().filter(|kind| PlainToken::parse(*kind, &text).is_some()).count();
        prop_assert!(taken <= 1);
    }

    #[test]
    fn quantities_mean_the_same_when_they_are_read_again(text in text()) {
        if let Ok(duration) = parse_duration(&text) {
            prop_assert_eq!(parse_duration(&write_duration(duration)), Ok(duration));
        }
        drop(Rate::parse(&text));
        if let Ok(network) = Network::parse(&text) {
            prop_assert!(network.contains(network.address));
        }
    }

    #[test]
    fn a_registered_address_accepts_itself_and_nothing_of_another_host(text in text(), asked in text()) {
        let Ok(registered) = RedirectUri::parse(&text) else { return Ok(()) };
        prop_assert!(registered.accepts(&text));
        for asked in [asked.clone(), format!("{text}{asked}"), format!("{text}.evil.example"), format!("{text}@evil.example")] {
            if registered.accepts(&asked) {
                let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
                prop_assert_eq!(host(&asked), host(&text), "{} accepts {}", text, asked);
            }
        }
    }

    #[test]
    fn a_loopback_address_accepts_ports_and_nothing_else(port in any::<u16>(), tail in "[a-z0-9@:./?#-]{0,12}") {
        for host in ["127.0.0.1", "[::1]"] {
            let registered = RedirectUri::parse(&format!("http://{host}/cb")).unwrap();
            let with_port = format!("http://{host}:{port}/cb");
            prop_assert!(registered.accepts(&with_port));
            let asked = format!("http://{host}:{port}{tail}");
            prop_assert_eq!(registered.accepts(&asked), tail == "/cb", "{}", asked);
        }
    }

    #[test]
    fn a_base_is_an_issuer_and_stays_one(text in text()) {
        if let Ok(base) = Base::parse(&text) {
            prop_assert!(!base.issuer().ends_with('/'));
            prop_assert!(!base.issuer().contains(['?', '#']));
            prop_assert_eq!(Base::parse(base.issuer()), Ok(base));
        }
    }

    #[test]
    fn whatever_a_browser_asks_for_it_gets_a_language_that_is_offered(
        header in "([a-zA-Z*-]{0,8}(;q=[0-9.]{0,8})?[, ]{0,2}){0,40}",
        wish in ".{0,40}",
        offered in proptest::sample::subsequence(Language::ALL.to_vec(), 1..=4),
    ) {
        let wishes = LanguageWishes { chosen: None, ui_locales: Some(&wish), accept_language: Some(&header) };
        prop_assert!(offered.contains(&choose(&offered, wishes)));
    }
}
