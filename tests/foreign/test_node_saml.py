"""node-saml as service provider: by Redirect and POST, signed, encrypted. `node_saml.mjs` is the application."""

from __future__ import annotations

import base64
import json
import pathlib
import subprocess
import unittest
from urllib.parse import parse_qs, urlsplit

from person import Person, _Forms
from saml import (
    BASE, ENTITY, PERSISTENT, Pair, certificates, declare, inflated, message, post_request, posted, sign_in, validate,
)

HERE = pathlib.Path(__file__).parent


class Provider:
    def __init__(self, name: str, *, encrypted: bool = False, signs: bool = False, **settings: object) -> None:
        pair = Pair(name)
        self.slo = f"http://{name}.localhost/slo"
        slo = [{"url": self.slo, "binding": "redirect"}]
        declare(name, pair, encrypt_assertion=encrypted, require_signed_requests=signs, slo=slo)
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
            "logoutUrl": BASE + "/saml/slo",
            "logoutCallbackUrl": self.slo,
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
        self.process.wait(90)


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

    def test_signs_a_person_out(self) -> None:
        provider, person = self.provider("node-logout", signs=True), Person()
        fields = posted(sign_in(person, provider.do(redirect="x")), provider.acs)
        profile = provider.do(accept=fields)
        there = provider.do(logout={"profile": profile, "state": "it's over (æ)"})
        validate(inflated(there, "SAMLRequest"))
        back = person.open(there, stop_at=provider.slo)
        self.assertIsInstance(back, str, getattr(back, "text", ""))
        self.assertEqual(parse_qs(urlsplit(back).query)["RelayState"], ["it's over (æ)"])
        validate(inflated(back, "SAMLResponse"))
        answer = provider.do(arrived=urlsplit(back).query)
        self.assertEqual(answer, {"profile": None, "loggedOut": True})
        self.assertIn('name="password"', person.open(provider.do(redirect="x")).text)
        changed = urlsplit(back).query.replace("RelayState=", "RelayState=x")
        self.assertIn("error", provider.do(arrived=changed))

    def test_is_told_when_the_person_signs_out_here(self) -> None:
        provider, person = self.provider("node-told"), Person()
        fields = posted(sign_in(person, provider.do(redirect="x")), provider.acs)
        known = provider.do(accept=fields)
        asked = person.submit(person.open(BASE + "/sign-out"), "csrf", {}, stop_at=provider.slo)
        self.assertIsInstance(asked, str, getattr(asked, "text", ""))
        told = provider.do(arrived=urlsplit(asked).query)
        self.assertTrue(told["loggedOut"], told)
        self.assertEqual(told["profile"]["nameID"], known["nameID"])
        self.assertEqual(told["profile"]["sessionIndex"], known["sessionIndex"])
