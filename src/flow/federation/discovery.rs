//! Home-realm discovery (IN-8): where a sign-in begins. Decided by what the request and the tenant say and by the domain of
//! a name, never by whether there is such an account.

use crate::domain::assurance::Proof;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::IdpId;
use crate::domain::policy::LocalSignIn;

use super::super::Site;
use super::super::browser::SignedIn;
use super::super::interaction::Interaction;
use super::super::resume::{self, Start};

/// What a request tells of where its person comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The application is set up so.
    pub application: Option<IdpId>,
    /// `domain_hint`, `whr`: a domain, or the exact id of a provider.
    pub realm: Option<String>,
    /// `login_hint`: by its domain.
    pub login_hint: Option<String>,
}

impl Home {
    fn of<'a>(&self, site: &'a Site, interaction: &Interaction) -> Option<&'a IdentityProvider> {
        let application = self.application.as_ref().and_then(|id| site.upstream(id)).map(|stored| &stored.provider);
        let realm = || self.realm.as_deref().and_then(|realm| of_realm(site, realm));
        // Somebody who asked for another account is not the one who was hinted at.
        let hint = self.login_hint.as_deref().filter(|_| !interaction.other_account);
        application.or_else(realm).or_else(|| hint.and_then(|hint| site.upstream_of(hint)))
    }
}

fn of_realm<'a>(site: &'a Site, realm: &str) -> Option<&'a IdentityProvider> {
    let mut enabled = site.upstreams.iter().map(|stored| &stored.provider).filter(|provider| provider.enabled);
    let named = enabled.clone().find(|provider| provider.id.as_str() == realm);
    named.or_else(|| enabled.find(|provider| provider.serves(realm)))
}

/// How the sign-in page begins for whoever is asked to sign in.
pub(in crate::flow) fn start(site: &Site, interaction: &Interaction, known: Option<&SignedIn>) -> Start {
    if let Some(provider) = resume::home(site, interaction).of(site, interaction) {
        return Start::Upstream { provider: provider.id.clone(), asked: true };
    }
    match site.settings.policy.sign_in.local {
        LocalSignIn::Everyone => Start::Choice,
        // Whoever signed in here signs in here again.
        LocalSignIn::Administrators if known.is_some_and(|known| !known.session.proofs.contains(&Proof::Upstream)) => {
            Start::Local
        }
        LocalSignIn::Administrators => {
            let mut enabled = site.upstreams.iter().map(|stored| &stored.provider).filter(|one| one.enabled);
            match (enabled.next(), enabled.next()) {
                (Some(only), None) => Start::Upstream { provider: only.id.clone(), asked: false },
                (_, _) => Start::Choice,
            }
        }
    }
}
