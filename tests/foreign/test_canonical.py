"""Canonicalisation as lxml does it, against what Portner signed: digests and signatures computed anew from what arrived."""

from __future__ import annotations

import base64
import hashlib
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from person import Person
from saml import ENTITY, NAMES, Pair, apply, certificates, declare, message, metadata, posted
from test_python3_saml import Provider

PASSWORD = "rugbrød med sild og løg"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
# What XML writes in more than one way.
ODD = {
    "username": "odd",
    "email": "odd@acme.example",
    "given_name": "Å \"quoted\" & <tag> 'apos' ]]> &amp;",
    "family_name": "Æblegrød\u00a0\u2028 😀 e\u0301 xmlns:a='urn:a'",
    "groups": ["<!-- none -->", "a&b", "<![CDATA[x]]>", "ærø>"],
    "password": PASSWORD,
}


def canonical(element: etree._Element, prefixes: list[str]) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes)


def prefixes_of(method: etree._Element) -> list[str]:
    listed = method.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    return [] if listed is None else listed.get("PrefixList").split()


def signed_elements(tree: etree._Element) -> list[etree._Element]:
    return [signature.getparent() for signature in tree.iter(f"{{{NAMES['ds']}}}Signature")]


class Canonical(unittest.TestCase):
    def check(self, xml: str | bytes) -> int:
        """Every signature in it; how many there were."""
        xml = xml.encode() if isinstance(xml, str) else xml
        keys = [x509.load_der_x509_certificate(base64.b64decode(one)).public_key() for one in certificates()]
        count = len(signed_elements(etree.fromstring(xml)))
        for position in range(count):
            element = signed_elements(etree.fromstring(xml))[position]
            signature = element.find("ds:Signature", NAMES)
            info = signature.find("ds:SignedInfo", NAMES)
            method = info.find("ds:CanonicalizationMethod", NAMES)
            self.assertEqual(method.get("Algorithm"), EXCLUSIVE)
            octets = canonical(info, prefixes_of(method))
            reference = info.find("ds:Reference", NAMES)
            self.assertEqual(reference.get("URI"), "#" + element.get("ID"))
            transform = reference.findall("ds:Transforms/ds:Transform", NAMES)[-1]
            element.remove(signature)
            digest = hashlib.sha256(canonical(element, prefixes_of(transform))).digest()
            self.assertEqual(base64.b64encode(digest).decode(), reference.findtext("ds:DigestValue", None, NAMES))
            value = base64.b64decode(signature.findtext("ds:SignatureValue", None, NAMES))
            self.assertTrue(any(self.verifies(key, value, octets) for key in keys))
        return count

    @staticmethod
    def verifies(key: object, value: bytes, octets: bytes) -> bool:
        try:
            key.verify(value, octets, padding.PKCS1v15(), hashes.SHA256())
        except Exception:  # noqa: BLE001 - whatever it says, this key did not sign it
            return False
        return True

    def test_digests_are_those_of_lxml_whatever_a_person_is_called(self) -> None:
        apply({"version": 1, "tenant": [{"slug": "acme", "user": [ODD]}]})
        provider = Provider("py-canonical", sign_response=True, sign_assertion=True)
        person, auth = Person(), provider.auth()
        page = person.submit(person.open(auth.login()), "password", {"username": "odd", "password": PASSWORD})
        fields = posted(page, provider.acs)
        self.assertEqual(self.check(message(fields)), 2)
        answer = provider.accept(fields, auth.get_last_request_id())
        self.assertEqual(answer.get_attributes()["displayName"], [f"{ODD['given_name']} {ODD['family_name']}"])
        self.assertEqual(sorted(answer.get_attributes()["memberOf"]), sorted(ODD["groups"]))

    def test_so_is_the_digest_of_the_metadata(self) -> None:
        declare("py-metadata", Pair("py-metadata"))
        self.assertEqual(self.check(metadata()), 1)
        self.assertIn(ENTITY.encode(), metadata())


if __name__ == "__main__":
    unittest.main()
