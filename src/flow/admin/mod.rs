//! Administration: what the command line asks for, done in one place whether or not a server runs.
//!
//! A `Command` is data: the command line executes it on the stores itself, or sends it to the running server
//! through the socket in the data directory, which executes the same function. Every change is written
//! together with its audit event.

pub mod act;
pub mod answer;
pub mod applications;
pub mod apply;
pub mod audit;
pub mod certificates;
pub mod client_registration;
pub mod declared;
pub mod demo;
pub(super) mod difference;
pub mod error;
mod fitness;
pub mod identity_providers;
pub mod keys;
pub mod mail;
pub mod notices;
pub mod operator;
pub mod people;
pub mod provider_registration;
pub mod registered;
pub mod registration;
pub mod rules;
pub mod tenants;
#[cfg(test)]
pub(super) mod tests;
pub mod users;

use serde::{Deserialize, Serialize};

use crate::domain::audit::Origin;
use crate::domain::authority::Deed;
use crate::domain::ids::{ClientId, IdpId, MailId, NoticeId, Slug};
use crate::domain::language::Language;
use crate::domain::signing::{KeyType, KeyUse};
use crate::domain::tenant::Tenant;
use crate::store::Store;

use super::Host;
pub use answer::Answer;
use declared::SecretText;
pub use error::{AdminError, Refusal, RefusalKind};

/// What the command line can ask for.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// The documents, with the content of the files they name in place.
    Apply {
        documents: Vec<serde_json::Value>,
        dry_run: bool,
    },
    TenantList,
    TenantCreate {
        slug: Slug,
        name: Option<String>,
        languages: Vec<Language>,
        hosts: Vec<String>,
    },
    TenantShow {
        tenant: Slug,
    },
    UserList {
        tenant: Slug,
        after: Option<String>,
        limit: u32,
    },
    UserCreate {
        tenant: Slug,
        user: NewUser,
    },
    UserShow {
        tenant: Slug,
        user: String,
    },
    UserUnlock {
        tenant: Slug,
        user: String,
    },
    /// Mails a link; nobody but the person chooses the password.
    UserResetPassword {
        tenant: Slug,
        user: String,
    },
    MailList {
        tenant: Slug,
    },
    MailRetry {
        tenant: Slug,
        mail: MailId,
    },
    NoticeList {
        tenant: Slug,
    },
    NoticeRetry {
        tenant: Slug,
        notice: NoticeId,
    },
    UserDo {
        tenant: Slug,
        user: String,
        deed: Deed,
    },
    /// A link for an administrator who is locked out; who, if there are several.
    AdminRecover {
        tenant: Slug,
        user: Option<String>,
    },
    ApplicationList {
        tenant: Slug,
    },
    ApplicationShow {
        tenant: Slug,
        application: ClientId,
    },
    IdentityProviderList {
        tenant: Slug,
    },
    IdentityProviderShow {
        tenant: Slug,
        provider: IdpId,
    },
    IdentityProviderSwitch {
        tenant: Slug,
        provider: IdpId,
        enabled: bool,
    },
    KeyList {
        tenant: Slug,
    },
    KeyRotate {
        tenant: Slug,
        usage: KeyUse,
        kind: Option<KeyType>,
        haste: certificates::Haste,
    },
    AuditList {
        tenant: Slug,
        query: audit::Query,
    },
    AuditVerify {
        tenant: Slug,
    },
}

/// A person to create.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewUser {
    pub username: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub locale: Option<String>,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    #[serde(serialize_with = "declared::secret_to_socket")]
    pub password: Option<SecretText>,
}

/// Does what is asked. `origin` says where from; the actor is always the operator.
pub fn execute(host: &Host, command: Command, origin: &Origin) -> Result<Answer, AdminError> {
    match command {
        Command::Apply { documents, dry_run } => {
            apply::apply_documents(host, documents, dry_run, origin).map(Answer::Applied)
        }
        Command::TenantList => tenants::list(host).map(Answer::Tenants),
        Command::TenantCreate { slug, name, languages, hosts } => {
            let new = tenants::NewTenant { slug, name, languages, hosts, playground: false };
            let (tenant, _) = tenants::create(host, new, origin)?;
            tenants::show(host, &tenant.slug).map(|detail| Answer::Tenant(Box::new(detail)))
        }
        Command::TenantShow { tenant } => tenants::show(host, &tenant).map(|detail| Answer::Tenant(Box::new(detail))),
        Command::UserList { tenant, after, limit } => {
            users::list(host, &tenant, after.as_deref(), limit).map(Answer::Users)
        }
        Command::UserCreate { tenant, user } => {
            users::create(host, &tenant, user, origin).map(|detail| Answer::User(Box::new(detail)))
        }
        Command::UserShow { tenant, user } => {
            users::show(host, &tenant, &user).map(|detail| Answer::User(Box::new(detail)))
        }
        Command::UserUnlock { tenant, user } => {
            let what = (user.as_str(), Deed::Unlock);
            operator::perform(host, &tenant, what, origin).map(|detail| Answer::User(Box::new(detail)))
        }
        Command::UserDo { tenant, user, deed } => {
            let what = (user.as_str(), deed);
            operator::perform(host, &tenant, what, origin).map(|detail| Answer::User(Box::new(detail)))
        }
        Command::AdminRecover { tenant, user } => {
            operator::recover(host, &tenant, user.as_deref(), origin).map(|link| Answer::Link(Box::new(link)))
        }
        Command::UserResetPassword { tenant, user } => {
            mail::reset_password(host, &tenant, &user, origin).map(|detail| Answer::User(Box::new(detail)))
        }
        Command::MailList { tenant } => mail::list(host, &tenant).map(Answer::Mails),
        Command::MailRetry { tenant, mail } => mail::retry(host, &tenant, mail, origin).map(Answer::Mails),
        Command::NoticeList { tenant } => notices::list(host, &tenant).map(Answer::Notices),
        Command::NoticeRetry { tenant, notice } => notices::retry(host, &tenant, notice, origin).map(Answer::Notices),
        Command::ApplicationList { tenant } => applications::list(host, &tenant).map(Answer::Applications),
        Command::ApplicationShow { tenant, application } => {
            applications::show(host, &tenant, &application).map(|detail| Answer::Application(Box::new(detail)))
        }
        Command::IdentityProviderList { tenant } => {
            identity_providers::list(host, &tenant).map(Answer::IdentityProviders)
        }
        Command::IdentityProviderShow { tenant, provider } => {
            let shown = identity_providers::show(host, &tenant, &provider)?;
            Ok(Answer::IdentityProvider(Box::new(shown)))
        }
        Command::IdentityProviderSwitch { tenant, provider, enabled } => {
            let shown = identity_providers::switch(host, &tenant, (provider, enabled), origin)?;
            Ok(Answer::IdentityProvider(Box::new(shown)))
        }
        Command::KeyList { tenant } => keys::list(host, &tenant).map(Answer::Keys),
        Command::KeyRotate { tenant, usage, kind, haste } => {
            keys::rotate_by_operator(host, &tenant, (usage, kind, haste), origin).map(Answer::Keys)
        }
        Command::AuditList { tenant, query } => audit::list(host, &tenant, &query, origin).map(Answer::Events),
        Command::AuditVerify { tenant } => audit::verify(host, &tenant).map(Answer::Verified),
    }
}

/// The tenant's store, or the refusal that says there is none.
fn open(host: &Host, slug: &Slug) -> Result<(Tenant, Store), AdminError> {
    host.store_of(slug)?.ok_or_else(|| AdminError::not_found("tenant", slug))
}
