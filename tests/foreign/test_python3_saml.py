"""python3-saml (OneLogin) as service provider, strict: by Redirect and POST, signed, encrypted."""

from __future__ import annotations

import unittest
from urllib.parse import parse_qs, urlsplit

from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from person import Person
from saml import BASE, ENTITY, NAMES, Pair, certificates, declare, message, metadata, post_request, posted, sign_in, validate


class Provider:
    """An application that expects answers to be signed, and more if it is told so."""

    def __init__(self, name: str, *, encrypted: bool = False, signs: bool = False, **declared: object) -> None:
        self.name, self.host = name, f"{name}.localhost"
        self.acs = f"http://{self.host}/acs"
        self.pair = Pair(name)
        declare(name, self.pair, encrypt_assertion=encrypted, require_signed_requests=signs, **declared)
        keys = certificates()
        self.settings = {
            "strict": True,
            "sp": {
                "entityId": f"http://{self.host}/metadata",
                "assertionConsumerService": {"url": self.acs, "binding": Constants.BINDING_HTTP_POST},
                "NameIDFormat": Constants.NAMEID_PERSISTENT,
                "x509cert": self.pair.certificate,
                "privateKey": self.pair.key,
            },
            "idp": {
                "entityId": ENTITY,
                "singleSignOnService": {"url": BASE + "/saml/sso", "binding": Constants.BINDING_HTTP_REDIRECT},
                "x509certMulti": {"signing": keys, "encryption": keys[:1]},
            },
            "security": {
                "authnRequestsSigned": signs,
                "wantMessagesSigned": True,
                "wantAssertionsSigned": True,
                "wantAssertionsEncrypted": encrypted,
                "wantNameId": True,
                "wantAttributeStatement": True,
                "signatureAlgorithm": Constants.RSA_SHA256,
                "digestAlgorithm": Constants.SHA256,
                "rejectDeprecatedAlgorithm": True,
                "requestedAuthnContext": True,
            },
        }

    def auth(self, fields: dict[str, str] | None = None) -> OneLogin_Saml2_Auth:
        request = {"https": "off", "http_host": self.host, "script_name": "/acs", "get_data": {}, "post_data": fields or {}}
        return OneLogin_Saml2_Auth(request, self.settings)

    def accept(self, fields: dict[str, str], request_id: str) -> OneLogin_Saml2_Auth:
        auth = self.auth(fields)
        auth.process_response(request_id=request_id)
        return auth


class Python3SamlTest(unittest.TestCase):
    def check(self, auth: OneLogin_Saml2_Auth) -> None:
        self.assertEqual(auth.get_errors(), [], auth.get_last_error_reason())
        self.assertTrue(auth.is_authenticated())
        self.assertEqual(auth.get_attributes(), {
            "displayName": ["Mette Sørensen"], "mail": ["mette@acme.example"], "memberOf": ["finance"],
        })
        self.assertEqual(auth.get_nameid_format(), Constants.NAMEID_PERSISTENT)
        self.assertEqual(auth.get_nameid_nq(), ENTITY)
        self.assertTrue(auth.get_session_index().startswith("_"))
        self.assertIsNotNone(auth.get_session_expiration())
        self.assertEqual(auth.get_last_authn_contexts(), [Constants.AC_PASSWORD_PROTECTED])

    def by_redirect(self, provider: Provider) -> tuple[dict[str, str], str]:
        auth = provider.auth()
        there = auth.login(return_to="http://app.localhost/page?a=b&c=ø")
        self.assertEqual("Signature" in parse_qs(urlsplit(there).query), provider.settings["security"]["authnRequestsSigned"])
        fields = posted(sign_in(Person(), there), provider.acs)
        self.assertEqual(fields["RelayState"], "http://app.localhost/page?a=b&c=ø")
        return fields, auth.get_last_request_id()

    def test_signs_a_person_in_by_redirect(self) -> None:
        provider = Provider("py-redirect")
        fields, request = self.by_redirect(provider)
        validate(message(fields))
        self.check(provider.accept(fields, request))

    def test_signs_a_person_in_by_signed_requests_and_encrypted_assertions(self) -> None:
        provider = Provider("py-encrypted", encrypted=True, signs=True)
        fields, request = self.by_redirect(provider)
        self.assertNotIn("mette", message(fields))
        tree = validate(message(fields))
        self.assertIsNotNone(tree.find("saml:EncryptedAssertion", NAMES))
        auth = provider.accept(fields, request)
        self.check(auth)
        validate(etree.fromstring(auth.get_last_response_xml()).find("saml:Assertion", NAMES), "assertion")

    def test_signs_a_person_in_by_a_signed_post(self) -> None:
        provider = Provider("py-post", signs=True)
        auth = provider.auth()
        auth.login()
        signed = OneLogin_Saml2_Utils.add_sign(
            auth.get_last_request_xml(), provider.pair.key, provider.pair.certificate,
            sign_algorithm=Constants.RSA_SHA256, digest_algorithm=Constants.SHA256,
        ).decode()
        validate(signed)
        page = post_request(Person(), signed, "état+1")
        fields = posted(page, provider.acs)
        self.assertEqual(fields["RelayState"], "état+1")
        self.check(provider.accept(fields, auth.get_last_request_id()))
        refused = post_request(Person(), signed.replace("ProtocolBinding=", "ProviderName="), "")
        self.assertIn("PRT-1302", refused.text)

    def test_refuses_what_was_meant_for_another_or_was_changed(self) -> None:
        provider = Provider("py-refusing")
        fields, request = self.by_redirect(provider)
        self.assertIn("invalid_response", provider.accept(fields, "_other").get_errors())
        changed = OneLogin_Saml2_Utils.b64encode(message(fields).replace("mette@acme.example", "admin@acme.example"))
        self.assertIn("invalid_response", provider.accept({**fields, "SAMLResponse": changed}, request).get_errors())
        other = Provider("py-other")
        self.assertIn("invalid_response", other.accept(fields, request).get_errors())

    def test_sees_that_nobody_is_signed_in(self) -> None:
        provider = Provider("py-passive")
        auth = provider.auth()
        page = Person().open(auth.login(is_passive=True))
        fields = posted(page, provider.acs)
        validate(message(fields))
        answer = provider.accept(fields, auth.get_last_request_id())
        self.assertFalse(answer.is_authenticated())
        # It tells no more of the status than its outer half and the words.
        self.assertIn("PRT-1209", answer.get_last_error_reason())
        self.assertIn("urn:oasis:names:tc:SAML:2.0:status:NoPassive", message(fields))

    def test_asks_again_when_it_wants_to(self) -> None:
        provider, person = Provider("py-force"), Person()
        self.assertIn("SAMLResponse", sign_in(person, provider.auth().login()).text)
        self.assertIn("SAMLResponse", person.open(provider.auth().login()).text, "no password is asked for again")
        self.assertIn('name="password"', person.open(provider.auth().login(force_authn=True)).text)

    def test_reads_the_metadata(self) -> None:
        text = metadata()
        validate(text, "metadata")
        for certificate in certificates():
            if OneLogin_Saml2_Utils.validate_metadata_sign(text, OneLogin_Saml2_Utils.format_cert(certificate)):
                break
        else:
            self.fail("no certificate of its own verifies the metadata")
        idp = OneLogin_Saml2_IdPMetadataParser.parse(text)["idp"]
        self.assertEqual(idp["entityId"], ENTITY)
        self.assertEqual(idp["singleSignOnService"]["url"], BASE + "/saml/sso")
        self.assertEqual(idp["singleLogoutService"]["url"], BASE + "/saml/slo")
