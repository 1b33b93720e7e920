//! How sure we are of a person: what was proven, what that is worth, and what is still owed.
//!
//! A level is always computed from the proofs of one sign-in, never stored and never taken from configuration
//! (security: a session's assurance is never higher than the events that made it).

use serde::{Deserialize, Serialize};

use super::attempt::Factor;
use super::policy::SecondFactorMethod;

/// What a person has shown in one sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    #[serde(rename = "pwd")]
    Password,
    Totp,
    EmailCode,
    RecoveryCode,
    /// An upstream identity provider vouches for the person.
    Upstream,
    /// And says that it has seen two factors, which the tenant trusts it for.
    UpstreamMfa,
    /// A browser that policy lets go without the second step for a while. Proves nothing to an application.
    KnownDevice,
    /// The person may set a second factor up later. Proves nothing to an application.
    Postponed,
}

impl Proof {
    pub fn of(factor: Factor) -> Self {
        match factor {
            Factor::Password => Self::Password,
            Factor::Totp => Self::Totp,
            Factor::EmailCode => Self::EmailCode,
            Factor::RecoveryCode => Self::RecoveryCode,
        }
    }
}

/// What the proofs are worth; each is told to applications as an `acr`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// An upstream identity provider's word, whatever it has seen: one factor, and nobody here knows which. Below a
    /// password only in that whoever asks for a password by our own name for it is not told that there was one.
    #[default]
    Federated,
    Password,
    /// The first factor and a mailed code: the tenant's two-step rule, but not two factors.
    TwoStep,
    /// The first factor and something the person has; or two factors at an upstream that is trusted for it.
    Mfa,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Federated, Self::Password, Self::TwoStep, Self::Mfa];

    pub fn acr(self) -> &'static str {
        match self {
            Self::Federated => "urn:portner:acr:federated",
            Self::Password => "urn:portner:acr:password",
            Self::TwoStep => "urn:portner:acr:two-step",
            Self::Mfa => "urn:portner:acr:mfa",
        }
    }

    /// What an application may ask for. That somebody comes from elsewhere is told, and no quality to be asked for.
    pub fn parse(acr: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level > Self::Federated && level.acr() == acr)
    }

    pub fn of(proofs: &[Proof]) -> Self {
        let has = |proof: Proof| proofs.contains(&proof);
        if !has(Proof::Password) && !has(Proof::Upstream) {
            return Self::Federated;
        }
        let upstream = has(Proof::Upstream) && has(Proof::UpstreamMfa);
        if has(Proof::Totp) || has(Proof::RecoveryCode) || upstream {
            Self::Mfa
        } else if has(Proof::EmailCode) {
            Self::TwoStep
        } else if has(Proof::Password) {
            Self::Password
        } else {
            Self::Federated
        }
    }

    /// What to aim at for somebody who would like this: a password is liked for being one factor, and any will do.
    pub fn aim(self) -> Self {
        match self {
            Self::Federated | Self::Password => Self::Federated,
            Self::TwoStep | Self::Mfa => self,
        }
    }
}

/// The `acr` for an application that asked for these: the highest of them that the evidence supports, else what the
/// evidence is worth. Nobody is told of a password that was not given here.
pub fn acr(proofs: &[Proof], asked: &[Level]) -> &'static str {
    let evidence = Level::of(proofs);
    let holds = |level: &Level| *level <= evidence && (*level != Level::Password || proofs.contains(&Proof::Password));
    asked.iter().copied().filter(holds).max().unwrap_or(evidence).acr()
}

/// `amr` (RFC 8176 §2). A mailed code is a one-time password but never `mfa`. How an upstream knows the person is its own
/// affair: `fed` (which Microsoft uses so) says only that it was not proven here.
pub fn amr(proofs: &[Proof]) -> Vec<String> {
    let has = |proof: Proof| proofs.contains(&proof);
    let one_time = has(Proof::Totp) || has(Proof::RecoveryCode) || has(Proof::EmailCode);
    let names = [
        (has(Proof::Password), "pwd"),
        (has(Proof::Upstream), "fed"),
        (one_time, "otp"),
        (Level::of(proofs) == Level::Mfa, "mfa"),
    ];
    names.into_iter().filter(|(applies, _)| *applies).map(|(_, name)| name.to_owned()).collect()
}

/// What policy says about the second step of one person.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    pub required: bool,
    pub methods: &'a [SecondFactorMethod],
    /// A browser may be let off for a while.
    pub lets_off: bool,
    /// This person may put it off, still.
    pub in_grace: bool,
}

impl Rule<'_> {
    fn allows(&self, method: SecondFactorMethod) -> bool {
        self.methods.contains(&method)
    }

    /// What anybody here can reach at all.
    pub fn reachable(&self) -> Level {
        if self.allows(SecondFactorMethod::Totp) {
            Level::Mfa
        } else if self.allows(SecondFactorMethod::EmailCode) {
            Level::TwoStep
        } else {
            Level::Password
        }
    }
}

/// What a person could present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrolled {
    pub totp: bool,
    pub recovery_codes: bool,
    /// There is an address that a code can be mailed to.
    pub email: bool,
}

/// What stands between the proofs and a finished sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owed {
    Nothing,
    /// One of these, the best first.
    Factor(Vec<Factor>),
    /// An authenticator app is to be set up. `policy`: only the tenant's rule asks for it, so that it may be put off.
    Enrolment {
        policy: bool,
    },
    /// Nothing that is allowed here can reach it.
    Unreachable,
}

/// The one place that decides: at the sign-in, at every request of an application, on every page.
pub fn owed(rule: Rule<'_>, enrolled: Enrolled, proofs: &[Proof], wanted: Level) -> Owed {
    let totp = enrolled.totp && rule.allows(SecondFactorMethod::Totp);
    let floor = match (rule.required, totp) {
        (true, _) => Level::TwoStep,
        // Turned on by the person (IN-3): asked for at every sign-in.
        (false, true) => Level::Mfa,
        (false, false) => Level::Federated,
    };
    // By the policy of now, not by that of the day on which the person was let go.
    let known_device = rule.lets_off && proofs.contains(&Proof::KnownDevice);
    let put_off = rule.in_grace && proofs.contains(&Proof::Postponed);
    let let_off = known_device || put_off;
    let policy_met = let_off || counted(rule, proofs) >= floor;
    let wish_met = Level::of(proofs) >= wanted;
    if policy_met && wish_met {
        return Owed::Nothing;
    }
    let need = match (policy_met, wish_met) {
        (true, _) => wanted,
        (false, true) => floor,
        (false, false) => floor.max(wanted),
    };
    let mail = rule.allows(SecondFactorMethod::EmailCode) && (rule.required || wanted == Level::TwoStep);
    let choices = [
        (totp, Factor::Totp),
        (mail && enrolled.email && need <= Level::TwoStep, Factor::EmailCode),
        (totp && enrolled.recovery_codes, Factor::RecoveryCode),
    ];
    let choices: Vec<Factor> =
        choices.into_iter().filter(|(possible, _)| *possible).map(|(_, factor)| factor).collect();
    if !choices.is_empty() {
        return Owed::Factor(choices);
    }
    if rule.allows(SecondFactorMethod::Totp) && !enrolled.totp {
        return Owed::Enrolment { policy: wish_met };
    }
    Owed::Unreachable
}

/// The level as policy counts it: a mailed code only where it is allowed.
fn counted(rule: Rule<'_>, proofs: &[Proof]) -> Level {
    let counts = |proof: &Proof| *proof != Proof::EmailCode || rule.allows(SecondFactorMethod::EmailCode);
    Level::of(&proofs.iter().copied().filter(counts).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: &[SecondFactorMethod] = &[SecondFactorMethod::Totp, SecondFactorMethod::EmailCode];
    const APP_ONLY: &[SecondFactorMethod] = &[SecondFactorMethod::Totp];
    const MAIL_ONLY: &[SecondFactorMethod] = &[SecondFactorMethod::EmailCode];
    const LENIENT: Rule<'_> = Rule { required: false, methods: ALL, lets_off: true, in_grace: true };
    const NOTHING: Enrolled = Enrolled { totp: false, recovery_codes: false, email: false };
    const MAIL: Enrolled = Enrolled { email: true, ..NOTHING };
    const APP: Enrolled = Enrolled { totp: true, recovery_codes: true, email: true };

    type Case = (&'static str, bool, &'static [SecondFactorMethod], Enrolled, &'static [Proof], Level, Owed);

    #[test]
    fn what_is_owed_follows_from_rule_enrolment_proofs_and_wish() {
        use Factor::{EmailCode, RecoveryCode, Totp};
        use Proof as P;
        let factor = |factors: &[Factor]| Owed::Factor(factors.to_vec());
        let table: &[Case] = &[
            ("password is enough", false, ALL, MAIL, &[P::Password], Level::Password, Owed::Nothing),
            ("two-step by mail (IN-2)", true, ALL, MAIL, &[P::Password], Level::Password, factor(&[EmailCode])),
            ("mailed code given", true, ALL, MAIL, &[P::Password, P::EmailCode], Level::Password, Owed::Nothing),
            ("a choice", true, ALL, APP, &[P::Password], Level::Password, factor(&[Totp, EmailCode, RecoveryCode])),
            (
                "turned on by oneself (IN-3)",
                false,
                ALL,
                APP,
                &[P::Password],
                Level::Password,
                factor(&[Totp, RecoveryCode]),
            ),
            ("app given", false, ALL, APP, &[P::Password, P::Totp], Level::Mfa, Owed::Nothing),
            (
                "forced enrolment",
                true,
                APP_ONLY,
                MAIL,
                &[P::Password],
                Level::Password,
                Owed::Enrolment { policy: true },
            ),
            ("put off", true, APP_ONLY, MAIL, &[P::Password, P::Postponed], Level::Password, Owed::Nothing),
            (
                "put off is not enough for a wish",
                true,
                APP_ONLY,
                MAIL,
                &[P::Password, P::Postponed],
                Level::Mfa,
                Owed::Enrolment { policy: false },
            ),
            (
                "mail disallowed for the role",
                true,
                APP_ONLY,
                APP,
                &[P::Password, P::EmailCode],
                Level::Password,
                factor(&[Totp, RecoveryCode]),
            ),
            ("known device", true, ALL, APP, &[P::Password, P::KnownDevice], Level::Password, Owed::Nothing),
            (
                "known device is not enough for a wish",
                true,
                ALL,
                APP,
                &[P::Password, P::KnownDevice],
                Level::Mfa,
                factor(&[Totp, RecoveryCode]),
            ),
            (
                "mfa wished, mail given",
                true,
                ALL,
                APP,
                &[P::Password, P::EmailCode],
                Level::Mfa,
                factor(&[Totp, RecoveryCode]),
            ),
            ("mfa cannot be reached", false, MAIL_ONLY, MAIL, &[P::Password], Level::Mfa, Owed::Unreachable),
            ("no way to comply", true, MAIL_ONLY, NOTHING, &[P::Password], Level::Password, Owed::Unreachable),
            ("two-step wished", false, ALL, MAIL, &[P::Password], Level::TwoStep, factor(&[EmailCode])),
        ];
        check(table);
    }

    #[test]
    fn nobody_stays_let_off_once_the_rule_lets_nobody_off() {
        let required = Rule { required: true, methods: APP_ONLY, ..LENIENT };
        let asks = |rule, proof| owed(rule, APP, &[Proof::Password, proof], Level::Password) != Owed::Nothing;
        assert!(!asks(required, Proof::KnownDevice) && !asks(required, Proof::Postponed));
        let strict = Rule { lets_off: false, ..required };
        assert!(asks(strict, Proof::KnownDevice) && !asks(strict, Proof::Postponed));
        let over = Rule { in_grace: false, ..required };
        assert!(asks(over, Proof::Postponed) && !asks(over, Proof::KnownDevice));
    }

    #[test]
    fn so_it_does_after_a_sign_in_elsewhere() {
        use Factor::{EmailCode, RecoveryCode, Totp};
        use Proof as P;
        let factor = |factors: &[Factor]| Owed::Factor(factors.to_vec());
        let table: &[Case] = &[
            ("upstream is enough", false, ALL, MAIL, &[P::Upstream], Level::Federated, Owed::Nothing),
            (
                "upstream is no password",
                false,
                ALL,
                MAIL,
                &[P::Upstream],
                Level::Password,
                Owed::Enrolment { policy: false },
            ),
            ("two-step after upstream", true, ALL, MAIL, &[P::Upstream], Level::Federated, factor(&[EmailCode])),
            ("upstream's own", true, APP_ONLY, NOTHING, &[P::Upstream, P::UpstreamMfa], Level::Mfa, Owed::Nothing),
            ("own app all the same", false, ALL, APP, &[P::Upstream], Level::Federated, factor(&[Totp, RecoveryCode])),
        ];
        check(table);
    }

    fn check(table: &[Case]) {
        for (name, required, methods, enrolled, proofs, wanted, expected) in table {
            let rule = Rule { required: *required, methods, ..LENIENT };
            assert_eq!(owed(rule, *enrolled, proofs, *wanted), *expected, "{name}");
        }
    }

    #[test]
    fn a_mailed_code_is_never_told_as_mfa() {
        let mailed = [Proof::Password, Proof::EmailCode];
        assert_eq!(amr(&mailed), ["pwd", "otp"]);
        assert_eq!(Level::of(&mailed).acr(), "urn:portner:acr:two-step");
        assert_eq!(amr(&[Proof::Password, Proof::Totp]), ["pwd", "otp", "mfa"]);
        assert_eq!(amr(&[Proof::Password, Proof::KnownDevice, Proof::Postponed]), ["pwd"]);
        assert_eq!(amr(&[Proof::Upstream]), ["fed"]);
        assert_eq!(amr(&[Proof::Upstream, Proof::UpstreamMfa]), ["fed", "mfa"]);
        assert_eq!(amr(&[Proof::Upstream, Proof::Totp]), ["fed", "otp", "mfa"]);
        assert_eq!(Level::of(&[Proof::UpstreamMfa]), Level::Federated, "nothing without the first proof");
    }

    #[test]
    fn the_acr_told_is_one_that_was_asked_for_if_the_evidence_supports_it() {
        let both = [Proof::Password, Proof::Totp];
        assert_eq!(acr(&both, &[Level::Password]), Level::Password.acr());
        assert_eq!(acr(&both, &[]), Level::Mfa.acr());
        assert_eq!(acr(&[Proof::Password], &[Level::Mfa]), Level::Password.acr());
    }

    #[test]
    fn nobody_is_told_of_a_password_that_was_given_elsewhere() {
        let federated = [Proof::Upstream];
        assert_eq!(acr(&federated, &[]), "urn:portner:acr:federated");
        assert_eq!(acr(&federated, &[Level::Password]), "urn:portner:acr:federated");
        let trusted = [Proof::Upstream, Proof::UpstreamMfa];
        assert_eq!(acr(&trusted, &[]), Level::Mfa.acr());
        assert_eq!(acr(&trusted, &[Level::Password]), Level::Mfa.acr(), "there was none");
        assert_eq!(acr(&[Proof::Upstream, Proof::EmailCode], &[]), Level::TwoStep.acr());
        assert_eq!(acr(&[Proof::Upstream, Proof::Password], &[]), Level::Password.acr());
        assert_eq!(Level::parse("urn:portner:acr:federated"), None, "nothing to ask for");
    }

    fn proofs() -> impl Strategy<Value = Vec<Proof>> {
        let all = [
            Proof::Password,
            Proof::Totp,
            Proof::EmailCode,
            Proof::RecoveryCode,
            Proof::KnownDevice,
            Proof::Postponed,
            Proof::Upstream,
            Proof::UpstreamMfa,
        ];
        prop::collection::vec(prop::sample::select(all.to_vec()), 0..6)
    }

    proptest! {
        #[test]
        fn nothing_is_owed_only_if_the_wish_is_met(
            required: bool, totp: bool, email: bool, recovery_codes: bool,
            proofs in proofs(), wanted in prop::sample::select(&Level::ALL[..]),
        ) {
            let enrolled = Enrolled { totp, recovery_codes, email };
            if owed(Rule { required, methods: ALL, ..LENIENT }, enrolled, &proofs, wanted) == Owed::Nothing {
                prop_assert!(Level::of(&proofs) >= wanted);
            }
        }

        #[test]
        fn a_rule_is_met_by_a_second_proof_or_by_being_let_off(proofs in proofs(), totp: bool) {
            let enrolled = Enrolled { totp, recovery_codes: totp, email: true };
            if owed(Rule { required: true, methods: ALL, ..LENIENT }, enrolled, &proofs, Level::Password) == Owed::Nothing {
                let second = Level::of(&proofs) >= Level::TwoStep;
                prop_assert!(second || proofs.contains(&Proof::KnownDevice) || proofs.contains(&Proof::Postponed));
            }
        }

        #[test]
        fn a_choice_that_is_offered_settles_the_debt(
            required: bool, totp: bool, email: bool, recovery_codes: bool,
            wanted in prop::sample::select(&Level::ALL[..]),
        ) {
            let enrolled = Enrolled { totp, recovery_codes, email };
            let rule = Rule { required, methods: ALL, ..LENIENT };
            if let Owed::Factor(choices) = owed(rule, enrolled, &[Proof::Password], wanted) {
                for choice in choices {
                    let proofs = [Proof::Password, Proof::of(choice)];
                    prop_assert_eq!(owed(rule, enrolled, &proofs, wanted), Owed::Nothing);
                }
            }
        }
    }
}
