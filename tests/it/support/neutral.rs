//! XML that is the same in every run: one element a line, what differs by nature named.

use super::App;

const HIDDEN: [&str; 4] = ["ds:DigestValue", "ds:SignatureValue", "ds:X509Certificate", "saml:NameID"];

pub fn neutral(app: &App, xml: &str) -> String {
    let text = xml.replace(&app.base(), "{base}").replace(&format!("Acme {}", app.slug), "{tenant}");
    let line = |line: &str| {
        let attributes = line.split('"').enumerate().map(|(n, part)| if n % 2 == 1 { value(part) } else { part });
        hidden(&attributes.collect::<Vec<_>>().join("\""))
    };
    text.replace("><", ">\n<").lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Of an attribute: an identifier, an instant, or what it says.
fn value(text: &str) -> &str {
    match text {
        id if id.starts_with('_') => "{id}",
        reference if reference.starts_with("#_") => "#{id}",
        time if time.ends_with('Z') && time.get(4..5) == Some("-") && time.get(10..11) == Some("T") => "{time}",
        other => other,
    }
}

fn hidden(line: &str) -> String {
    let is_hidden = HIDDEN.iter().any(|name| line.starts_with(&format!("<{name}")));
    match (is_hidden, line.find('>'), line.rfind("</")) {
        (true, Some(begin), Some(end)) if begin < end => format!("{}…{}", &line[..=begin], &line[end..]),
        _ => line.to_owned(),
    }
}
