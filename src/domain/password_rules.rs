//! Which passwords a tenant takes (IN-5). One evaluator for page, preview, import and command line, so that what is
//! shown is what is enforced.
//!
//! A password is judged in NFC, as it is hashed; its length is counted in code points. Letters are what Unicode calls
//! letters: `æøåäö` count like any other. Lists and words are compared without regard to case and to the usual
//! disguises (`p4$$w0rd`).

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use super::policy::PasswordPolicy;
use super::user::{User, fold};

/// One demand on a password, as it is shown before typing and named when it is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    MinLength(u32),
    MaxLength(u32),
    Digits(u32),
    Special(u32),
    Upper(u32),
    Lower(u32),
    Common,
    Breached,
    OwnWords,
    /// Not one of so many before. Known only where the earlier hashes are.
    History(u32),
}

impl Rule {
    /// The same in texts, JSON and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::MinLength(_) => "min_length",
            Self::MaxLength(_) => "max_length",
            Self::Digits(_) => "min_digits",
            Self::Special(_) => "min_special",
            Self::Upper(_) => "min_upper",
            Self::Lower(_) => "min_lower",
            Self::Common => "common",
            Self::Breached => "breached",
            Self::OwnWords => "own_words",
            Self::History(_) => "history",
        }
    }

    pub fn number(self) -> Option<u32> {
        match self {
            Self::MinLength(n)
            | Self::MaxLength(n)
            | Self::Digits(n)
            | Self::Special(n)
            | Self::Upper(n)
            | Self::Lower(n)
            | Self::History(n) => Some(n),
            Self::Common | Self::Breached | Self::OwnWords => None,
        }
    }
}

/// A sentence for command lines and the log; pages have their own texts.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MinLength(n) => write!(f, "must have at least {n} characters"),
            Self::MaxLength(n) => write!(f, "must have at most {n} characters"),
            Self::Digits(n) => write!(f, "must have at least {n} digits"),
            Self::Special(n) => write!(f, "must have at least {n} characters that are neither letters nor digits"),
            Self::Upper(n) => write!(f, "must have at least {n} upper-case letters"),
            Self::Lower(n) => write!(f, "must have at least {n} lower-case letters"),
            Self::Common => f.write_str("is among the most common passwords"),
            Self::Breached => f.write_str("is known from a breach"),
            Self::OwnWords => f.write_str("contains a name or word of the person or the organisation"),
            Self::History(n) => write!(f, "is one of the last {n} passwords"),
        }
    }
}

/// The rules in force, in the order in which they are shown. A maximum is told only once it is exceeded.
pub fn shown(policy: &PasswordPolicy) -> Vec<Rule> {
    let counted = [
        Rule::MinLength(policy.min_length),
        Rule::Digits(policy.min_digits),
        Rule::Special(policy.min_special),
        Rule::Upper(policy.min_upper),
        Rule::Lower(policy.min_lower),
        Rule::History(policy.history),
    ];
    let switched = [
        (policy.refuse_common, Rule::Common),
        (policy.refuse_breached, Rule::Breached),
        (policy.refuse_own_words, Rule::OwnWords),
    ];
    let mut rules: Vec<Rule> = counted.into_iter().filter(|rule| rule.number() != Some(0)).collect();
    rules.extend(switched.into_iter().filter(|(on, _)| *on).map(|(_, rule)| rule));
    rules
}

/// Words that are easily guessed for one person: at least four characters each, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(HashSet<String>);

/// Shorter ones stand in too many passwords by chance.
const SHORTEST_WORD: usize = 4;

impl Words {
    /// The organisation's: its name and what it has listed.
    pub fn of_organisation(name: &str, own_words: &[String]) -> Self {
        let mut words = Self::default();
        words.add(name);
        for word in own_words {
            words.add(word);
        }
        words
    }

    #[must_use]
    pub fn and_person(mut self, user: &User) -> Self {
        self.add(user.username.as_str());
        self.add(user.email.as_ref().map_or("", |email| email.as_str()));
        let profile = &user.profile;
        let names = [&profile.name, &profile.given_name, &profile.middle_name, &profile.family_name, &profile.nickname];
        names.into_iter().flatten().for_each(|name| self.add(name));
        self
    }

    /// A name, whole and in its parts.
    fn add(&mut self, text: &str) {
        let folded = fold(text);
        let mut keep = |word: &str| {
            if word.chars().count() >= SHORTEST_WORD {
                self.0.insert(word.to_owned());
            }
        };
        folded.split(|c: char| !c.is_alphanumeric()).for_each(&mut keep);
        keep(&folded);
        keep(&folded.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    }

    fn stand_in(&self, folded: &str, plain: &str) -> bool {
        self.0.iter().any(|word| folded.contains(word.as_str()) || plain.contains(undisguised(word).as_str()))
    }
}

/// What the password does not meet. Empty: it is taken, but for the history, which only hashes know.
///
/// `breached` knows more than the list that is built in.
pub fn evaluate(policy: &PasswordPolicy, words: &Words, breached: &dyn Fn(&str) -> bool, password: &str) -> Vec<Rule> {
    let normal = Zeroizing::new(password.nfc().collect::<String>());
    let folded = Zeroizing::new(fold(password));
    let plain = undisguised(&folded);
    let met = |rule: &Rule| match *rule {
        Rule::MinLength(least) => count(&normal, |_| true) >= least,
        Rule::MaxLength(most) => count(&normal, |_| true) <= most,
        Rule::Digits(least) => count(&normal, char::is_numeric) >= least,
        Rule::Special(least) => count(&normal, is_special) >= least,
        Rule::Upper(least) => count(&normal, char::is_uppercase) >= least,
        Rule::Lower(least) => count(&normal, char::is_lowercase) >= least,
        Rule::Common => !is_common(&folded, &plain),
        Rule::Breached => !is_well_known(&folded) && !breached(&normal),
        Rule::OwnWords => !words.stand_in(&folded, &plain),
        Rule::History(_) => true,
    };
    let all = shown(policy).into_iter().chain([Rule::MaxLength(policy.max_length)]);
    all.filter(|rule| !met(rule)).collect()
}

fn count(text: &str, wanted: impl Fn(char) -> bool) -> u32 {
    u32::try_from(text.chars().filter(|c| wanted(*c)).count()).unwrap_or(u32::MAX)
}

/// Neither letter nor digit, nor a mark that belongs to a letter.
fn is_special(c: char) -> bool {
    !c.is_alphanumeric() && !is_combining_mark(c)
}

/// Without the signs that stand for letters.
fn undisguised(text: &str) -> Zeroizing<String> {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        other => other,
    };
    Zeroizing::new(text.chars().map(letter).collect())
}

/// Words that stand at the top of every list of stolen passwords, Nordic ones included: each is refused alone and with
/// up to six digits or signs around it, which makes some millions of passwords.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("password_rules/common.txt").lines().collect());

/// How many digits and signs around a common word make no difference.
const TRIMMINGS: usize = 6;

/// What fingers do: rows of the keyboard and the alphabet.
const ROWS: [&str; 7] = [
    "1234567890",
    "qwertyuiopå",
    "asdfghjklæø",
    "asdfghjklöä",
    "zxcvbnm",
    "qwertzuiop",
    "abcdefghijklmnopqrstuvwxyzæøå",
];

fn is_common(folded: &str, plain: &str) -> bool {
    is_dressed_word(folded) || is_repeated(folded) || [folded, plain].into_iter().any(is_walk)
}

/// In the list just as it is.
fn is_well_known(folded: &str) -> bool {
    COMMON.contains(folded) || is_walk(folded)
}

/// A common word, also twice, with digits and signs at its ends. Nothing but a few digits is one too.
fn is_dressed_word(text: &str) -> bool {
    let is_trimming = |c: char| !c.is_alphabetic();
    let length = |text: &str| text.chars().count();
    // A sign at an end may stand for a letter: `4dm1n2026`.
    let cores = [text, text.trim_start_matches(is_trimming), text.trim_end_matches(is_trimming)];
    let both = text.trim_matches(is_trimming);
    if both.is_empty() {
        return length(text) <= 2 * TRIMMINGS;
    }
    cores.into_iter().chain([both]).any(|core| {
        let trimmings = length(text).saturating_sub(length(core));
        trimmings <= TRIMMINGS && (is_listed(core) || is_listed(&undisguised(core)))
    })
}

/// In the list, or the same word of it twice.
fn is_listed(core: &str) -> bool {
    let half = core.char_indices().nth(core.chars().count().div_ceil(2)).map_or(core.len(), |(at, _)| at);
    let (first, second) = core.split_at(half);
    COMMON.contains(core) || (first == second && COMMON.contains(first))
}

/// A group of at most four characters over and over.
fn is_repeated(text: &str) -> bool {
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let repeats = |period: usize| {
        chars.len() >= 3 * period && chars.iter().zip(chars.iter().skip(period)).all(|(one, other)| one == other)
    };
    (1..=4).any(repeats)
}

/// At least three quarters of it are walks of four keys or more along a row, either way.
fn is_walk(text: &str) -> bool {
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let longest = |row: &[char]| {
        // Along the row, from each place where the walk could begin.
        let mut best = 0;
        let mut walked = 0;
        for pair in chars.windows(2) {
            let follows = row.windows(2).any(|keys| keys == pair) || pair == ['0', '1'];
            walked = match (follows, walked) {
                (true, 0) => 2,
                (true, steps) => steps + 1,
                (false, steps) => {
                    best += if steps >= 4 { steps } else { 0 };
                    0
                }
            };
        }
        best + if walked >= 4 { walked } else { 0 }
    };
    let mut covered = 0_usize;
    for row in ROWS {
        let forward: Vec<char> = row.chars().collect();
        let backward: Vec<char> = row.chars().rev().collect();
        covered = covered.max(longest(&forward)).max(longest(&backward));
    }
    let mixed: usize = ["1234567890", "qwertyuiopå", "asdfghjkl", "zxcvbnm"]
        .into_iter()
        .map(|row| longest(&row.chars().collect::<Vec<_>>()))
        .sum();
    let length = chars.len();
    length > 0 && covered.max(mixed.min(length)).saturating_mul(4) >= length.saturating_mul(3)
}

#[cfg(test)]
mod tests;
