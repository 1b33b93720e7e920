"""What the tests of upstream identity providers share: the providers, declaring them, who has an account."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from urllib.parse import urlencode

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from person import Person

HERE = pathlib.Path(__file__).parent
TENANT = "fjord"
BASE = os.environ["PORTNER_URL"] + "/t/" + TENANT
CLIENT = "portner"
SECRET = "a secret: with+signs % of forty-three characters"


def portner(*arguments: str) -> str:
    command = [os.environ["PORTNER_BIN"], *arguments, "--config", os.environ["PORTNER_CONFIG"]]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def declare(name: str, **provider: object) -> None:
    """Registers an upstream as an administrator would. What makes accounts is on unless a test says otherwise."""
    provider = {"id": name, "name": name.title(), "create_users": True, **provider}
    document = {"version": 1, "tenant": [{"slug": TENANT, "identity_provider": [provider]}]}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(document, file)
        file.flush()
        portner("apply", file.name)


def accounts() -> list[str]:
    listed = json.loads(portner("user", "list", "--tenant", TENANT, "--output", "json"))
    return sorted(user["username"] for user in listed)


def account(username: str) -> dict:
    return json.loads(portner("user", "show", username, "--tenant", TENANT, "--output", "json"))


def refusals() -> list[str]:
    """Why people were not let in, by the audit log."""
    events = json.loads(portner("audit", "list", "--tenant", TENANT, "--output", "json"))
    return [event["details"]["reason"] for event in events if event["kind"] == "federation.refused"]


class Upstreams:
    """The process that runs them: `upstream_oidc.mjs`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(HERE / "upstream_oidc.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )

    def do(self, **command: object):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not isinstance(answer, dict), answer["error"]
        return answer

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(90)
        self.process.stdout.close()


class Upstream:
    """One of them, and the connection of Portner to it."""

    def __init__(self, all_of_them: Upstreams, name: str, settings: dict, **provider: object) -> None:
        self.all, self.name = all_of_them, name
        self.callback = f"{BASE}/federation/{name}/callback"
        client = {
            "client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [self.callback],
            "post_logout_redirect_uris": [f"{BASE}/federation/{name}/signed-out"],
            "backchannel_logout_uri": f"{BASE}/federation/{name}/backchannel-logout",
            "backchannel_logout_session_required": True,
            **settings.get("client", {}),
        }
        known = {key: value for key, value in client.items() if value is not None}
        self.settings = {**settings, "client": known}
        self.issuer = self.all.do(open=self.settings)
        self.declare(**provider)

    def declare(self, **provider: object) -> None:
        """Tells Portner of it; a member that is None is left out."""
        provider = {"kind": "oidc", "issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, **provider}
        declare(self.name, **{name: value for name, value in provider.items() if value is not None})

    def close(self) -> None:
        self.all.do(at=self.issuer, close=True)

    def become(self, **settings: object) -> None:
        """Goes on at the same address with other settings; with other keys, unless `key="same"`."""
        self.all.do(at=self.issuer, become={**self.settings, **settings})

    def seen(self) -> list[dict]:
        return self.all.do(at=self.issuer, seen=True)

    def asked(self) -> dict[str, str]:
        """What Portner last asked for by the browser."""
        paths = ("/auth", "/authorize")
        return [one["query"] for one in self.seen() if one.get("path") in paths][-1]

    def start(self) -> str:
        return f"{BASE}/federation/{self.name}/start"


class UpstreamTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.upstreams = Upstreams()
        cls.addClassCleanup(cls.upstreams.close)

    def upstream(self, name: str, settings: dict, **provider: object) -> Upstream:
        return Upstream(self.upstreams, name, settings, **provider)

    def links(self, page) -> list[str]:
        return [part.split('"')[0].replace("&amp;", "&") for part in page.text.split('href="')[1:]]

    def assert_refused(self, page, code: str, reason: str) -> None:
        self.assertGreaterEqual(page.status_code, 400, f"{page.url} {page.text}")
        self.assertIn(code, page.text)
        self.assertEqual(refusals()[-1], reason)

    def assert_signed_out(self, person: Person) -> None:
        self.assertIn('name="password"', person.open(f"{BASE}/account").text)

    def assert_signed_in(self, person: Person, page) -> None:
        self.assertEqual(page.status_code, 200, f"{page.url} {page.text}")
        self.assertEqual(page.url, f"{BASE}/account")
        self.assertNotIn('name="password"', person.open(f"{BASE}/account").text)


def application(client: str = "hut", **more: str) -> str:
    """Where an application sends somebody to sign in; RFC 7636 Appendix B gives the challenge."""
    query = urlencode({
        "client_id": client, "response_type": "code", "scope": "openid profile email", "nonce": "n", "state": "s",
        "redirect_uri": "http://localhost/hut", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256", **more,
    })
    return f"{BASE}/oauth2/authorize?{query}"


def redeem(code: str) -> dict:
    """What the application learns for the code: the claims of the ID token."""
    metadata = requests.get(f"{BASE}/.well-known/openid-configuration", timeout=90).json()
    fields = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/hut", "client_id": "hut",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    reply = requests.post(metadata["token_endpoint"], data=fields, timeout=90)
    assert reply.status_code == 200, reply.text
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=90).json())
    return jwt.decode(reply.json()["id_token"], keys).claims
