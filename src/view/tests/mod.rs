//! Every page, in every state and language, judged by what can be judged without a browser.

mod mail;
mod pages;
mod style;
mod texts;

use super::{
    ActivityPage, AdminConfirmPage, AdminFormPage, AdminHomePage, AdminUserPage, AdminUsersPage, ApplicationsPage,
    ChooseAccountPage, ConfirmAddressPage, ConsentPage, DetailsPage, EmailPage, EnrolmentPage, ErrorCataloguePage,
    ErrorCodesPage, ErrorPage, ExportPage, FactorsPage, ForgotPage, FormPostPage, HomePage, LinkEndPage, LinkingPage,
    LockPage, LockedPage, NewPasswordPage, NotMePage, OverviewPage, Page, PlaygroundPage, RecoveryCodesPage,
    SecondFactorPage, SessionsPage, SignInPage, SignOutPage, SignOutResultPage, SignOutWaitPage, SignedOutPage,
    StatusPage, UnreachablePage,
};
use super::{
    AdminApplicationFormPage, AdminApplicationNewPage, AdminApplicationPage, AdminApplicationsPage, CertificatesPage,
};
use super::{AdminClientFormPage, AdminClientKindsPage, AdminClientNewSecretPage, AdminClientSecretPage};
use super::{
    AdminProviderDeletePage, AdminProviderFormPage, AdminProviderKindsPage, AdminProviderPage, AdminProviderTrialPage,
    AdminProvidersPage,
};
use super::{NetworksPage, NoticesPage, PolicyConfirmPage, PolicyPage};
use crate::domain::language::Language;

fn rendered<P: Page>(language: Language) -> Vec<(&'static str, String)> {
    P::samples(language).iter().map(|(name, page)| (*name, page.render())).collect()
}

fn every_page(language: Language) -> Vec<(&'static str, String)> {
    [
        rendered::<SignInPage>(language),
        rendered::<ForgotPage>(language),
        rendered::<ConfirmAddressPage>(language),
        rendered::<LinkEndPage>(language),
        rendered::<SecondFactorPage>(language),
        rendered::<UnreachablePage>(language),
        rendered::<EnrolmentPage>(language),
        rendered::<RecoveryCodesPage>(language),
        rendered::<NewPasswordPage>(language),
        rendered::<ChooseAccountPage>(language),
        rendered::<LinkingPage>(language),
        rendered::<ConsentPage>(language),
        rendered::<SignOutPage>(language),
        rendered::<SignedOutPage>(language),
        rendered::<SignOutResultPage>(language),
        rendered::<SignOutWaitPage>(language),
        rendered::<OverviewPage>(language),
        rendered::<FactorsPage>(language),
        rendered::<StatusPage>(language),
        rendered::<PolicyPage>(language),
        rendered::<PolicyConfirmPage>(language),
        rendered::<NetworksPage>(language),
        rendered::<NoticesPage>(language),
        rendered::<AdminHomePage>(language),
        rendered::<AdminUsersPage>(language),
        rendered::<AdminUserPage>(language),
        rendered::<AdminFormPage>(language),
        rendered::<AdminConfirmPage>(language),
        rendered::<AdminApplicationsPage>(language),
        rendered::<AdminApplicationNewPage>(language),
        rendered::<AdminApplicationFormPage>(language),
        rendered::<AdminApplicationPage>(language),
        rendered::<AdminClientKindsPage>(language),
        rendered::<AdminClientFormPage>(language),
        rendered::<AdminClientSecretPage>(language),
        rendered::<AdminClientNewSecretPage>(language),
        rendered::<AdminProvidersPage>(language),
        rendered::<AdminProviderKindsPage>(language),
        rendered::<AdminProviderFormPage>(language),
        rendered::<AdminProviderPage>(language),
        rendered::<AdminProviderDeletePage>(language),
        rendered::<AdminProviderTrialPage>(language),
        rendered::<CertificatesPage>(language),
        rendered::<DetailsPage>(language),
        rendered::<EmailPage>(language),
        rendered::<SessionsPage>(language),
        rendered::<ApplicationsPage>(language),
        rendered::<ActivityPage>(language),
        rendered::<NotMePage>(language),
        rendered::<LockPage>(language),
        rendered::<LockedPage>(language),
        rendered::<ExportPage>(language),
        rendered::<ErrorPage>(language),
        rendered::<ErrorCataloguePage>(language),
        rendered::<ErrorCodesPage>(language),
        rendered::<FormPostPage>(language),
        rendered::<HomePage>(language),
        rendered::<PlaygroundPage>(language),
    ]
    .concat()
}
