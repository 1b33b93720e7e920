//! What SAML libraries have been caught with, one line each (CVE numbers in the catalogue of attacks): how `SignedInfo` says
//! something else than that it covers the element it stands in, and by an algorithm that is accepted.

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// Why, and what stands where. `id` is that of the signed element; elements without content are written in one tag.
pub fn faults(id: &str) -> Vec<(String, String, String)> {
    let mut faults = Vec::new();
    let mut refuse = |why: &str, from: &str, to: &str| faults.push((why.to_owned(), from.to_owned(), to.to_owned()));
    let transform = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"/></ds:Transforms>");
    let reference = format!("URI=\"#{id}\"");
    refuse("empty reference", &reference, "URI=\"\"");
    refuse("no reference", &reference, "");
    refuse("reference outside", &reference, "URI=\"http://evil.example/a.xml\"");
    refuse("file", &reference, "URI=\"file:///etc/passwd\"");
    refuse("xpointer", &reference, &format!("URI=\"#xpointer(id('{id}'))\""));
    refuse("another element", &reference, "URI=\"#_b\"");
    refuse("sha-1 digest", SHA256, "http://www.w3.org/2000/09/xmldsig#sha1");
    refuse("sha-1 signature", RSA, "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    refuse("hmac", RSA, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256");
    refuse("hmac-sha1", RSA, "http://www.w3.org/2000/09/xmldsig#hmac-sha1");
    refuse("dsa", RSA, "http://www.w3.org/2009/xmldsig11#dsa-sha256");
    refuse("no algorithm", &format!(" Algorithm=\"{RSA}\""), "");
    let method = format!("<ds:SignatureMethod Algorithm=\"{RSA}\"/>");
    let length = method.replace("/>", "><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>");
    refuse("truncated", &method, &length);
    for uri in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        ENVELOPED,
        EXCLUSIVE,
    ] {
        refuse(uri, "</ds:Transforms>", &transform(uri));
        refuse(uri, &format!("Algorithm=\"{ENVELOPED}\""), &format!("Algorithm=\"{uri}x\""));
    }
    let exclusive = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>");
    refuse("only enveloped", &exclusive, "");
    refuse("inclusive", &exclusive, "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>");
    refuse("comments", &exclusive, &exclusive.replace("\"/>", "WithComments\"/>"));
    refuse("xpath inside", &exclusive, &exclusive.replace("/>", "><ds:XPath>1</ds:XPath></ds:Transform>"));
    refuse("inclusive info", EXCLUSIVE, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
    refuse("no transforms", &format!("<ds:Transform Algorithm=\"{ENVELOPED}\"/>{exclusive}"), "");
    refuse("two references", "</ds:SignedInfo>", &format!("<ds:Reference {reference}/></ds:SignedInfo>"));
    refuse("comment in the digest", "<ds:DigestValue>", "<ds:DigestValue><!-- x -->");
    refuse("comment in the info", "<ds:Reference", "<!-- x --><ds:Reference");
    refuse("cdata in the digest", "<ds:DigestValue>", "<ds:DigestValue><![CDATA[]]>");
    refuse("element in the digest", "<ds:DigestValue>", "<ds:DigestValue><x/>");
    refuse("empty digest", "<ds:DigestValue>", "<ds:DigestValue/><ds:DigestValue>");
    refuse("text between", "<ds:Reference", "x<ds:Reference");
    refuse("foreign name", "<ds:DigestMethod", "<DigestMethod xmlns=\"urn:x\"/><ds:DigestMethod");
    faults
}
