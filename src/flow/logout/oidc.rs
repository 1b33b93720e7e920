//! OpenID Connect RP-Initiated Logout: who asks, whether the person must be asked first, where to go afterwards.

use crate::domain::application::Client;
use crate::domain::fault::ErrorCode;
use crate::domain::ids::LogoutId;
use crate::domain::language::Language;
use crate::domain::logout::Asker;
use crate::flow::Site;
use crate::flow::account::who;
use crate::flow::browser::Browser;
use crate::flow::hint;
use crate::protocol::oidc::logout::{LogoutError, LogoutRequest};
use crate::store::StoreError;

use super::{Told, begin, concerned};

#[derive(Debug)]
pub enum Turn {
    /// Ask: nobody is signed out by somebody else's link (RFC-initiated logout without proof).
    Confirm {
        /// Those that are signed out too.
        applications: Vec<String>,
        /// Where the browser may be led before it comes back.
        addresses: Vec<String>,
        ui_locales: Option<String>,
        language: Option<Language>,
    },
    /// Signed out here; the browser is to go on to others.
    Onward(LogoutId),
    /// Signed out, or nobody was signed in.
    Done {
        return_to: Option<Return>,
        told: Vec<Told>,
        /// Of the person who was signed in.
        language: Option<Language>,
    },
}

/// A registered address of the application that asked.
#[derive(Debug)]
pub struct Return {
    pub name: String,
    pub url: String,
}

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Refused(#[from] LogoutError),
    #[error("id_token_hint is not an ID token of this issuer")]
    Hint,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault {
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code()),
            Self::Hint => Some(ErrorCode::SignOutUnverified),
            Self::Store(_) => None,
        }
    }
}

/// `confirmed`: the person has pressed the button on our own page.
pub fn run(site: &Site, browser: &Browser, request: &LogoutRequest, confirmed: bool) -> Result<Turn, Fault> {
    let hint = match &request.id_token_hint {
        Some(token) => Some(hint::read(site, token).ok_or(Fault::Hint)?),
        None => None,
    };
    let client = request.client(hint.as_ref())?;
    let application: Option<&Client> = client.and_then(|id| site.applications.clients().find(|one| one.id == *id));
    // §3 forbids the way back to whom it does not lead, not the logout: nobody stays signed in because the application
    // that asks was switched off.
    let address = match application {
        Some(off) if !off.enabled => None,
        Some(_) | None => request.address(application)?,
    };
    let signed_in = who(site, browser)?;
    let proven = match (&signed_in, &hint) {
        (None, _) => true,
        // The hint is about this very session, or at least this very person.
        (Some(known), Some(hint)) => {
            hint.user == known.user.id && hint.session.is_none_or(|session| session == known.session.id)
        }
        (Some(_), None) => false,
    };
    let language = signed_in.as_ref().and_then(|known| known.user.locale);
    if !proven && !confirmed {
        let (mut applications, addresses) = match &signed_in {
            Some(known) => concerned(site, known)?,
            None => Default::default(),
        };
        if let Some(asking) = application.filter(|asking| !applications.contains(&asking.name)) {
            applications.insert(0, asking.name.clone());
        }
        return Ok(Turn::Confirm { applications, addresses, ui_locales: request.ui_locales.clone(), language });
    }
    let named = address.zip(application);
    let return_to =
        named.map(|(address, application)| Return { name: application.name.clone(), url: address.url().to_owned() });
    let Some(known) = signed_in else { return Ok(Turn::Done { return_to, told: Vec::new(), language }) };
    let asker = match application {
        None => Asker::Person,
        Some(application) => Asker::Application {
            application: application.id.clone(),
            return_to: return_to.as_ref().map(|back| back.url.clone()),
        },
    };
    Ok(match begin(site, browser, &known, asker)? {
        (Some(logout), _) => Turn::Onward(logout),
        (None, told) => Turn::Done { return_to, told, language },
    })
}
