//! The administration of a tenant, `/admin…`. A handler that takes [`Staff`] runs only for somebody who has signed in
//! as policy demands and has one of the built-in roles now; one that takes [`Administrator`] only for an
//! administrator. The fresh kinds want a sign-in of the last minutes too: for what is dangerous. Whether an act may be
//! done to a certain person is decided by `flow`, in the transaction that does it.

pub mod application;
pub mod applications;
pub mod certificates;
pub mod client_secret;
pub mod clients;
pub mod form;
pub mod home;
pub mod identity_provider;
pub mod identity_providers;
pub mod networks;
pub mod notices;
pub mod policy;
pub mod provider_trial;
pub mod user;
pub mod users;

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::domain::authority::{Act, Authority, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::tenant::TenantSettings;
use crate::domain::user::User;
use crate::flow::admin::act::Act as Deed;
use crate::flow::admin::people;
use crate::flow::admin::rules::{self, Turn};
use crate::view::{AdminMenu, AdminSection, Frame};

use super::pages;
use super::person::{Detour, Fresh, Person};
use super::problem::Problem;
use super::signin::account_info;

/// What the log keeps of the address that somebody was turned away from.
const PAGE: usize = 128;

/// Somebody with a built-in role.
pub struct Staff {
    pub person: Person,
    pub authority: Authority,
}

pub struct Administrator(pub Staff);

/// And the sign-in is a few minutes old at most.
pub struct FreshStaff(pub Staff);

/// And the sign-in is a few minutes old at most.
pub struct FreshAdministrator(pub Staff);

impl Staff {
    async fn of(person: Person) -> Result<Self, Detour> {
        let authority = Authority::of(&person.known.user.roles);
        Self { person, authority }.allowed(Act::SeePeople).await
    }

    /// Only those who may do this at all.
    pub async fn allowed(self, act: Act) -> Result<Self, Detour> {
        if self.authority.may(act, Over::Tenant) { Ok(self) } else { Err(self.refused(act, None).await.into()) }
    }

    /// What somebody is told who reaches too far, whether for a page or for a person. It is remembered.
    pub async fn refused(&self, what: Act, target: Option<User>) -> Problem {
        let act = Deed::of_person(&self.tenant.site, self.known.user.id, &self.browser.origin);
        let store = self.tenant.site.store.clone();
        let below = self.request.path().strip_prefix(&self.tenant.prefix).unwrap_or_default();
        let below: String = below.chars().take(PAGE).collect();
        let remember = move || people::refused_at_the_door(&store, act, (what, below), target);
        match self.app.run(remember).await {
            Ok(Ok(())) => Problem::new(ErrorCode::NotAllowed),
            Ok(Err(fault)) => fault.into(),
            Err(problem) => problem,
        }
    }

    /// Frame and navigation of a page of this part of the administration.
    pub fn frame(&self, section: AdminSection) -> (Frame, AdminMenu) {
        let person = &self.person;
        let menu = AdminMenu {
            section,
            account: account_info(&person.known.user),
            authority: self.authority,
            sign_out_href: person.action("/sign-out"),
        };
        (pages::frame(&person.request, &person.tenant, None), menu)
    }
}

impl Deref for Staff {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.person
    }
}

macro_rules! extractor {
    ($name:ident, $source:ident, $person:ident => $made:expr) => {
        impl FromRequest for $name {
            type Error = Detour;
            type Future = Pin<Box<dyn Future<Output = Result<Self, Detour>>>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let $person = $source::from_request(request, payload);
                Box::pin(async move {
                    let $person = $person.await?;
                    $made
                })
            }
        }
    };
}

extractor!(Staff, Person, person => Self::of(person).await);
extractor!(FreshStaff, Fresh, fresh => Staff::of(fresh.0).await.map(Self));
extractor!(Administrator, Staff, staff => staff.allowed(Act::ChangeRules).await.map(Self));
extractor!(FreshAdministrator, FreshStaff, staff => staff.0.allowed(Act::ChangeRules).await.map(Self));

macro_rules! staff {
    ($($name:ident),*) => {
        $(impl Deref for $name {
            type Target = Staff;
            fn deref(&self) -> &Staff {
                &self.0
            }
        })*
    };
}
staff!(Administrator, FreshStaff, FreshAdministrator);

/// Changes the tenant's rules as this person; whatever is kept in memory of the tenant is read anew.
async fn change_rules(
    staff: &Staff,
    stamp: String,
    edit: impl FnOnce(&mut TenantSettings) + Send + 'static,
) -> Result<Turn, Problem> {
    let (site, host) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host));
    let act = Deed::of_person(&site, staff.known.user.id, &staff.browser.origin);
    let change = move || {
        let turn = rules::change(&site, act, stamp, edit)?;
        if turn == Turn::Saved {
            host.refresh(site.id);
        }
        Ok::<_, crate::store::StoreError>(turn)
    };
    Ok(staff.app.run(change).await??)
}
