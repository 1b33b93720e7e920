//! The mailed one-time code (IN-2): sent when it is the first choice, or when the person chooses it.

use crate::crypto::totp::Code;
use crate::domain::Time;
use crate::domain::assurance::{Level, Owed};
use crate::domain::attempt::Factor;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{MailCodeId, SignInId};
use crate::domain::mail::{Confided, Message};
use crate::domain::quantity::Rate;
use crate::domain::user::User;
use crate::store::mail_codes::MailCode;
use crate::store::{self, StoreError, Tx};

use super::super::browser::Browser;
use super::super::interaction::Interaction;
use super::super::{Site, mail};
use super::{owed_by, pending};

/// A code on its way, minted before the transaction.
pub(super) struct Mailing {
    code: MailCodeDraft,
    text: Code,
    cap: Option<Rate>,
    origin: Origin,
}

struct MailCodeDraft {
    id: MailCodeId,
    sign_in: SignInId,
    mac: [u8; 32],
    sent_at: Time,
    expires_at: Time,
}

impl Mailing {
    pub(super) fn prepare(site: &Site, browser: &Browser, sign_in: SignInId, now: Time) -> Self {
        let text = Code::generate(site.entropy.as_ref());
        let code = MailCodeDraft {
            id: MailCodeId::from_uuid(site.new_id(now)),
            sign_in,
            mac: mail_code_mac(site, sign_in, &text),
            sent_at: now,
            expires_at: now + site.lifetimes.one_time_code,
        };
        Self { code, text, cap: site.codes_per_account, origin: browser.origin.clone() }
    }

    /// `false`: too many were sent to this person already.
    pub(super) fn send(self, tx: &mut Tx<'_>, user: &User) -> Result<bool, StoreError> {
        let MailCodeDraft { id, sign_in, mac, sent_at, expires_at } = self.code;
        if let Some(cap) = self.cap
            && store::mail_codes::sent_since(tx, user.id, sent_at - cap.per)? >= cap.events.get()
        {
            return Ok(false);
        }
        store::mail_codes::insert(tx, &MailCode { id, sign_in, user: user.id, mac, sent_at, expires_at })?;
        let message = Message::OneTimeCode { code: Confided::new(self.text.as_str()), expires_at };
        mail::queue(tx, user, message, sent_at)?;
        let event = Event::new(sent_at, EventKind::CodeSent, Outcome::Success, Actor::Nobody, &self.origin);
        store::audit::append(tx, &event.user(user.id).username(user.username.as_str()))?;
        Ok(true)
    }
}

/// Bound to the sign-in: the same digits are worth nothing in another.
pub(super) fn mail_code_mac(site: &Site, sign_in: SignInId, code: &Code) -> [u8; 32] {
    let mut data = sign_in.as_uuid().as_bytes().to_vec();
    data.extend_from_slice(code.as_str().as_bytes());
    site.store.mac().tag("mail-code", &data)
}

/// What came of choosing another way, or of asking for another code.
#[derive(Debug, PartialEq, Eq)]
pub enum Chosen {
    Ready,
    /// Too many codes were mailed; another may be asked for later.
    Capped,
    Gone,
}

/// The person takes another way; a code is mailed where that is the way.
pub fn choose(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    method: Factor,
    wanted: Level,
) -> Result<Chosen, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Chosen::Gone) };
    let now = site.now();
    let mailing = Mailing::prepare(site, browser, id, now);
    let (policy, binding) = (site.settings.policy.clone(), browser.binding);
    site.store.write(move |tx| {
        let Some((sign_in, user)) = pending(tx, id, &binding, now)? else { return Ok(Chosen::Gone) };
        let rules = policy.for_roles(&user.roles);
        match owed_by(tx, &user, &rules, (&sign_in.proofs, wanted), now)? {
            Owed::Factor(choices) if choices.contains(&method) => {}
            Owed::Nothing | Owed::Factor(_) | Owed::Enrolment { .. } | Owed::Unreachable => return Ok(Chosen::Gone),
        }
        if method == Factor::EmailCode && !mailing.send(tx, &user)? {
            return Ok(Chosen::Capped);
        }
        Ok(Chosen::Ready)
    })
}
