//! What applications call a way to sign in (SAML Authentication Context §3.4, REFEDS MFA, `wauth`), and which of our
//! levels each stands for.
//!
//! An organisation that has no approval for a national assurance framework gets its lowest level told at most, and
//! only to applications whose preset is that framework's.

use serde::{Deserialize, Serialize};

use super::assurance::{Level, Proof};
use super::saml::Preset;

/// A name that we know. Others are nothing to us, and cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContextClass {
    PasswordProtectedTransport,
    Password,
    Unspecified,
    OwnPassword,
    OwnTwoStep,
    OwnMfa,
    RefedsMfa,
    TimeSyncToken,
    MicrosoftMultipleAuthn,
    /// NSIS, Denmark.
    NsisLow,
    /// Sweden's framework of trust.
    SwedenLoa2,
}

impl ContextClass {
    pub const ALL: [Self; 11] = [
        Self::PasswordProtectedTransport,
        Self::Password,
        Self::Unspecified,
        Self::OwnPassword,
        Self::OwnTwoStep,
        Self::OwnMfa,
        Self::RefedsMfa,
        Self::TimeSyncToken,
        Self::MicrosoftMultipleAuthn,
        Self::NsisLow,
        Self::SwedenLoa2,
    ];

    pub fn uri(self) -> &'static str {
        match self {
            Self::PasswordProtectedTransport => "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            Self::Password => "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
            Self::OwnPassword => Level::Password.acr(),
            Self::OwnTwoStep => Level::TwoStep.acr(),
            Self::OwnMfa => Level::Mfa.acr(),
            Self::RefedsMfa => "https://refeds.org/profile/mfa",
            Self::TimeSyncToken => "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
            Self::MicrosoftMultipleAuthn => "http://schemas.microsoft.com/claims/multipleauthn",
            Self::NsisLow => "https://data.gov.dk/concept/core/nsis/loa/Low",
            Self::SwedenLoa2 => "http://id.elegnamnden.se/loa/1.0/loa2",
        }
    }

    pub fn level(self) -> Level {
        match self {
            Self::Unspecified => Level::Federated,
            Self::PasswordProtectedTransport
            | Self::Password
            | Self::OwnPassword
            | Self::NsisLow
            | Self::SwedenLoa2 => Level::Password,
            Self::OwnTwoStep => Level::TwoStep,
            Self::OwnMfa | Self::RefedsMfa | Self::TimeSyncToken | Self::MicrosoftMultipleAuthn => Level::Mfa,
        }
    }

    /// By its name, if applications of this preset may ask for it.
    pub fn parse(uri: &str, preset: Preset) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|class| class.uri() == uri)?;
        let belongs = match found {
            Self::NsisLow => preset == Preset::Oiosaml3,
            Self::SwedenLoa2 => preset == Preset::SwedenConnect,
            Self::PasswordProtectedTransport
            | Self::Password
            | Self::Unspecified
            | Self::OwnPassword
            | Self::OwnTwoStep
            | Self::OwnMfa
            | Self::RefedsMfa
            | Self::TimeSyncToken
            | Self::MicrosoftMultipleAuthn => true,
        };
        belongs.then_some(found)
    }

    /// What the evidence is called where nothing was asked for.
    pub fn of(level: Level, preset: Preset) -> Self {
        match (preset, level) {
            // Nobody here knows what was shown.
            (_, Level::Federated) => Self::Unspecified,
            (Preset::Oiosaml3, _) => Self::NsisLow,
            (Preset::SwedenConnect, _) => Self::SwedenLoa2,
            (Preset::Default, Level::Password) => Self::PasswordProtectedTransport,
            (Preset::Default, Level::TwoStep) => Self::OwnTwoStep,
            (Preset::Default, Level::Mfa) => Self::RefedsMfa,
        }
    }
}

impl ContextClass {
    /// Whether it says that a password was given here.
    fn is_password(self) -> bool {
        match self {
            Self::PasswordProtectedTransport | Self::Password | Self::OwnPassword => true,
            Self::Unspecified
            | Self::OwnTwoStep
            | Self::OwnMfa
            | Self::RefedsMfa
            | Self::TimeSyncToken
            | Self::MicrosoftMultipleAuthn
            | Self::NsisLow
            | Self::SwedenLoa2 => false,
        }
    }

    /// Names that libraries ask for by default and mean "signed in" by: whoever vouches for the person will do.
    fn is_any_factor(self) -> bool {
        self == Self::Unspecified || (self.is_password() && self != Self::OwnPassword)
    }
}

/// What a sign-in has to show for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub level: Level,
    /// A password was given here.
    pub password: bool,
    /// And a code of an authenticator app.
    pub totp: bool,
}

impl Evidence {
    pub fn of(proofs: &[Proof]) -> Self {
        let has = |proof: Proof| proofs.contains(&proof);
        Self { level: Level::of(proofs), password: has(Proof::Password), totp: has(Proof::Totp) }
    }

    fn supports(self, class: ContextClass) -> bool {
        let app = self.totp || class != ContextClass::TimeSyncToken;
        let password = self.password || !class.is_password();
        app && password && class.level() <= self.level
    }
}

/// How what is reached is held against what was asked for (SAML Core §3.3.2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// One of those named.
    #[default]
    Exact,
    /// As strong as one of them.
    Minimum,
    /// No stronger than one of them, as far as what is told goes.
    Maximum,
    /// Stronger than each of them.
    Better,
}

impl Comparison {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "exact" => Some(Self::Exact),
            "minimum" => Some(Self::Minimum),
            "maximum" => Some(Self::Maximum),
            "better" => Some(Self::Better),
            _ => None,
        }
    }
}

/// `RequestedAuthnContext`, as far as it means anything to us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedContext {
    pub comparison: Comparison,
    /// Those we know, the best liked first. None of them known: it cannot be met.
    pub classes: Vec<ContextClass>,
}

impl RequestedContext {
    /// The levels that will do, for `Demand::essential`. An empty list cannot be reached.
    pub fn essential(&self) -> Vec<Level> {
        let mut levels = self.classes.iter().map(|class| class.level());
        let suits: Box<dyn Fn(&Level) -> bool> = match self.comparison {
            Comparison::Exact => {
                let asked: Vec<Level> = levels.collect();
                Box::new(move |level| asked.contains(level))
            }
            Comparison::Minimum => match levels.min() {
                Some(least) => Box::new(move |level| *level >= least),
                None => return Vec::new(),
            },
            Comparison::Maximum => match levels.max() {
                Some(most) => Box::new(move |level| *level <= most),
                None => return Vec::new(),
            },
            Comparison::Better => match levels.next().map(|first| levels.fold(first, Level::max)) {
                Some(most) => Box::new(move |level| *level > most),
                None => return Vec::new(),
            },
        };
        // A name for one factor is no promise of a password: what somebody else has seen will do, and is told as it is.
        let anyhow = self.comparison != Comparison::Better && self.classes.iter().any(|class| class.is_any_factor());
        let will_do = |level: &Level| suits(level) || (anyhow && *level == Level::Federated);
        Level::ALL.into_iter().filter(will_do).collect()
    }

    /// What is told: never above the evidence. The strongest of those named that it supports, the best liked of equals;
    /// where those named do not suit (`better`, or a `maximum` out of reach), what the evidence is called. `None`: one of
    /// those named is insisted on, and none of them would be true.
    pub fn told(&self, evidence: Evidence, preset: Preset) -> Option<ContextClass> {
        let own = ContextClass::of(evidence.level, preset);
        if self.comparison == Comparison::Better {
            return Some(own);
        }
        let supported = self.classes.iter().copied().filter(|class| evidence.supports(*class));
        let strongest = supported.fold(None, |best: Option<ContextClass>, class| match best {
            Some(best) if best.level() >= class.level() => Some(best),
            Some(_) | None => Some(class),
        });
        let insists = self.comparison == Comparison::Exact && !self.takes_the_truth(preset);
        strongest.or((!insists).then_some(own))
    }

    /// Whoever asks for a password is told of any other sign-in as it is. Sweden Connect wants what it asked for or nothing.
    fn takes_the_truth(&self, preset: Preset) -> bool {
        let may = match preset {
            Preset::Default | Preset::Oiosaml3 => true,
            Preset::SwedenConnect => false,
        };
        may && self.classes.iter().any(|class| class.is_password() || class.is_any_factor())
    }
}

#[cfg(test)]
mod tests {
    use super::ContextClass as C;
    use super::*;

    fn asked(comparison: Comparison, classes: &[C]) -> RequestedContext {
        RequestedContext { comparison, classes: classes.to_vec() }
    }

    #[test]
    fn each_comparison_says_which_levels_will_do() {
        use Comparison::{Better, Exact, Maximum, Minimum};
        use Level::{Federated, Mfa, Password, TwoStep};
        let table: [(Comparison, &[C], &[Level]); 16] = [
            (Exact, &[C::PasswordProtectedTransport], &[Federated, Password]),
            (Exact, &[C::RefedsMfa, C::Password], &[Federated, Password, Mfa]),
            (Exact, &[C::Unspecified], &[Federated]),
            (Exact, &[C::OwnPassword], &[Password]),
            (Exact, &[C::OwnTwoStep], &[TwoStep]),
            (Exact, &[], &[]),
            (Minimum, &[C::Password], &[Federated, Password, TwoStep, Mfa]),
            (Minimum, &[C::NsisLow], &[Password, TwoStep, Mfa]),
            (Minimum, &[C::TimeSyncToken, C::OwnTwoStep], &[TwoStep, Mfa]),
            (Minimum, &[], &[]),
            (Maximum, &[C::OwnTwoStep], &[Federated, Password, TwoStep]),
            (Maximum, &[C::Password, C::RefedsMfa], &[Federated, Password, TwoStep, Mfa]),
            (Maximum, &[], &[]),
            (Better, &[C::PasswordProtectedTransport], &[TwoStep, Mfa]),
            (Better, &[C::Password, C::OwnTwoStep], &[Mfa]),
            (Better, &[C::RefedsMfa], &[]),
        ];
        for (comparison, classes, expected) in table {
            assert_eq!(asked(comparison, classes).essential(), expected, "{comparison:?} {classes:?}");
        }
        assert_eq!(asked(Better, &[]).essential(), []);
    }

    #[test]
    fn what_is_told_is_asked_for_where_it_is_true_and_never_above_the_evidence() {
        use Comparison::{Better, Exact, Maximum, Minimum};
        use Level::{Mfa, Password, TwoStep};
        let table: [(Comparison, &[C], Level, Option<C>); 10] = [
            (Exact, &[C::PasswordProtectedTransport], Mfa, Some(C::PasswordProtectedTransport)),
            (Exact, &[C::Unspecified, C::Password], Password, Some(C::Password)),
            (Exact, &[C::Unspecified], Mfa, Some(C::Unspecified)),
            (Exact, &[C::Password, C::TimeSyncToken, C::RefedsMfa], Mfa, Some(C::TimeSyncToken)),
            (Exact, &[C::RefedsMfa], TwoStep, None),
            (Minimum, &[C::Password], Mfa, Some(C::Password)),
            (Maximum, &[C::RefedsMfa], Password, Some(C::PasswordProtectedTransport)),
            (Maximum, &[C::Password], Mfa, Some(C::Password)),
            (Better, &[C::Password], TwoStep, Some(C::OwnTwoStep)),
            (Better, &[C::Password], Mfa, Some(C::RefedsMfa)),
        ];
        for (comparison, classes, evidence, expected) in table {
            let told = asked(comparison, classes).told(local(evidence), Preset::Default);
            assert_eq!(told, expected, "{comparison:?} {classes:?} {evidence:?}");
        }
        for preset in [Preset::Default, Preset::Oiosaml3, Preset::SwedenConnect] {
            for evidence in Level::ALL {
                assert!(C::of(evidence, preset).level() <= evidence);
                for class in C::ALL {
                    let told = asked(Exact, &[class]).told(local(evidence), preset);
                    assert!(told.is_none_or(|told| told.level() <= evidence), "{class:?} {evidence:?}");
                }
            }
        }
    }

    #[test]
    fn a_code_of_an_app_is_told_of_where_one_was_given() {
        let asked = asked(Comparison::Exact, &[C::TimeSyncToken]);
        let by_app = [Proof::Upstream, Proof::Totp];
        assert_eq!(asked.told(Evidence::of(&by_app), Preset::Default), Some(C::TimeSyncToken));
        for other in [[Proof::Password, Proof::RecoveryCode], [Proof::Upstream, Proof::UpstreamMfa]] {
            assert_eq!(Evidence::of(&other).level, Level::Mfa);
            assert_eq!(asked.told(Evidence::of(&other), Preset::Default), None, "{other:?}");
            let least = RequestedContext { comparison: Comparison::Minimum, ..asked.clone() };
            assert_eq!(least.told(Evidence::of(&other), Preset::Default), Some(C::RefedsMfa), "{other:?}");
        }
    }

    #[test]
    fn sweden_connect_is_told_what_it_asked_for_or_nothing() {
        let federated = Evidence::of(&[Proof::Upstream]);
        for classes in [&[C::PasswordProtectedTransport][..], &[C::Password, C::OwnPassword], &[C::SwedenLoa2]] {
            let asked = asked(Comparison::Exact, classes);
            assert_eq!(asked.told(federated, Preset::SwedenConnect), None, "{classes:?}");
        }
        let both = asked(Comparison::Exact, &[C::PasswordProtectedTransport, C::Unspecified]);
        assert_eq!(both.told(federated, Preset::SwedenConnect), Some(C::Unspecified));
    }

    #[test]
    fn nobody_is_told_of_a_password_that_was_given_elsewhere() {
        for preset in [Preset::Default, Preset::Oiosaml3, Preset::SwedenConnect] {
            for proofs in [vec![Proof::Upstream], vec![Proof::Upstream, Proof::UpstreamMfa]] {
                let evidence = Evidence::of(&proofs);
                assert!(!C::of(evidence.level, preset).is_password(), "{preset:?} {proofs:?}");
                for class in C::ALL {
                    let told = asked(Comparison::Exact, &[class]).told(evidence, preset);
                    assert!(told.is_none_or(|told| !told.is_password()), "{class:?} {preset:?} {proofs:?}");
                }
            }
        }
        let federated = Evidence::of(&[Proof::Upstream]);
        let told = asked(Comparison::Exact, &[C::PasswordProtectedTransport]).told(federated, Preset::Default);
        assert_eq!(told, Some(C::Unspecified));
        assert_eq!(C::of(Level::Federated, Preset::Oiosaml3), C::Unspecified, "no framework has seen it either");
    }

    fn local(level: Level) -> Evidence {
        Evidence { level, password: level > Level::Federated, totp: level == Level::Mfa }
    }

    #[test]
    fn a_frameworks_level_is_known_to_its_own_applications_only() {
        let nsis = C::NsisLow.uri();
        assert_eq!(C::parse(nsis, Preset::Oiosaml3), Some(C::NsisLow));
        assert_eq!(C::parse(nsis, Preset::Default), None);
        assert_eq!(C::parse(C::SwedenLoa2.uri(), Preset::Oiosaml3), None);
        for above in ["https://data.gov.dk/concept/core/nsis/loa/Substantial", "http://id.elegnamnden.se/loa/1.0/loa3"]
        {
            for preset in [Preset::Default, Preset::Oiosaml3, Preset::SwedenConnect] {
                assert_eq!(C::parse(above, preset), None, "nobody has approved that");
            }
        }
        for class in C::ALL.into_iter().take(9) {
            assert_eq!(C::parse(class.uri(), Preset::Default), Some(class));
        }
    }
}
