//! What is said of an application in several places.

use crate::domain::doubt::{Doubt, short};
use crate::domain::registration::{Fault, Field, Trouble};
use crate::domain::watch::{Alert, Failure, Held};
use crate::view::Frame;

pub(super) fn fault(frame: &Frame, fault: &Fault) -> String {
    match fault {
        Fault::Taken(Field::Realm) => frame.text("apps-taken-realm"),
        Fault::Taken(Field::EntityId) => frame.text("apps-taken-entity-id"),
        Fault::Taken(_) => frame.text("apps-taken"),
        Fault::Metadata(trouble) => self::trouble(frame, trouble),
        Fault::Wrong(field) => frame.text(match field {
            Field::Id => "apps-wrong-id",
            Field::Name => "apps-wrong-name",
            Field::Role => "apps-wrong-role",
            Field::Metadata => "apps-wrong-metadata",
            Field::MetadataUrl => "apps-wrong-metadata-url",
            Field::MetadataCertificates => "apps-wrong-metadata-certificates",
            Field::EntityId => "apps-wrong-entity-id",
            Field::Signed => "apps-wrong-signed",
            Field::Encrypt => "apps-wrong-encrypt",
            Field::SignsRequests => "apps-wrong-signs-requests",
            Field::Preset => "apps-wrong-preset",
            Field::NameId => "apps-wrong-name-id",
            Field::RelayState => "apps-wrong-relay-state",
            Field::Attributes => "apps-wrong-attributes",
            Field::Realm => "apps-wrong-realm",
            Field::ReplyUrls => "apps-wrong-reply-urls",
            Field::Certificate => "apps-wrong-certificate",
        }),
    }
}

fn trouble(frame: &Frame, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable => frame.text("apps-trouble-unreachable"),
        Trouble::NotXml => frame.text("apps-trouble-xml"),
        Trouble::NotMetadata => frame.text("apps-trouble-metadata"),
        Trouble::NoServiceProvider => frame.text("apps-trouble-nobody"),
        Trouble::Several(_) => frame.text("apps-trouble-several"),
        Trouble::Absent => frame.text("apps-trouble-absent"),
        Trouble::Address(address) => frame.text_with("apps-trouble-address", "address", address),
        Trouble::NoConsumer => frame.text("apps-trouble-consumer"),
        Trouble::NoKey => frame.text("apps-trouble-key"),
        Trouble::TooMuch => frame.text("apps-trouble-much"),
        Trouble::Expired => frame.text("apps-trouble-expired"),
        Trouble::TooLarge => frame.text("apps-trouble-large"),
        Trouble::SignatureMissing => frame.text("apps-trouble-signature-missing"),
        Trouble::SignatureWrong => frame.text("apps-trouble-signature-wrong"),
        Trouble::Endless => frame.text("apps-trouble-endless"),
    }
}

pub(super) fn doubt(frame: &Frame, doubt: &Doubt) -> String {
    match doubt {
        Doubt::PlainAddress(address) => frame.text_with("apps-doubt-plain", "address", address),
        Doubt::CertificateExpired { fingerprint, .. } => {
            frame.text_with("apps-doubt-expired", "fingerprint", &short(fingerprint))
        }
        Doubt::CertificateExpires { fingerprint, .. } => {
            frame.text_with("apps-doubt-expires", "fingerprint", &short(fingerprint))
        }
        Doubt::NoSigningCertificate => frame.text("apps-doubt-no-certificate"),
        Doubt::SignatureWaived => frame.text("apps-doubt-waived"),
        Doubt::Unmapped(name) => frame.text_with("apps-doubt-unmapped", "name", name),
        Doubt::OtherNameId(format) => frame.text_with("apps-doubt-name-id", "format", format),
        Doubt::LeftOut(what) => frame.text_with("apps-doubt-left-out", "what", what),
        Doubt::SignatureUnchecked(Some(fingerprint)) => {
            frame.text_with("apps-doubt-signature-by", "fingerprint", fingerprint)
        }
        Doubt::SignatureUnchecked(None) => frame.text("apps-doubt-signature"),
        Doubt::MetadataEnds(at) => frame.text_with("apps-doubt-ends", "day", &frame.moment(at)),
    }
}

pub(super) fn alert(frame: &Frame, alert: Alert) -> String {
    match alert {
        Alert::Held(Held::Unsigned) => frame.text("apps-held-unsigned"),
        Alert::Held(Held::AllKeysGone) => frame.text("apps-held-keys"),
        Alert::Held(Held::NothingToEncryptFor) => frame.text("apps-held-encrypt"),
        Alert::Held(Held::OtherEntity) => frame.text("apps-held-entity"),
        Alert::Failed(Failure::Unreachable) => frame.text("apps-failed-unreachable"),
        Alert::Failed(Failure::Unusable) => frame.text("apps-failed-unusable"),
        Alert::Failed(Failure::Expired) => frame.text("apps-failed-expired"),
        Alert::Failed(Failure::TooLarge) => frame.text("apps-failed-large"),
        Alert::Failed(Failure::SignatureMissing) => frame.text("apps-failed-signature-missing"),
        Alert::Failed(Failure::SignatureWrong) => frame.text("apps-failed-signature-wrong"),
        Alert::Failed(Failure::Endless) => frame.text("apps-failed-endless"),
        Alert::CertificateExpired(at) => frame.text_with("apps-certificate-expired", "day", &frame.moment(&at)),
        Alert::CertificateExpires(at) => frame.text_with("apps-certificate-expires", "day", &frame.moment(&at)),
    }
}
