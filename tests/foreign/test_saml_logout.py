"""Single logout between two applications with python3-saml, strict, and us; messages by the schema of OASIS."""

from __future__ import annotations

import base64
import unittest
import zlib
from urllib.parse import parse_qs, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants

from person import Person
from saml import BASE, posted, sign_in, validate
from test_python3_saml import Provider


class Leaving(Provider):
    """An application that signs its people out too."""

    def __init__(self, name: str) -> None:
        slo = f"http://{name}.localhost/slo"
        super().__init__(name, slo=[{"url": slo, "binding": "redirect"}])
        self.slo = slo
        service = {"binding": Constants.BINDING_HTTP_REDIRECT}
        self.settings["sp"]["singleLogoutService"] = {"url": slo, **service}
        self.settings["idp"]["singleLogoutService"] = {"url": BASE + "/saml/slo", **service}
        self.settings["security"].update(logoutRequestSigned=True, logoutResponseSigned=True)

    def signed_in(self, person: Person) -> OneLogin_Saml2_Auth:
        auth = self.auth()
        fields = posted(sign_in(person, auth.login()), self.acs)
        done = self.accept(fields, auth.get_last_request_id())
        assert done.is_authenticated(), done.get_last_error_reason()
        return done

    def at_slo(self, url: str) -> OneLogin_Saml2_Auth:
        """What the browser brings to our address."""
        fields = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        name = "SAMLRequest" if "SAMLRequest" in fields else "SAMLResponse"
        validate(zlib.decompress(base64.b64decode(fields[name]), -15))
        request = {"https": "off", "http_host": self.host, "script_name": "/slo", "get_data": fields, "post_data": {}}
        return OneLogin_Saml2_Auth(request, self.settings)


class SamlLogoutTest(unittest.TestCase):
    def setUp(self) -> None:
        self.person = Person()
        self.one, self.two = Leaving("leaving-one"), Leaving("leaving-two")
        self.known = self.one.signed_in(self.person)
        self.two.signed_in(self.person)

    def answered(self, provider: Leaving, url: str) -> str:
        """The application accepts our request and answers; where it sends the browser."""
        self.assertTrue(str(url).startswith(provider.slo), url)
        auth, gone = provider.at_slo(url), []
        back = auth.process_slo(delete_session_cb=lambda: gone.append(True))
        self.assertEqual(auth.get_errors(), [], auth.get_last_error_reason())
        self.assertEqual(gone, [True], "it has signed the person out")
        return back

    def is_out(self) -> None:
        for provider in (self.one, self.two):
            self.assertIn('name="password"', self.person.open(provider.auth().login()).text)

    def test_one_asks_the_other_is_told_and_the_first_is_answered(self) -> None:
        auth = self.one.auth()
        there = auth.logout(
            return_to="http://leaving-one.localhost/bye", name_id=self.known.get_nameid(),
            session_index=self.known.get_session_index(), nq=self.known.get_nameid_nq(),
            name_id_format=self.known.get_nameid_format(), spnq=self.known.get_nameid_spnq(),
        )
        told = self.person.open(there, stop_at=self.two.slo)
        back = self.person.open(self.answered(self.two, told), stop_at=self.one.slo)
        end, gone = self.one.at_slo(back), []
        end.process_slo(request_id=auth.get_last_request_id(), delete_session_cb=lambda: gone.append(True))
        self.assertEqual(end.get_errors(), [], end.get_last_error_reason())
        self.assertEqual(gone, [True])
        self.assertEqual(parse_qs(urlsplit(back).query)["RelayState"], ["http://leaving-one.localhost/bye"])
        self.is_out()

    def test_both_are_told_when_the_person_signs_out_here(self) -> None:
        page = self.person.open(f"{BASE}/sign-out")
        told = self.person.submit(page, "csrf", {}, stop_at=self.one.slo)
        told = self.person.open(self.answered(self.one, told), stop_at=self.two.slo)
        page = self.person.open(self.answered(self.two, told))
        self.assertEqual(page.text.count("Logget ud"), 2, page.text)
        self.is_out()
