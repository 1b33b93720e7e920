"""node-saml as service provider: by Redirect and POST, signed, encrypted. `node_saml.mjs` is the application."""

from __future__ import annotations

import base64
import json
import pathlib
import subprocess
import unittest
from urllib.parse import parse_qs, urlsplit

from person import Person, _Forms
from saml import BASE, ENTITY, PERSISTENT, Pair, certificates, declare, message, post_request, posted, sign_in, validate

HERE = pathlib.Path(__file__).parent


class Provider:
    def __init__(self, name: str, *, encrypted: bool = False, signs: bool = False, **settings: object) -> None:
        pair = Pair(name)
        declare(name, pair, encrypt_assertion=encrypted, require_signed_requests=signs)
        self.acs = f"http://{name}.localhost/acs"
        self.process = subprocess.Popen(
            ["node", str(HERE / "node_saml.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        own = {"privateKey": pair.key, "signatureAlgorithm": "sha256", "digestAlgorithm": "sha256"} if signs else {}
        if encrypted:
            own["decryptionPvk"] = pair.key
        self.do(settings={
            "issuer": f"http://{name}.localhost/metadata",
            "callbackUrl": self.acs,
            "entryPoint": BASE + "/saml/sso",
            "idpIssuer": ENTITY,
            "audience": f"http://{name}.localhost/metadata",
            "idpCert": certificates(),
            "identifierFormat": PERSISTENT,
            "wantAuthnResponseSigned": True,
            "wantAssertionsSigned": True,
            **own,
            **settings,
        })

    def do(self, **command: object):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


class NodeSamlTest(unittest.TestCase):
    def provider(self, name: str, **more: object) -> Provider:
        provider = Provider(name, **more)
        self.addCleanup(provider.close)
        return provider

    def check(self, profile: dict) -> None:
        self.assertNotIn("error", profile, profile)
        self.assertEqual(profile["issuer"], ENTITY)
        self.assertEqual(profile["nameIDFormat"], PERSISTENT)
        self.assertEqual(profile["mail"], "mette@acme.example")
        self.assertEqual(profile["displayName"], "Mette Sørensen")
        self.assertTrue(profile["sessionIndex"].startswith("_"))

    def by_redirect(self, provider: Provider, state: str) -> dict[str, str]:
        there = provider.do(redirect=state)
        self.assertIsInstance(there, str, there)
        fields = posted(sign_in(Person(), there), provider.acs)
        self.assertEqual(fields.get("RelayState", ""), state)
        validate(message(fields))
        return fields

    def test_signs_a_person_in_by_redirect(self) -> None:
        provider = self.provider("node-redirect")
        self.check(provider.do(accept=self.by_redirect(provider, "/page?a=b")))

    def test_signs_a_person_in_by_signed_redirects_and_encrypted_assertions(self) -> None:
        provider = self.provider("node-encrypted", encrypted=True, signs=True)
        # Signs of which JavaScript and forms have different opinions.
        state = "it's (a) state! ~*+%2F æ"
        self.assertIn("Signature", parse_qs(urlsplit(provider.do(redirect=state)).query))
        fields = self.by_redirect(provider, state)
        self.assertNotIn("mette", message(fields))
        self.check(provider.do(accept=fields))

    def test_signs_a_person_in_by_a_signed_post(self) -> None:
        provider = self.provider("node-post", signs=True, authnRequestBinding="HTTP-POST", skipRequestCompression=True)
        parser = _Forms()
        parser.feed(provider.do(post="état+1"))
        request = parser.forms[0]["fields"]
        text = base64.b64decode(request["SAMLRequest"]).decode()
        self.assertIn("SignatureValue", text)
        validate(text)
        fields = posted(post_request(Person(), text, request["RelayState"]), provider.acs)
        self.assertEqual(fields["RelayState"], "état+1")
        self.check(provider.do(accept=fields))

    def test_refuses_what_was_changed_and_what_it_did_not_ask_for(self) -> None:
        provider = self.provider("node-refusing")
        fields = self.by_redirect(provider, "x")
        changed = message(fields).replace("mette@acme.example", "admin@acme.example")
        refused = provider.do(accept={**fields, "SAMLResponse": base64.b64encode(changed.encode()).decode()})
        self.assertIn("error", refused)
        # A request whose answer it has refused is forgotten: the next answer needs another.
        fields = self.by_redirect(provider, "x")
        self.check(provider.do(accept=fields))
        self.assertIn("error", provider.do(accept=fields), "an answer counts once")

    def test_sees_that_nobody_is_signed_in(self) -> None:
        provider = self.provider("node-passive", passive=True)
        page = Person().open(provider.do(redirect="x"))
        fields = posted(page, provider.acs)
        validate(message(fields))
        # node-saml takes NoPassive for "nobody is there".
        self.assertEqual(provider.do(accept=fields), None)
