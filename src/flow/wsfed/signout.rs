//! `wsignout1.0` and `wsignoutcleanup1.0`. Nothing in them proves that the person wants it, so the person is asked:
//! nobody is signed out by somebody else's link or image.

use crate::domain::application::Application;
use crate::domain::ids::LogoutId;
use crate::domain::language::Language;
use crate::domain::logout::Asker;
use crate::domain::saml::Endpoint;
use crate::domain::wsfed::RelyingParty;
use crate::flow::Site;
use crate::flow::account::{sign_out, who};
use crate::flow::browser::{Browser, SignedIn};
use crate::flow::logout::oidc::Return;
use crate::flow::logout::{Told, begin, concerned};
use crate::protocol::wsfed::request::SignOutRequest;
use crate::store::StoreError;

/// Whether others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// `wsignout1.0`: everybody who was told of the session.
    Everywhere,
    /// `wsignoutcleanup1.0`: whoever asks has told the others (§13.2.4).
    HereAlone,
}

#[derive(Debug)]
pub enum Turn {
    Confirm {
        /// Those that are signed out too.
        applications: Vec<String>,
        /// Where the browser may be led before it comes back.
        addresses: Vec<String>,
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

/// `confirmed`: the person has pressed the button on our own page.
pub fn run(
    site: &Site,
    browser: &Browser,
    request: &SignOutRequest,
    (reach, confirmed): (Reach, bool),
) -> Result<Turn, StoreError> {
    let address = address(site, request);
    let return_to = address
        .map(|(application, endpoint)| Return { name: application.name.clone(), url: endpoint.as_str().to_owned() });
    let Some(known) = who(site, browser)? else {
        return Ok(Turn::Done { return_to, told: Vec::new(), language: None });
    };
    let language = known.user.locale;
    let named = request.realm.as_ref().and_then(|realm| site.relying_party(realm)).map(AsRef::as_ref);
    let asking = named.or(address.map(|(application, _)| application));
    if !confirmed {
        return confirmation(site, &known, asking, (reach, return_to));
    }
    if reach == Reach::HereAlone {
        sign_out(site, browser)?;
        return Ok(Turn::Done { return_to, told: Vec::new(), language });
    }
    let asker = match asking {
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

fn confirmation(
    site: &Site,
    known: &SignedIn,
    asking: Option<&Application<RelyingParty>>,
    (reach, return_to): (Reach, Option<Return>),
) -> Result<Turn, StoreError> {
    let (mut applications, mut addresses) = match reach {
        Reach::Everywhere => concerned(site, known)?,
        Reach::HereAlone => Default::default(),
    };
    if let Some(asking) = asking.filter(|asking| !applications.contains(&asking.name)) {
        applications.insert(0, asking.name.clone());
    }
    addresses.extend(return_to.map(|back| back.url));
    Ok(Turn::Confirm { applications, addresses, language: known.user.locale })
}

/// Exactly a registered address of an application that is switched on, or none.
fn address<'a>(site: &'a Site, request: &SignOutRequest) -> Option<(&'a Application<RelyingParty>, &'a Endpoint)> {
    let parties = site.applications.relying_parties().filter(|application| application.enabled);
    let mut addresses =
        parties.filter_map(|application| Some((application.as_ref(), request.address(&application.protocol)?)));
    addresses.next()
}
