"""A SAML identity provider made of pysaml2, for Portner to send people to."""

from __future__ import annotations

import functools
import html
import pathlib
import re
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import requests
import saml2.entity
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import SecurityContext
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from saml import Pair
from upstream import BASE, declare

AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
_TEMPLATE, _ENCRYPT = saml2.entity.pre_encryption_part, SecurityContext.encrypt_assertion


def encrypt_by(cipher: str, key: str) -> None:
    """How all of them encrypt from now on. Left alone, pysaml2 uses triple DES."""
    saml2.entity.pre_encryption_part = functools.partial(_TEMPLATE, msg_enc=cipher)
    SecurityContext.encrypt_assertion = functools.partialmethod(_ENCRYPT, key_type=key)


class IdentityProvider:
    """Signs in whoever comes as `user`. `how` says what is signed and encrypted, as pysaml2 calls it."""

    def __init__(
        self, name: str, user: str, signs_with: Pair | None = None, logout: str | None = None, **how: object
    ) -> None:
        self.name, self.user, self.how = name, user, {"sign_response": True, "sign_assertion": True, **how}
        self.asked: list = []
        self.left: list = []
        self.sessions: list[str] = []
        self.told: list[str] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, self))
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.http.server_port}"
        self.files = tempfile.TemporaryDirectory()
        pair = Pair(name)
        more = {"logout": logout} if logout else {}
        declare(name, kind="saml", metadata=self.metadata(pair), **more)
        self.service_provider = f"{BASE}/federation/{name}/metadata"
        self.acs = f"{BASE}/federation/{name}/acs"
        document = requests.get(self.service_provider, timeout=90)
        assert document.status_code == 200, document.text
        self.file("sp.xml", document.text)
        self.server = Server(config=self.config(signs_with or pair, metadata={"local": [self.path("sp.xml")]}))

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.files.cleanup()

    def path(self, name: str) -> str:
        return str(pathlib.Path(self.files.name) / name)

    def file(self, name: str, text: str) -> str:
        pathlib.Path(self.path(name)).write_text(text)
        return self.path(name)

    def config(self, pair: Pair, **more: object) -> IdPConfig:
        endpoints = {
            "single_sign_on_service": [(f"{self.base}/sso", BINDING_HTTP_REDIRECT)],
            "single_logout_service": [(f"{self.base}/slo", BINDING_HTTP_REDIRECT)],
        }
        return IdPConfig().load({
            "entityid": f"{self.base}/idp",
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "key_file": self.file("idp.key", pair.key),
            "cert_file": self.file("idp.pem", pair.certificate),
            "service": {
                "idp": {
                    "endpoints": endpoints,
                    "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                    "want_authn_requests_signed": True,
                    "want_authn_requests_only_with_valid_cert": True,
                    "signing_algorithm": SIG_RSA_SHA256,
                    "digest_algorithm": DIGEST_SHA256,
                },
            },
            **more,
        })

    def metadata(self, pair: Pair) -> str:
        return create_metadata_string(None, config=self.config(pair)).decode()

    def sign_on(self, query: dict[str, str]):
        """Reads a request, and answers by POST: the page that the browser would send on."""
        request = self.server.parse_authn_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query.get("RelayState"),
            sigalg=query["SigAlg"], signature=query["Signature"],
        ).message
        self.asked.append(request)
        answer = self.server.create_authn_response(
            identity={
                "uid": self.user, "mail": f"{self.user}@fjord.example", "displayName": f"{self.user} Ødegård",
                "givenName": self.user, "sn": "Ødegård",
            },
            name_id=self.name_id(),
            authn={"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": self.base},
            sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256,
            **{**self.server.response_args(request), **self.how},
        )
        self.sessions += re.findall('SessionIndex="([^"]+)"', str(answer))
        return self.server.apply_binding(
            BINDING_HTTP_POST, str(answer), self.acs, query.get("RelayState", ""), response=True
        )["data"]


    def name_id(self) -> NameID:
        return NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"name-of-{self.user}")

    def redirect(self, message: object, relay_state: str, response: bool) -> str:
        """The address that carries a logout message to Portner, signed."""
        sent = self.server.apply_binding(
            BINDING_HTTP_REDIRECT, str(message), f"{BASE}/federation/{self.name}/slo", relay_state, response=response,
            sign=True, sigalg=SIG_RSA_SHA256,
        )
        return dict(sent["headers"])["Location"]

    def sign_off(self, query: dict[str, str]) -> str:
        """Reads a logout request, and answers: where to send the browser."""
        request = self.server.parse_logout_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query.get("RelayState"),
            sigalg=query["SigAlg"], signature=query["Signature"],
        ).message
        self.left.append(request)
        answer = self.server.create_logout_response(request, [BINDING_HTTP_REDIRECT], sign=False)
        return self.redirect(answer, query.get("RelayState", ""), True)

    def leave(self, session: str) -> str:
        """Where somebody is sent who signs out here: to tell Portner."""
        _, request = self.server.create_logout_request(
            f"{BASE}/federation/{self.name}/slo", self.service_provider, name_id=self.name_id(),
            session_indexes=[session], sign=False,
        )
        return self.redirect(request, "the-state", False)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, provider: IdentityProvider, *arguments: object) -> None:
        self.provider = provider
        super().__init__(*arguments)

    def do_GET(self) -> None:
        parts, there = urlsplit(self.path), None
        query = dict(parse_qsl(parts.query))
        try:
            if "SAMLResponse" in query:
                self.provider.told.append(parts.query)
                status, page = 200, "signed out"
            elif parts.path == "/slo":
                status, page, there = 303, "", self.provider.sign_off(query)
            else:
                status, page = 200, self.provider.sign_on(query)
        except Exception as fault:  # told to whoever runs the test
            status, page = 500, f"{type(fault).__name__}: {html.escape(str(fault))}"
        self.send_response(status)
        if there:
            self.send_header("Location", there)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_arguments: object) -> None:
        pass
