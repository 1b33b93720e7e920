//! Status codes (SAML Core §3.2.2.2). A top-level one says whose fault it is, the second what it was.

use crate::crypto::xml::Writer;

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Requester,
    Responder,
    VersionMismatch,
}

/// What it was, where the specification has a name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    AuthnFailed,
    InvalidNameIdPolicy,
    NoAuthnContext,
    NoPassive,
    PartialLogout,
    ProxyCountExceeded,
    RequestDenied,
    RequestUnsupported,
    RequestVersionTooHigh,
    RequestVersionTooLow,
    UnknownPrincipal,
    UnsupportedBinding,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Success,
    /// Success on the whole, with a word about it (`PartialLogout`).
    SuccessBut(Reason),
    Refused {
        fault: Fault,
        reason: Option<Reason>,
        message: String,
    },
}

const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::Requester => "Requester",
            Self::Responder => "Responder",
            Self::VersionMismatch => "VersionMismatch",
        }
    }
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::AuthnFailed => "AuthnFailed",
            Self::InvalidNameIdPolicy => "InvalidNameIDPolicy",
            Self::NoAuthnContext => "NoAuthnContext",
            Self::NoPassive => "NoPassive",
            Self::PartialLogout => "PartialLogout",
            Self::ProxyCountExceeded => "ProxyCountExceeded",
            Self::RequestDenied => "RequestDenied",
            Self::RequestUnsupported => "RequestUnsupported",
            Self::RequestVersionTooHigh => "RequestVersionTooHigh",
            Self::RequestVersionTooLow => "RequestVersionTooLow",
            Self::UnknownPrincipal => "UnknownPrincipal",
            Self::UnsupportedBinding => "UnsupportedBinding",
        }
    }
}

impl Status {
    pub fn refused(fault: Fault, reason: Option<Reason>, message: impl Into<String>) -> Self {
        Self::Refused { fault, reason, message: message.into() }
    }

    /// `<samlp:Status>` inside a message that declares `samlp`.
    pub fn write(&self, writer: &mut Writer) {
        let (top, second, message) = match self {
            Self::Success => (SUCCESS.to_owned(), None, None),
            Self::SuccessBut(reason) => (SUCCESS.to_owned(), Some(*reason), None),
            Self::Refused { fault, reason, message } => {
                (format!("{STATUS}{}", fault.name()), *reason, Some(message.as_str()))
            }
        };
        writer.open("samlp:Status", &[]).open("samlp:StatusCode", &[("Value", &top)]);
        if let Some(second) = second {
            let value = format!("{STATUS}{}", second.name());
            writer.open("samlp:StatusCode", &[("Value", &value)]).close();
        }
        writer.close();
        if let Some(message) = message {
            writer.leaf("samlp:StatusMessage", &[], message);
        }
        writer.close();
    }
}
