//! `portner idp list|show|try|enable|disable`

use clap::Subcommand;
use serde_json::{Value, json as value};

use crate::app;
use crate::domain::ids::{IdpId, Slug};
use crate::domain::trial::{Step, works};
use crate::flow::admin::answer::{IdentityProviderDetail, IdentityProviderRow};
use crate::flow::admin::provider_registration::settings;
use crate::flow::admin::{Answer, Command};

use super::answer::{time, yes};
use super::failure::{Exit, Failure};
use super::{Global, Output, answer, table as tables};

#[derive(Subcommand)]
pub enum Idp {
    /// All identity providers of a tenant.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// One identity provider. Its secret is not shown.
    Show {
        /// As `portner idp list` shows it.
        id: IdpId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Find out whether it can be used from here, step by step; exit code 9 if not.
    Try {
        /// As `portner idp list` shows it.
        id: IdpId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Let people sign in through it again.
    Enable {
        /// As `portner idp list` shows it.
        id: IdpId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Let nobody sign in through it.
    Disable {
        /// As `portner idp list` shows it.
        id: IdpId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
}

impl Idp {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant } => Command::IdentityProviderList { tenant },
            Self::Show { id, tenant } => Command::IdentityProviderShow { tenant, provider: id },
            Self::Enable { id, tenant } => Command::IdentityProviderSwitch { tenant, provider: id, enabled: true },
            Self::Disable { id, tenant } => Command::IdentityProviderSwitch { tenant, provider: id, enabled: false },
            Self::Try { id, tenant } => return attempt(global, Command::IdentityProviderShow { tenant, provider: id }),
        };
        answer::print(&global.connection()?.ask(command)?, global.output)
    }
}

/// What is fetched is fetched by this process, by the rules of its configuration.
fn attempt(global: &Global, show: Command) -> Result<(), Failure> {
    let connection = global.connection()?;
    let Answer::IdentityProvider(found) = connection.ask(show)? else {
        return Err(Failure::failed("the server answered something else than was asked"));
    };
    let probed = app::probe(connection.config(), &found.provider);
    let steps = probed.map_err(|fault| Failure::failed(format!("{fault:#}")))?;
    super::print(&match global.output {
        Output::Json => answer::json(&steps.iter().map(step).collect::<Vec<_>>())?,
        Output::Table => {
            let row =
                |step: &Step| vec![step.check.name().to_owned(), step.verdict.name().to_owned(), step.seen.clone()];
            tables::columns(&["STEP", "RESULT", "SEEN"], &steps.iter().map(row).collect::<Vec<_>>())
        }
    })?;
    if works(&steps) {
        return Ok(());
    }
    let advice = "The administration's page of the provider says what to do about each step.";
    Err(Failure::new(Exit::CheckFailed, "the identity provider cannot be used like this", advice))
}

fn step(step: &Step) -> Value {
    value!({ "step": step.check.name(), "result": step.verdict.name(), "seen": step.seen })
}

/// The provider's own fields beside what is known of it.
pub fn json(detail: &IdentityProviderDetail) -> Result<String, Failure> {
    let mut shown = serde_json::to_value(&detail.provider).unwrap_or_default();
    if let Value::Object(fields) = &mut shown {
        let addresses =
            detail.register_there.iter().map(|(name, address)| (name.clone(), Value::from(address.clone())));
        fields.insert("has_secret".to_owned(), detail.has_secret.into());
        fields.insert("people".to_owned(), detail.people.into());
        fields.insert("last_sign_in".to_owned(), serde_json::to_value(detail.last_sign_in).unwrap_or_default());
        fields.insert("register_there".to_owned(), Value::Object(addresses.collect()));
    }
    answer::json(&shown)
}

pub fn table(providers: &[IdentityProviderRow]) -> String {
    let row = |one: &IdentityProviderRow| {
        vec![
            one.id.clone(),
            one.name.clone(),
            one.kind.clone(),
            yes(one.enabled),
            one.domains.join(" "),
            one.people.to_string(),
            one.last_sign_in.map_or(String::new(), time),
        ]
    };
    let headings = ["ID", "NAME", "KIND", "ENABLED", "DOMAINS", "PEOPLE", "LAST SIGN-IN"];
    tables::columns(&headings, &providers.iter().map(row).collect::<Vec<_>>())
}

pub fn fields(detail: &IdentityProviderDetail) -> String {
    let provider = &detail.provider;
    let mut fields = vec![
        ("id".to_owned(), provider.id.to_string()),
        ("name".to_owned(), provider.name.clone()),
        ("enabled".to_owned(), yes(provider.enabled)),
        ("secret".to_owned(), if detail.has_secret { "set" } else { "" }.to_owned()),
        ("people".to_owned(), detail.people.to_string()),
        ("last sign-in".to_owned(), detail.last_sign_in.map_or(String::new(), time)),
    ];
    fields.extend(settings(provider));
    fields.extend(detail.register_there.iter().map(|(name, address)| (format!("{name} here"), address.clone())));
    let fields: Vec<(&str, String)> = fields.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    tables::fields(&fields)
}
