//! Trying whether an identity provider can be used, step by step: what is looked at, what came of it.

/// What is looked at, in this order.
macro_rules! checks {
    ($($variant:ident = $name:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check { $($variant),* }
        impl Check {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// For scripts, and the end of its texts' keys.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|check| check.name() == name)
            }
        }
    };
}

checks! {
    Discovery = "discovery";
    Issuer = "issuer";
    Endpoints = "endpoints";
    Pkce = "pkce";
    Auth = "auth";
    Keys = "keys";
    Clock = "clock";
    Certificate = "certificate";
    Answer = "answer";
    Code = "code";
    Signature = "signature";
    Type = "type";
    TokenIssuer = "token-issuer";
    Audience = "audience";
    Times = "times";
    Nonce = "nonce";
    AccessToken = "access-token";
    Subject = "subject";
    Admitted = "admitted";
    Age = "age";
    UserInfo = "userinfo";
    Account = "account";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// It works, and somebody should look at it.
    Doubtful,
    Failed,
    /// Something before it failed.
    Unreached,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Doubtful => "doubtful",
            Self::Failed => "failed",
            Self::Unreached => "not reached",
        }
    }
}

/// One of them, with what was seen: addresses, times and names, the same in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub check: Check,
    pub verdict: Verdict,
    pub seen: String,
}

/// Bounds what a foreign server makes us show.
const LONGEST: usize = 300;

impl Step {
    pub fn new(check: Check, verdict: Verdict, seen: impl Into<String>) -> Self {
        let seen: String = seen.into().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        Self { check, verdict, seen }
    }
    pub fn passed(check: Check, seen: impl Into<String>) -> Self {
        Self::new(check, Verdict::Passed, seen)
    }
    pub fn failed(check: Check, seen: impl Into<String>) -> Self {
        Self::new(check, Verdict::Failed, seen)
    }
    /// Passed or failed.
    pub fn held(check: Check, holds: bool, seen: impl Into<String>) -> Self {
        Self::new(check, if holds { Verdict::Passed } else { Verdict::Failed }, seen)
    }
}

/// Whether nothing failed.
pub fn works(steps: &[Step]) -> bool {
    steps.iter().all(|step| step.verdict != Verdict::Failed)
}

/// The steps of these checks up to the one that failed, those after it unreached.
pub fn until(checks: &[Check], failed: Option<&(Check, String)>) -> Vec<Step> {
    let mut reached = true;
    let mut steps = Vec::new();
    for check in checks {
        steps.push(match failed {
            Some((which, seen)) if which == check => {
                reached = false;
                Step::failed(*check, seen.clone())
            }
            Some(_) | None if reached => Step::passed(*check, ""),
            Some(_) | None => Step::new(*check, Verdict::Unreached, ""),
        });
    }
    steps
}

/// Somebody signed in there to see what comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub steps: Vec<Step>,
    /// Claims by name, as far as any came; nothing of them is kept.
    pub claims: Vec<(String, String)>,
    /// What the person would become here.
    pub become_what: Option<Becoming>,
}

/// What somebody who came like this would be here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Becoming {
    pub fate: Fate,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    /// Roles are not known, since there were too many groups to be told.
    pub roles_unknown: bool,
    pub second_factor: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// This account, by user name.
    Known(String),
    /// The account of this user name is closed.
    Closed(String),
    /// A new account.
    New(String),
    /// The user name is another's.
    Taken(String),
    /// Nobody yet: they may link an account of theirs.
    MayLink,
    /// Known to applications, and kept nowhere here.
    PassedOn,
    /// Nobody by this identity, and none is made.
    Nobody,
}

/// Claims for people to look at: bounded in number and length, without control characters.
pub fn told(claims: &serde_json::Map<String, serde_json::Value>) -> Vec<(String, String)> {
    let bounded = |text: &str| -> String {
        let kept: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        if kept.chars().count() == LONGEST { format!("{kept} …") } else { kept }
    };
    let one = |(name, value): (&String, &serde_json::Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (bounded(name), bounded(&value))
    };
    claims.iter().take(100).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_failure_is_not_reached() {
        let checks = [Check::Signature, Check::Type, Check::Nonce];
        let steps = until(&checks, Some(&(Check::Type, "at+jwt".to_owned())));
        let verdicts: Vec<_> = steps.iter().map(|step| step.verdict).collect();
        assert_eq!(verdicts, [Verdict::Passed, Verdict::Failed, Verdict::Unreached]);
        assert!(!works(&steps) && works(&until(&checks, None)));
    }

    #[test]
    fn what_strangers_say_is_bounded_and_plain() {
        let step = Step::failed(Check::Issuer, format!("a\u{7}b{}", "x".repeat(1000)));
        assert!(step.seen.starts_with("abx") && step.seen.chars().count() == LONGEST);
        let claims = serde_json::json!({ "a": "x".repeat(1000), "b": [1, "<b>"] });
        let told = told(claims.as_object().unwrap());
        assert!(told[0].1.chars().count() < 310);
        assert_eq!(told[1].1, "[1,\"<b>\"]");
    }
}
