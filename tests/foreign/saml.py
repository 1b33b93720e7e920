"""What the SAML tests share: key pairs, declaring an application, schemas, metadata."""

from __future__ import annotations

import base64
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import zlib
from urllib.parse import parse_qs, urlsplit

import onelogin.saml2
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from person import Person, _Forms

BASE = os.environ["PORTNER_URL"] + "/t/acme"
ENTITY = BASE + "/saml/metadata"
NAMES = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
}
MAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

# The schemas of OASIS, as python3-saml ships them.
_SCHEMAS = pathlib.Path(onelogin.saml2.__file__).parent / "schemas"
_SCHEMA = {
    name: etree.XMLSchema(etree.parse(str(_SCHEMAS / f"saml-schema-{name}-2.0.xsd")))
    for name in ("protocol", "assertion", "metadata")
}


def validate(message: str | bytes | etree._Element, schema: str = "protocol") -> etree._Element:
    """By the schema of OASIS; the message, parsed."""
    if not isinstance(message, etree._Element):
        message = etree.fromstring(message.encode() if isinstance(message, str) else message)
    # On its own, as it is meant to be read.
    alone = etree.fromstring(etree.tostring(message))
    _SCHEMA[schema].assertValid(alone)
    return message


class Pair:
    """A key and its certificate."""

    def __init__(self, name: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256())
        )
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()


def declare(name: str, pair: Pair, **more: object) -> None:
    """Registers an application as an administrator would."""
    saml = {
        "entity_id": f"http://{name}.localhost/metadata",
        "acs": [f"http://{name}.localhost/acs"],
        "certificates": pair.certificate,
        "attributes": {"mail": "email", "displayName": "name", "memberOf": "groups"},
        **more,
    }
    document = {
        "version": 1,
        "tenant": [{"slug": "acme", "application": [{"id": name, "name": f"{name} by SAML", "saml": saml}]}],
    }
    apply(document)


def apply(document: dict) -> None:
    """Brings the tenant to the declared state."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(document, file)
        file.flush()
        command = [os.environ["PORTNER_BIN"], "apply", file.name, "--config", os.environ["PORTNER_CONFIG"]]
        done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def metadata() -> bytes:
    reply = requests.get(ENTITY, timeout=90)
    assert reply.status_code == 200, reply.text
    return reply.content


def certificates() -> list[str]:
    """Base64, as our metadata tells them."""
    found = etree.fromstring(metadata()).findall(".//md:KeyDescriptor[@use='signing']//ds:X509Certificate", NAMES)
    return [one.text for one in found]


def posted(page: requests.Response, to: str) -> dict[str, str]:
    """What the page's own form would post to the application."""
    parser = _Forms()
    parser.feed(page.text)
    form = next((form for form in parser.forms if "SAMLResponse" in form["fields"]), None)
    assert form is not None, f"{page.status_code} {page.url} {page.text}"
    assert form["action"] == to, form["action"]
    return {name: value for name, value in form["fields"].items() if name in ("SAMLResponse", "RelayState")}


def message(fields: dict[str, str]) -> str:
    return base64.b64decode(fields["SAMLResponse"]).decode()


def inflated(address: str, name: str) -> str:
    """The message that an address carries by Redirect."""
    encoded = parse_qs(urlsplit(address).query)[name][0]
    return zlib.decompress(base64.b64decode(encoded), -15).decode()


def sign_in(person: Person, url: str) -> requests.Response:
    page = person.open(url)
    if 'name="password"' not in page.text:
        return page
    return person.submit(page, "password", {"username": "mette", "password": "rugbrød med sild og løg"})


def post_request(person: Person, request: str, relay_state: str) -> requests.Response:
    """A request by POST from the application's page: without our cookies, as browsers send it."""
    data = {"SAMLRequest": base64.b64encode(request.encode()).decode(), "RelayState": relay_state}
    reply = requests.post(BASE + "/saml/sso", data=data, allow_redirects=False, timeout=90)
    if reply.status_code != 303:
        return reply
    return sign_in(person, requests.compat.urljoin(reply.url, reply.headers["Location"]))
