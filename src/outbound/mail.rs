//! Sending mail by SMTP (RFC 5321), through the one server that the configuration names. With `starttls` or `tls`
//! nothing is ever sent in the clear: a server that does not offer it gets no mail and no password.
//!
//! Blocks; for the job thread alone.

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message, SmtpTransport, Transport as _};
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::mail::{Sender, one_line};
use crate::domain::user::EmailAddress;

/// For each step of the conversation. A mail server may take its time, but not for ever.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// In the clear: for a server on the same machine.
    None,
    StartTls,
    Tls,
}

pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<(String, SecretString)>,
    pub sender: Sender,
    /// How this server names itself to the other: its own host name.
    pub hello: String,
    /// Further CA certificates, PEM.
    pub trust_anchors: Vec<Vec<u8>>,
}

/// A mail as it is to be sent.
pub struct Outgoing<'a> {
    /// Unique and the same at each attempt, so that a mail that arrives twice is recognised.
    pub id: String,
    /// The tenant, as the person knows it.
    pub from_name: &'a str,
    pub to: &'a EmailAddress,
    pub to_name: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Trying again may help.
    #[error("{0}")]
    Later(String),
    /// The server cannot be reached or talked to: no mail gets through at the moment.
    #[error("{0}")]
    Down(String),
    /// This mail will never be accepted.
    #[error("{0}")]
    Never(String),
}

#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    #[error("the mail server's TLS settings cannot be used: {0}")]
    Tls(lettre::transport::smtp::Error),
    #[error("mail.from is no address that can be sent from")]
    Sender,
}

pub struct Mailer {
    transport: SmtpTransport,
    sender: Address,
}

impl Mailer {
    pub fn new(server: MailServer) -> Result<Self, MailerError> {
        let sender = address(&server.sender.address).ok_or(MailerError::Sender)?;
        let tls = match server.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(tls(&server).map_err(MailerError::Tls)?),
            Security::Tls => Tls::Wrapper(tls(&server).map_err(MailerError::Tls)?),
        };
        let mut builder = SmtpTransport::builder_dangerous(server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(server.hello));
        if let Some((username, password)) = server.login {
            builder = builder.credentials(Credentials::new(username, password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), sender })
    }

    pub fn send(&self, mail: &Outgoing<'_>) -> Result<(), MailError> {
        let message = self.write(mail)?;
        match self.transport.send(&message) {
            Ok(_accepted) => Ok(()),
            // Some servers take no address beyond ASCII (RFC 6531): that is this mail's trouble, not everybody's.
            Err(error) if error.is_client() && !mail.to.as_str().is_ascii() => {
                Err(MailError::Never(in_one_line(&error)))
            }
            Err(error) => Err(judge(&error)),
        }
    }

    fn write(&self, mail: &Outgoing<'_>) -> Result<Message, MailError> {
        let to = address(mail.to).ok_or_else(|| MailError::Never("the address cannot be written to".to_owned()))?;
        let id = format!("<{}@{}>", mail.id, self.sender.domain());
        let body = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.to_owned()))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(mail.html.to_owned()));
        // A name that is more than a line would make lettre panic.
        Message::builder()
            .from(Mailbox::new(Some(one_line(mail.from_name)), self.sender.clone()))
            .to(Mailbox::new(Some(one_line(mail.to_name)), to))
            .subject(one_line(mail.subject))
            .message_id(Some(id))
            .date_now()
            // RFC 3834 §5: holiday notices and the like are not to answer.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(body)
            .map_err(|error| MailError::Never(error.to_string()))
    }
}

/// Internationalised names go over the wire in their ASCII form; what is left must be an address to SMTP.
fn address(address: &EmailAddress) -> Option<Address> {
    address.as_str().parse().ok()
}

fn tls(server: &MailServer) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut parameters = TlsParameters::builder(server.host.clone());
    for pem in &server.trust_anchors {
        parameters = parameters.add_root_certificate(Certificate::from_pem(pem)?);
    }
    parameters.build_rustls()
}

/// Refused for good is only what the server says about the mail itself; what it says about us (534, 535, 538 of RFC
/// 4954; 530 of RFC 3207) will be mended by somebody.
fn judge(error: &lettre::transport::smtp::Error) -> MailError {
    let text = in_one_line(error);
    match error.status().map(u16::from) {
        None | Some(530..=538) => MailError::Down(text),
        Some(_) if error.is_permanent() => MailError::Never(text),
        Some(_) => MailError::Later(text),
    }
}

/// The error with its causes.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let told = inner.to_string();
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = inner.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer() -> Mailer {
        let server = MailServer {
            host: "localhost".to_owned(),
            port: 9,
            security: Security::None,
            login: None,
            sender: Sender::parse("Portner <no-reply@localhost>").unwrap(),
            hello: "localhost".to_owned(),
            trust_anchors: Vec::new(),
        };
        Mailer::new(server).unwrap()
    }

    fn written(from_name: &str, subject: &str) -> String {
        let mail = Outgoing {
            id: "0190".to_owned(),
            from_name,
            to: &EmailAddress::parse("mette@acme.example").unwrap(),
            to_name: "Mette Åse",
            subject,
            text: "Hej Mette\nhttps://login.example/welcome?token=ptl_x\n",
            html: "<p>Hej Mette</p>",
        };
        String::from_utf8(mailer().write(&mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_both_forms_and_asks_for_no_answer() {
        let text = written("Fjordby Kommune", "Vælg en ny adgangskode");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("From: \"Fjordby Kommune\" <no-reply@localhost>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated\r\n"), "{head}");
        assert!(head.contains("Message-ID: <0190@localhost>"), "{head}");
        assert!(head.contains("multipart/alternative"), "{head}");
        assert!(head.is_ascii(), "{head}");
        assert!(body.contains("text/plain") && body.contains("text/html"), "{body}");
    }

    #[test]
    fn nothing_that_is_written_becomes_a_header_of_its_own() {
        let text = written("Acme\r\nBcc: eve@evil.example", "Hello\r\nBcc: eve@evil.example\r\n\r\n<b>body</b>");
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
    }

    #[test]
    fn a_server_that_is_not_there_is_down() {
        let mail = Outgoing {
            id: "0190".to_owned(),
            from_name: "Acme",
            to: &EmailAddress::parse("mette@acme.example").unwrap(),
            to_name: "Mette",
            subject: "Hello",
            text: "Hello",
            html: "<p>Hello</p>",
        };
        assert!(matches!(mailer().send(&mail), Err(MailError::Down(_))));
    }
}
