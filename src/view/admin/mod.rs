//! The administration of a tenant: what its own administrators, helpdesk and auditors see.

mod application;
mod application_form;
mod application_text;
mod applications;
mod certificates;
mod client_form;
mod client_secret;
mod confirm;
mod form;
mod frame;
mod home;
mod networks;
mod notices;
mod policy;
mod policy_confirm;
mod provider;
mod provider_form;
mod provider_trial;
mod providers;
mod user;
mod users;

pub use application::{AdminApplicationPage, AdminClient, ApplicationNotice};
pub use application_form::AdminApplicationFormPage;
pub use applications::{AdminApplicationNewPage, AdminApplicationRow, AdminApplicationsPage, AdminProtocol};
pub use certificates::{CertificateGroup, CertificateLine, CertificateReader, CertificatesNotice, CertificatesPage};
pub use client_form::{AdminClientFormPage, AdminClientKindsPage};
pub use client_secret::{AdminClientNewSecretPage, AdminClientSecretPage};
pub use confirm::AdminConfirmPage;
pub use form::AdminFormPage;
pub use frame::{AdminMenu, AdminSection};
pub use home::{AdminHomePage, AdminNumbers};
pub use networks::{NetworksNotice, NetworksPage};
pub use notices::{NoticeDraft, NoticesNotice, NoticesPage};
pub use policy::{PolicyNotice, PolicyPage, TriedPassword};
pub use policy_confirm::PolicyConfirmPage;
pub use provider::AdminProviderPage;
pub use provider_form::AdminProviderFormPage;
pub use provider_trial::{AdminProviderTrialPage, TrialStage};
pub use providers::{
    AdminProviderDeletePage, AdminProviderKindsPage, AdminProviderRow, AdminProvidersPage, ProviderNotice,
};
pub use user::{AccountKind, AdminApp, AdminBy, AdminEvent, AdminNotice, AdminSession, AdminUser, AdminUserPage};
pub use users::{AdminFilter, AdminRow, AdminSort, AdminUsersPage};

use super::Frame;
use crate::domain::authority::Deed;
use crate::domain::authority::StaffRole;

impl Frame {
    /// A role in words; one of the organisation's own making by its name.
    pub(in crate::view) fn role(&self, name: &str) -> String {
        StaffRole::parse(name).map_or_else(
            || name.to_owned(),
            |role| {
                self.text(match role {
                    StaffRole::Auditor => "role-auditor",
                    StaffRole::Helpdesk => "role-helpdesk",
                    StaffRole::Admin => "role-admin",
                })
            },
        )
    }
}

/// The button that does it.
fn deed_text(frame: &Frame, deed: Deed) -> String {
    frame.text(&format!("admin-do-{}", deed.name()))
}

/// What it means for the person.
fn deed_meaning(frame: &Frame, deed: Deed) -> String {
    frame.text(&format!("admin-means-{}", deed.name()))
}

/// That it was done.
fn deed_done(frame: &Frame, deed: Deed) -> String {
    frame.text(&format!("admin-done-{}", deed.name()))
}
