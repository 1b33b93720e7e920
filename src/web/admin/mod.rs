//! The administration of a tenant, `/admin…`. A handler that takes [`Staff`] runs only for somebody who has signed in
//! as policy demands and has one of the built-in roles now; one that takes [`Administrator`] only for an
//! administrator. The fresh kinds want a sign-in of the last minutes too: for what is dangerous. Whether an act may be
//! done to a certain person is decided by `flow`, in the transaction that does it.

pub mod application;
pub mod applications;
pub mod certificates;
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
use crate::flow::admin::act::Act as Deed;
use crate::flow::admin::rules::{self, Turn};
use crate::view::{AdminMenu, AdminSection, Frame};

use super::pages;
use super::person::{Detour, Fresh, Person};
use super::problem::Problem;
use super::signin::account_info;

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
    fn of(person: Person) -> Result<Self, Detour> {
        let authority = Authority::of(&person.known.user.roles);
        Self { person, authority }.allowed(Act::SeePeople)
    }

    /// Only those who may do this at all.
    pub fn allowed(self, act: Act) -> Result<Self, Detour> {
        self.check(act)?;
        Ok(self)
    }

    /// The same for a handler that goes on with it.
    pub fn check(&self, act: Act) -> Result<(), Problem> {
        if self.authority.may(act, Over::Tenant) { Ok(()) } else { Err(Problem::new(ErrorCode::NotAllowed)) }
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

extractor!(Staff, Person, person => Self::of(person));
extractor!(FreshStaff, Fresh, fresh => Staff::of(fresh.0).map(Self));
extractor!(Administrator, Staff, staff => staff.allowed(Act::ChangeRules).map(Self));
extractor!(FreshAdministrator, FreshStaff, staff => staff.0.allowed(Act::ChangeRules).map(Self));

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
