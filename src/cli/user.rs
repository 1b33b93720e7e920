//! `portner user list|create|show|unlock|disable|enable|reset-password|reset-second-factor`

use clap::{Args, Subcommand};

use crate::domain::authority::Deed;
use crate::domain::ids::Slug;
use crate::flow::admin::answer::UserDetail;
use crate::flow::admin::{Answer, Command, NewUser};
use crate::telemetry::say;

use super::failure::Failure;
use super::{Global, answer, password};

/// People fetched at once.
const PAGE: u32 = 500;

#[derive(Subcommand)]
pub enum User {
    /// All people of a tenant.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Create a person. Without a password they are mailed an invitation to choose one.
    Create(Create),
    /// One person, by user name or id.
    Show {
        /// User name or id.
        user: String,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Mail somebody a link to choose another password.
    ResetPassword {
        /// User name or id.
        user: String,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// End the lock that failed sign-ins have brought about.
    Unlock {
        /// User name or id.
        user: String,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Nobody can sign in as this person any more; everything that is open ends at once.
    Disable(Person),
    /// The person can sign in again. Nothing that was open before comes back.
    Enable(Person),
    /// Remove authenticator apps and recovery codes, so that the person can set them up anew.
    ResetSecondFactor(Person),
}

/// Whom it is done to.
#[derive(Args)]
pub struct Person {
    /// User name or id.
    user: String,
    /// The tenant, by its slug.
    #[arg(long, value_name = "SLUG")]
    tenant: Slug,
}

impl Person {
    fn command(self, deed: Deed) -> Command {
        Command::UserDo { tenant: self.tenant, user: self.user, deed }
    }
}

#[derive(Args)]
pub struct Create {
    /// The name the person signs in with.
    username: String,
    /// The tenant, by its slug.
    #[arg(long, value_name = "SLUG")]
    tenant: Slug,
    /// The mail address.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The address is known to be theirs.
    #[arg(long, requires = "email")]
    email_verified: bool,
    /// First name.
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Last name.
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// The person's language: da, sv, nb or en.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// A role: admin, helpdesk, auditor, or one of the tenant's own. May be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// A group. May be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// A file with the password; - is standard input. Without it you are asked, if there is a terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<String>,
}

impl User {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let connection = global.connection()?;
        let found = match self {
            Self::List { tenant } => return list(global, &tenant),
            Self::Create(create) => {
                let answer = connection.ask(create.command()?)?;
                if let Answer::User(user) = &answer {
                    tell(user);
                }
                answer
            }
            Self::Show { user, tenant } => connection.ask(Command::UserShow { tenant, user })?,
            Self::ResetPassword { user, tenant } => {
                let answer = connection.ask(Command::UserResetPassword { tenant, user })?;
                say("A link to choose another password is on its way.");
                answer
            }
            Self::Unlock { user, tenant } => {
                let answer = connection.ask(Command::UserUnlock { tenant, user })?;
                say("Unlocked: the next sign-in is evaluated again.");
                answer
            }
            Self::Disable(person) => connection.ask(person.command(Deed::Disable))?,
            Self::Enable(person) => connection.ask(person.command(Deed::Enable))?,
            Self::ResetSecondFactor(person) => connection.ask(person.command(Deed::ResetSecondFactor))?,
        };
        answer::print(&found, global.output)
    }
}

impl Create {
    fn command(self) -> Result<Command, Failure> {
        let password = password::read(self.password_file.as_deref())?;
        let user = NewUser {
            username: self.username,
            email: self.email,
            email_verified: self.email_verified,
            given_name: self.given_name,
            family_name: self.family_name,
            locale: self.locale,
            roles: self.roles,
            groups: self.groups,
            password,
        };
        Ok(Command::UserCreate { tenant: self.tenant, user })
    }
}

/// What the operator should know of whom they have created.
fn tell(user: &UserDetail) {
    for warning in &user.warnings {
        say(format_args!("warning: {warning}"));
    }
    match (&user.row.email, user.has_password) {
        (_, true) => {}
        (Some(address), false) => {
            say(format_args!("No password was set: an invitation to choose one goes to {address}."));
        }
        (None, false) => say(format_args!(
            "warning: no password was set, and there is no address for an invitation: {} cannot sign in. Give one of \
             both with `portner apply`.",
            user.row.username
        )),
    }
}

/// Page by page until there are no more.
fn list(global: &Global, tenant: &Slug) -> Result<(), Failure> {
    let connection = global.connection()?;
    let mut people = Vec::new();
    loop {
        let after = people.last().map(|user: &crate::flow::admin::answer::UserRow| user.username.clone());
        let command = Command::UserList { tenant: tenant.clone(), after, limit: PAGE };
        let Answer::Users(page) = connection.ask(command)? else {
            return Err(Failure::failed("the server answered something else"));
        };
        let is_last = u32::try_from(page.len()).is_ok_and(|count| count < PAGE);
        people.extend(page);
        if is_last {
            return answer::print(&Answer::Users(people), global.output);
        }
    }
}
