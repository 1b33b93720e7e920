//! Pages for people: one askama struct per template, texts in four languages, and the few static files.
//!
//! A page is plain data; `web` fills it from what a flow returned and sends what [`Page::render`] gives. Nothing
//! here knows a request, a store or a clock. Every page is complete without JavaScript, keeps to
//! `default-src 'none'; script-src 'self' 'nonce-…'; style-src 'self'; img-src 'self' data:` (no inline style, no
//! inline handler) and aims at WCAG 2.2 AA. Values are escaped by askama; no template marks anything as safe.

mod account;
mod admin;
mod assets;
mod choose_account;
mod clock;
mod consent;
mod enrolment;
mod error;
mod error_catalogue;
mod events;
mod federation;
mod forgot;
mod form_post;
mod frame;
mod home;
mod link;
mod mail;
mod new_password;
mod password_rules;
mod playground;
mod qr;
mod second_factor;
mod sign_in;
mod sign_out;
mod sign_out_result;
mod signed_out;
mod status;
mod texts;

#[cfg(test)]
mod tests;

pub use account::{
    AccountMenu, AccountSection, AccountState, AccountTodo, ActivityPage, ActivityRow, AppRow, ApplicationsPage,
    ConnectionRow, DetailRow, DetailsPage, DeviceRow, Doer, EmailPage, EmailState, Ending, ExportPage, FactorsNotice,
    FactorsPage, FixedDetails, Happening, IdentityOffer, IdentityRow, LockPage, LockedPage, NotMePage, OverviewPage,
    SessionRow, SessionsNotice, SessionsPage,
};
pub use admin::{
    AccountKind, AdminApp, AdminBy, AdminConfirmPage, AdminEvent, AdminFilter, AdminFormPage, AdminHomePage, AdminMenu,
    AdminNotice, AdminNumbers, AdminRow, AdminSection, AdminSession, AdminSort, AdminUser, AdminUserPage,
    AdminUsersPage,
};
pub use admin::{
    AdminApplicationFormPage, AdminApplicationNewPage, AdminApplicationPage, AdminApplicationRow,
    AdminApplicationsPage, AdminProtocol, ApplicationNotice, CertificateGroup, CertificateLine, CertificateReader,
    CertificatesNotice, CertificatesPage,
};
pub use admin::{
    AdminClient, AdminClientFormPage, AdminClientKindsPage, AdminClientNewSecretPage, AdminClientSecretPage,
};
pub use admin::{
    AdminProviderDeletePage, AdminProviderFormPage, AdminProviderKindsPage, AdminProviderPage, AdminProviderRow,
    AdminProviderTrialPage, AdminProvidersPage, ProviderNotice, TrialStage,
};
pub use admin::{NetworksNotice, NetworksPage, NoticeDraft, NoticesNotice, NoticesPage};
pub use admin::{PolicyConfirmPage, PolicyNotice, PolicyPage, TriedPassword};
pub use assets::{Asset, asset, asset_names};
pub use choose_account::ChooseAccountPage;
pub use consent::{ConsentPage, ConsentRow, ConsentValue};
pub use enrolment::{EnrolmentNotice, EnrolmentPage, RecoveryCodesPage};
pub use error::{Back, ErrorPage};
pub use error_catalogue::{ErrorCataloguePage, ErrorCodesPage};
pub use federation::{LinkingPage, LinkingStep};
pub use forgot::{ForgotPage, ForgotState};
pub use form_post::FormPostPage;
pub use frame::{AccountInfo, ApplicationInfo, Frame, LanguageLink, Link, PRODUCT};
pub use home::HomePage;
pub use link::{ConfirmAddressPage, LinkEndPage, LinkEndState};
pub use mail::{MailText, mail, mail_samples};
pub use new_password::{NewPasswordNotice, NewPasswordPage, NewPasswordPurpose};
pub use password_rules::rule_text;
pub use playground::{
    PlaygroundAction, PlaygroundPage, PlaygroundProtocol, PlaygroundSection, PlaygroundTitle, PlaygroundVerb,
};
pub use second_factor::{SecondFactorNotice, SecondFactorPage, UnreachablePage};
pub use sign_in::{SignInNotice, SignInPage};
pub use sign_out::SignOutPage;
pub use sign_out_result::{SignOutOutcome, SignOutResultPage, SignOutRow, SignOutWaitPage, StillSignedIn};
pub use signed_out::SignedOutPage;
pub use status::{Announcement, StatusPage};
pub use texts::{error_text, error_title};

use crate::domain::language::Language;

/// A page that can be sent, and shown in every state it knows.
pub trait Page: Sized {
    /// What stands around it: also says the language.
    fn frame(&self) -> &Frame;
    /// The whole HTML document.
    fn render(&self) -> String;
    /// One of each state, with a name for the picture; tests render and judge them all.
    fn samples(language: Language) -> Vec<(&'static str, Self)>;
}

/// Writes a template out. Formatting into memory fails only if a value's `Display` does, and ours are text.
fn write(template: &impl askama::Template) -> String {
    template.render().unwrap_or_default()
}
