"""passport-wsfed-saml2 for Node as a WS-Federation relying party; `wsfed_party.mjs` is the application."""

import base64
import json
import os
import pathlib
import re
import subprocess
import unittest

from person import Person, forms

BASE = os.environ["PORTNER_URL"] + "/t/acme"
HERE = pathlib.Path(__file__).parent
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"


class Party:
    """The application as a process."""

    def __init__(self, realm: str, reply: str, certificate: str) -> None:
        options = {
            "realm": realm, "wreply": reply, "identityProviderUrl": BASE + "/wsfed", "homeRealm": "",
            "cert": certificate, "recipientUrl": reply, "checkCertExpiration": True,
        }
        self.process = subprocess.Popen(
            ["node", str(HERE / "wsfed_party.mjs"), json.dumps(options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.there = self.process.stdout.readline().strip()

    def receive(self, body: dict, **more) -> dict:
        self.process.stdin.write(json.dumps({"body": body, "options": {}, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=90)
        self.process.stdout.close()


class WsfedTest(unittest.TestCase):
    def certificate(self) -> str:
        metadata = Person().open(BASE + "/wsfed/metadata").text
        # The first is the one that signs now; the rest are next, or of another kind.
        return re.search(r"<md:RoleDescriptor.*?<ds:X509Certificate>([^<]+)<", metadata).group(1)

    def sign_in(self, application: str, realm: str) -> None:
        reply = f"http://localhost/{application}"
        party = Party(realm, reply, self.certificate())
        self.addCleanup(party.close)
        page = Person().sign_in(party.there)
        form = next(form for form in forms(page) if "wresult" in form["fields"])
        self.assertEqual(form["action"], reply)
        body = form["fields"]
        self.assertEqual((body["wa"], body["wctx"]), ("wsignin1.0", "the-context&more=1"))

        profile = party.receive(body)["profile"]
        self.assertEqual(profile["issuer"], BASE + "/saml/metadata")
        self.assertEqual(profile[CLAIMS + "emailaddress"], "mette@acme.example")
        self.assertEqual(profile[CLAIMS + "surname"], "Sørensen")
        self.assertEqual(profile["http://schemas.xmlsoap.org/claims/Group"], "finance")
        self.assertTrue(profile[CLAIMS + "nameidentifier"])

        tampered = {**body, "wresult": body["wresult"].replace("mette@acme.example", "admin@acme.example")}
        self.assertNotEqual(tampered, body)
        self.assertIn("refused", party.receive(tampered))
        unsigned = {**body, "wresult": re.sub(r"<ds:Signature.*</ds:Signature>", "", body["wresult"])}
        self.assertNotEqual(unsigned, body)
        self.assertIn("refused", party.receive(unsigned))
        for options in ({"realm": "urn:somebody:else"}, {"cert": self.other_certificate()}):
            self.assertIn("refused", party.receive(body, options=options), options)

    def test_takes_a_saml_11_token_and_refuses_a_tampered_one(self) -> None:
        self.sign_in("wsfed11", "urn:acme:wsfed11")

    def test_takes_a_saml_20_token_and_refuses_a_tampered_one(self) -> None:
        self.sign_in("wsfed20", "urn:acme:wsfed20")

    def test_refuses_a_token_that_has_expired(self) -> None:
        party = Party("urn:acme:wsfed11", "http://localhost/wsfed11", self.certificate())
        self.addCleanup(party.close)
        page = Person().sign_in(party.there)
        body = next(form["fields"] for form in forms(page) if "wresult" in form["fields"])
        self.assertIn("profile", party.receive(body, shift=60))
        # Five minutes, and the three that the client allows clocks to differ.
        self.assertEqual(party.receive(body, shift=9 * 60), {"refused": "assertion has expired."})

    @staticmethod
    def other_certificate() -> str:
        """A certificate with another key."""
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-days", "2",
             "-subj", "/CN=somebody else", "-outform", "DER"],
            check=True, capture_output=True,
        )
        return base64.b64encode(made.stdout).decode()
