"""A person with a browser: cookies, redirects, forms, no JavaScript."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

USERNAME = "mette"
PASSWORD = "rugbrød med sild og løg"


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        found = dict(attributes)
        if tag == "form":
            self.forms.append({"action": found.get("action", ""), "method": found.get("method", "get"), "fields": {}})
        elif tag == "input" and self.forms and found.get("name") and found.get("type") != "checkbox":
            self.forms[-1]["fields"][found["name"]] = found.get("value") or ""


def forms(page) -> list[dict]:
    """The forms of a page: where each leads and what is in it."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms


class Person:
    """Keeps cookies per host as browsers do: `Secure` ones are fine on http://localhost."""

    def __init__(self) -> None:
        self.cookies: dict[str, dict[str, str]] = {}
        self.session = requests.Session()
        # The jar of the library refuses Secure cookies on http://localhost: keep our own.
        self.session.cookies.set_policy(_Nothing())

    def open(self, url: str, method: str = "GET", data: dict | None = None, stop_at: str | None = None):
        """Follows redirects until a page, or until an address that begins with `stop_at`."""
        for _ in range(15):
            if stop_at and url.startswith(stop_at):
                return url
            parts = urlsplit(url)
            host = parts.netloc
            jar = self.cookies.setdefault(host, {})
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
            if method == "POST":
                headers["Origin"] = f"{parts.scheme}://{host}"
            reply = self.session.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=90)
            for line in reply.raw.headers.getlist("Set-Cookie"):
                pair, *attributes = [part.strip() for part in line.split(";")]
                name, _, value = pair.partition("=")
                if any(it.lower() in ("max-age=0", "max-age=-1") for it in attributes) or not value:
                    jar.pop(name, None)
                else:
                    jar[name] = value
            if reply.status_code not in (301, 302, 303, 307, 308):
                return reply
            url, method, data = urljoin(url, reply.headers["Location"]), "GET", None
        raise AssertionError(f"redirected too often, at last to {url}")

    def submit(self, page, field: str, values: dict[str, str], stop_at: str | None = None):
        """Fills in the form of the page that has this field."""
        found = [form for form in forms(page) if field in form["fields"]]
        assert found, f"no form with {field} on {page.url}: {page.status_code} {page.text}"
        form = found[0]
        return self.open(
            urljoin(page.url, form["action"]), form["method"].upper(), {**form["fields"], **values}, stop_at=stop_at
        )

    def sign_in(self, url: str, stop_at: str | None = None):
        """Goes to an address that asks for a sign-in, and signs in."""
        page = self.open(url)
        return self.submit(page, "password", {"username": USERNAME, "password": PASSWORD}, stop_at=stop_at)


class _Nothing(requests.cookies.cookielib.DefaultCookiePolicy):
    def set_ok(self, *_arguments) -> bool:
        return False
