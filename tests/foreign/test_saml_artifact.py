"""Artifacts and their resolution, by the schemas of OASIS and with messages that xmlsec signs and verifies."""

from __future__ import annotations

import datetime
import unittest
import uuid
from urllib.parse import parse_qs, urlsplit

import requests
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from person import Person
from saml import BASE, NAMES, Pair, certificates, declare, validate


def envelope(name: str, pair: Pair, artifact: str) -> str:
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = (
        f'<samlp:ArtifactResolve xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" ID="_{uuid.uuid4().hex}"'
        f' Version="2.0" IssueInstant="{now}" Destination="{BASE}/saml/artifact">'
        f"<saml:Issuer>http://{name}.localhost/metadata</saml:Issuer>"
        f"<samlp:Artifact>{artifact}</samlp:Artifact></samlp:ArtifactResolve>"
    )
    signed = OneLogin_Saml2_Utils.add_sign(
        message, pair.key, pair.certificate, sign_algorithm=Constants.RSA_SHA256, digest_algorithm=Constants.SHA256
    ).decode()
    validate(signed)
    return f'<soap:Envelope xmlns:soap="{NAMES["soap"]}"><soap:Body>{signed}</soap:Body></soap:Envelope>'


class ArtifactTest(unittest.TestCase):
    def test_a_message_is_fetched_once(self) -> None:
        pair = Pair("artifact")
        acs = "http://artifact.localhost/acs"
        declare("artifact", pair, acs=[{"url": acs, "binding": "artifact"}])
        request = (
            f'<samlp:AuthnRequest xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" ID="_{uuid.uuid4().hex}"'
            f' Version="2.0" IssueInstant="{datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}">'
            "<saml:Issuer>http://artifact.localhost/metadata</saml:Issuer></samlp:AuthnRequest>"
        )
        validate(request)
        query = {"SAMLRequest": OneLogin_Saml2_Utils.deflate_and_base64_encode(request), "RelayState": "x"}
        person = Person()
        page = person.open(f"{BASE}/saml/sso?{requests.compat.urlencode(query)}")
        back = person.submit(
            page, "password", {"username": "mette", "password": "rugbrød med sild og løg"}, stop_at=acs
        )
        answer = parse_qs(urlsplit(back).query)
        self.assertEqual(answer["RelayState"], ["x"])
        body = envelope("artifact", pair, answer["SAMLart"][0]).encode()
        headers = {"Content-Type": "text/xml", "SOAPAction": '"http://www.oasis-open.org/committees/security"'}
        reply = requests.post(BASE + "/saml/artifact", data=body, headers=headers, timeout=90)
        self.assertEqual(reply.status_code, 200, reply.text)
        message = etree.fromstring(reply.content).find("soap:Body/samlp:ArtifactResponse", NAMES)
        validate(message)
        alone = etree.tostring(message)
        verified = [
            certificate
            for certificate in certificates()
            if OneLogin_Saml2_Utils.validate_sign(
                alone, OneLogin_Saml2_Utils.format_cert(certificate), xpath="/samlp:ArtifactResponse/ds:Signature"
            )
        ]
        self.assertEqual(len(verified), 1)
        self.assertIsNotNone(message.find("samlp:Response/saml:Assertion", NAMES))
        again = requests.post(BASE + "/saml/artifact", data=body, headers=headers, timeout=90)
        empty = validate(etree.fromstring(again.content).find("soap:Body/samlp:ArtifactResponse", NAMES))
        self.assertIsNone(empty.find("samlp:Response", NAMES), "once")
