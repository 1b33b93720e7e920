//! A logout on its way through a browser, from one application to the next. The session has ended before it begins: what
//! is left is to tell those that were told of it, and to say who listened.

use serde::{Deserialize, Serialize};

use super::Time;
use super::federation::Provenance;
use super::ids::{ClientId, IdpId, LogoutId, SessionId, UserId};
use super::saml::{Binding, Endpoint};
use super::secret::TokenHash;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    pub id: LogoutId,
    pub user: UserId,
    /// Of the browser it belongs to; none until that browser first comes with its cookies.
    pub binding: Option<TokenHash>,
    pub asker: Asker,
    pub parties: Vec<Party>,
    /// Where the person had signed in, if elsewhere.
    pub upstream: Option<Upstream>,
    pub created_at: Time,
    pub expires_at: Time,
}

/// The identity provider that the session came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    pub from: Rested,
    pub state: UpstreamState,
    /// `ID` of our request to it, where it speaks SAML.
    pub request: Option<String>,
}

/// A session and the sign-in it rested on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rested {
    pub session: SessionId,
    pub on: Provenance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamState {
    /// The person stays signed in there, unless they say otherwise on the last page.
    Offered,
    /// The browser goes there when everybody else has been told.
    Waiting,
    /// It has been sent there.
    Told,
    /// It came back.
    Answered,
    /// It could not be sent there, or came back with a refusal.
    Failed,
}

impl UpstreamState {
    pub const ALL: [Self; 5] = [Self::Offered, Self::Waiting, Self::Told, Self::Answered, Self::Failed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Waiting => "waiting",
            Self::Told => "told",
            Self::Answered => "answered",
            Self::Failed => "failed",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Who wanted it, and where the browser goes in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Asker {
    /// The person, here.
    Person,
    /// An application, with a registered address to go back to if it named one.
    Application { application: ClientId, return_to: Option<String> },
    /// A service provider that waits for an answer.
    ServiceProvider {
        application: ClientId,
        /// `ID` of its request.
        request: String,
        relay_state: Option<String>,
        binding: Binding,
        /// Registered for answers.
        location: Endpoint,
    },
    /// An identity provider that speaks SAML and waits for an answer.
    Upstream {
        provider: IdpId,
        /// `ID` of its request.
        request: String,
        relay_state: Option<String>,
    },
}

impl Asker {
    /// It signs the person out by itself and need not be told.
    pub fn application(&self) -> Option<&ClientId> {
        match self {
            Self::Person | Self::Upstream { .. } => None,
            Self::Application { application, .. } | Self::ServiceProvider { application, .. } => Some(application),
        }
    }
}

/// How an application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// From server to server, by a notice.
    Oidc,
    /// Through the browser, which brings its answer back.
    Saml,
    /// Through the browser, by a picture on the last page; it does not answer.
    Wsfed,
}

impl Channel {
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Saml => "saml",
            Self::Wsfed => "wsfed",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Oidc, Self::Saml, Self::Wsfed].into_iter().find(|channel| channel.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyState {
    Waiting,
    /// The browser was sent there, or the notice is in the outbox.
    Told,
    /// It says that it has signed the person out.
    Answered,
    /// It says that it has not.
    Refused,
    /// The browser came back without its answer.
    Silent,
    /// What came back was not to be believed, or it could not be written to.
    Failed,
    /// It has no address for this, or another browser would be needed.
    Unable,
}

impl PartyState {
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Told, Self::Answered, Self::Refused, Self::Silent, Self::Failed, Self::Unable];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Told => "told",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Silent => "silent",
            Self::Failed => "failed",
            Self::Unable => "unable",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it is known, or must be feared, that the person is still signed in there.
    pub fn is_lost(self) -> bool {
        match self {
            Self::Refused | Self::Silent | Self::Failed | Self::Unable => true,
            Self::Waiting | Self::Told | Self::Answered => false,
        }
    }
}

/// An application that was told of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub application: ClientId,
    pub session: SessionId,
    pub channel: Channel,
    /// As it was told; empty where it was told otherwise than by an assertion.
    pub name_id: String,
    pub name_id_format: String,
    pub session_index: String,
    pub state: PartyState,
    /// `ID` of our request to it.
    pub request: Option<String>,
}

/// What the browser does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes to this party.
    Tell(usize),
    /// It has been sent somewhere, and the answer is not here.
    Await,
    /// It goes to the identity provider that the session came from.
    Upstream,
    /// Nobody is left to go to.
    Finish,
}

impl Logout {
    pub fn step(&self) -> Step {
        let saml = || self.parties.iter().enumerate().filter(|(_, party)| party.channel == Channel::Saml);
        if saml().any(|(_, party)| party.state == PartyState::Told) {
            return Step::Await;
        }
        let next = saml().find(|(_, party)| party.state == PartyState::Waiting);
        match next {
            Some((position, _)) => Step::Tell(position),
            None if self.upstream_state() == Some(UpstreamState::Waiting) => Step::Upstream,
            None => Step::Finish,
        }
    }

    pub fn upstream_state(&self) -> Option<UpstreamState> {
        self.upstream.as_ref().map(|upstream| upstream.state)
    }

    /// Whether everybody was reached.
    pub fn is_whole(&self) -> bool {
        let upstream = self.upstream_state() == Some(UpstreamState::Failed);
        !upstream && !self.parties.iter().any(|party| party.state.is_lost())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logout(parties: &[(Channel, PartyState)]) -> Logout {
        let party = |(channel, state): &(Channel, PartyState)| Party {
            application: ClientId::parse("sp").unwrap(),
            session: SessionId::from_uuid(uuid::Uuid::nil()),
            channel: *channel,
            name_id: String::new(),
            name_id_format: String::new(),
            session_index: String::new(),
            state: *state,
            request: None,
        };
        Logout {
            id: LogoutId::from_uuid(uuid::Uuid::nil()),
            user: UserId::from_uuid(uuid::Uuid::nil()),
            binding: None,
            asker: Asker::Person,
            parties: parties.iter().map(party).collect(),
            upstream: None,
            created_at: Time::UNIX_EPOCH,
            expires_at: Time::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_browser_goes_from_one_to_the_next_and_waits_for_each() {
        use Channel::{Oidc, Saml, Wsfed};
        use PartyState::{Answered, Failed, Refused, Silent, Told, Unable, Waiting};
        for (parties, step) in [
            (&[][..], Step::Finish),
            (&[(Oidc, Told), (Wsfed, Waiting)], Step::Finish),
            (&[(Oidc, Told), (Saml, Waiting), (Saml, Waiting)], Step::Tell(1)),
            (&[(Saml, Told), (Saml, Waiting)], Step::Await),
            (&[(Saml, Answered), (Saml, Waiting)], Step::Tell(1)),
            (&[(Saml, Silent), (Saml, Refused), (Saml, Failed), (Saml, Unable)], Step::Finish),
        ] {
            assert_eq!(logout(parties).step(), step, "{parties:?}");
        }
    }

    #[test]
    fn the_identity_provider_is_last_and_only_where_it_waits() {
        use Channel::Saml;
        use PartyState::{Answered, Told, Waiting};
        let from = Rested {
            session: SessionId::from_uuid(uuid::Uuid::nil()),
            on: Provenance {
                provider: crate::domain::ids::IdpId::parse("up").unwrap(),
                issuer: "https://idp.example".to_owned(),
                name: "sub-1".to_owned(),
                index: None,
                format: None,
                qualifier: None,
                sealed_hint: None,
                chain: crate::domain::federation::Chain::default(),
                until: None,
            },
        };
        for (party, state, step) in [
            (Waiting, UpstreamState::Waiting, Step::Tell(0)),
            (Told, UpstreamState::Waiting, Step::Await),
            (Answered, UpstreamState::Waiting, Step::Upstream),
            (Answered, UpstreamState::Offered, Step::Finish),
            (Answered, UpstreamState::Told, Step::Finish),
            (Answered, UpstreamState::Answered, Step::Finish),
            (Answered, UpstreamState::Failed, Step::Finish),
        ] {
            let mut logout = logout(&[(Saml, party)]);
            logout.upstream = Some(Upstream { from: from.clone(), state, request: None });
            assert_eq!(logout.step(), step, "{state:?}");
            assert_eq!(logout.is_whole(), state != UpstreamState::Failed, "{state:?}");
            assert_eq!(UpstreamState::parse(state.name()), Some(state));
        }
    }

    #[test]
    fn a_logout_is_whole_when_nobody_is_left_signed_in_for_all_we_know() {
        for state in PartyState::ALL {
            let whole = matches!(state, PartyState::Waiting | PartyState::Told | PartyState::Answered);
            let logout = logout(&[(Channel::Saml, PartyState::Answered), (Channel::Saml, state)]);
            assert_eq!(logout.is_whole(), whole, "{state:?}");
            assert_eq!(PartyState::parse(state.name()), Some(state));
        }
    }
}
