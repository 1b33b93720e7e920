"""A receiver of logout tokens with joserfc, as OpenID Connect Back-Channel Logout 1.0 §2.6 tells receivers to check."""

import os
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from person import Person

ISSUER = os.environ["PORTNER_URL"] + "/t/acme"
PORT = int(os.environ["PORTNER_PORT3"])
CLIENT = ("receiver", "receiver-secret-of-forty-three-characters-x")
CALLBACK = "http://localhost/callback"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Receiver(ThreadingHTTPServer):
    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", PORT), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append((self.headers["Content-Type"], body))
        self.send_response(200)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments) -> None:
        pass


class BackChannelTest(unittest.TestCase):
    def setUp(self) -> None:
        self.metadata = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=90).json()
        self.keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=90).json())
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(self.receiver.shutdown)

    def id_token(self, person: Person) -> str:
        query = urlencode({
            "client_id": CLIENT[0], "response_type": "code", "scope": "openid", "redirect_uri": CALLBACK,
            "nonce": "n", "state": "s",
        })
        back = person.sign_in(f"{self.metadata['authorization_endpoint']}?{query}", stop_at=CALLBACK)
        code = parse_qs(urlsplit(back).query)["code"][0]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        reply = requests.post(self.metadata["token_endpoint"], data=fields, auth=CLIENT, timeout=90)
        return reply.json()["id_token"]

    def test_the_token_passes_every_check_of_a_receiver(self) -> None:
        self.assertIs(self.metadata["backchannel_logout_supported"], True)
        self.assertIs(self.metadata["backchannel_logout_session_supported"], True)
        person = Person()
        told = jwt.decode(self.id_token(person), self.keys, algorithms=["ES256"]).claims
        person.submit(person.open(f"{ISSUER}/sign-out"), "csrf", {})
        deadline = time.monotonic() + 90
        while not self.receiver.heard and time.monotonic() < deadline:
            time.sleep(0.05)
        (kind, body), = self.receiver.heard
        self.assertEqual(kind, "application/x-www-form-urlencoded")
        fields = parse_qs(body, strict_parsing=True)
        self.assertEqual(list(fields), ["logout_token"])
        token = jwt.decode(fields["logout_token"][0], self.keys, algorithms=["ES256"])
        self.assertEqual(token.header["typ"], "logout+jwt")
        claims = token.claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": CLIENT[0]},
            iat={"essential": True}, exp={"essential": True}, jti={"essential": True},
            sub={"essential": True, "value": told["sub"]}, sid={"essential": True, "value": told["sid"]},
        ).validate(claims)
        self.assertEqual(claims["events"], {EVENT: {}})
        self.assertNotIn("nonce", claims)
        self.assertLessEqual(claims["exp"] - claims["iat"], 120)
