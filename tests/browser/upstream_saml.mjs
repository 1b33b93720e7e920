// A SAML identity provider on another site than Portner: a page that posts an assertion, signed by xmlsec1.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inflateRawSync } from 'node:zlib'

const names = {
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
  samlp: 'urn:oasis:names:tc:SAML:2.0:protocol',
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
}
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'

const metadata = (site, certificate) => `<md:EntityDescriptor xmlns:md="${names.md}" entityID="${site}/idp">
<md:IDPSSODescriptor protocolSupportEnumeration="${names.samlp}"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="${names.ds}"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${site}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`

function response({ site, request, acs, audience, who }) {
  const now = Date.now()
  const at = (seconds) => new Date(now + seconds * 1000).toISOString()
  const id = () => `_${randomBytes(16).toString('hex')}`
  const assertion = id()
  const attribute = (name, value) =>
    `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`
  return `<samlp:Response xmlns:samlp="${names.samlp}" xmlns:saml="${names.saml}" ID="${id()}" Version="2.0" IssueInstant="${at(0)}" Destination="${acs}" InResponseTo="${request}"><saml:Issuer>${site}/idp</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="${assertion}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${site}/idp</saml:Issuer><ds:Signature xmlns:ds="${names.ds}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#${assertion}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature><saml:Subject><saml:NameID Format="${PERSISTENT}">name-of-${who}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(120)}" Recipient="${acs}" InResponseTo="${request}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(-30)}" NotOnOrAfter="${at(120)}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(0)}" SessionIndex="${id()}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${attribute('uid', who)}${attribute('displayName', `${who} Saga`)}${attribute('mail', `${who}@saga.example`)}</saml:AttributeStatement></saml:Assertion></samlp:Response>`
}

/** Starts it; `declare` registers its metadata under a name below `base`. */
export async function startSamlUpstream(base, name, declare) {
  const dir = mkdtempSync(path.join(tmpdir(), 'portner-saml.'))
  const [key, pem] = [`${dir}/idp.key`, `${dir}/idp.pem`]
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=idp', '-keyout', key, '-out', pem]
  execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'ignore' })
  let site
  const server = createServer((incoming, outgoing) => {
    const { pathname, searchParams: query } = new URL(incoming.url, site)
    outgoing.setHeader('content-type', 'text/html; charset=utf-8')
    if (pathname === '/sso') {
      const hidden = ['SAMLRequest', 'RelayState'].map((field) => `<input type="hidden" name="${field}" value="${query.get(field)}">`)
      const form = `<form action="/decide">${hidden.join('')}<label>Who are you? <input name="who"></label><button name="way" value="in">Sign in</button></form>`
      return outgoing.end(`<!doctype html><html lang="en"><title>Saga</title>${form}`)
    }
    if (pathname !== '/decide') return outgoing.writeHead(404).end()
    const request = inflateRawSync(Buffer.from(query.get('SAMLRequest'), 'base64')).toString()
    const acs = `${base}/federation/${name}/acs`
    const told = { site, acs, request: /ID="([^"]+)"/.exec(request)[1], audience: `${base}/federation/${name}/metadata`, who: query.get('who') }
    writeFileSync(`${dir}/answer.xml`, response(told))
    const signed = execFileSync('xmlsec1', ['--sign', '--privkey-pem', key, '--id-attr:ID', 'Assertion', `${dir}/answer.xml`])
    const fields = { SAMLResponse: signed.toString('base64'), RelayState: query.get('RelayState') }
    const hidden = Object.entries(fields).map(([field, value]) => `<input type="hidden" name="${field}" value="${value}">`)
    outgoing.end(`<!doctype html><html lang="en"><title>Saga</title><form method="post" action="${acs}">${hidden.join('')}<button id="onward">Go on</button></form>`)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  site = `http://127.0.0.1:${server.address().port}`
  const certificate = readFileSync(pem, 'utf8').replaceAll(/-----[^-]+-----|\s/g, '')
  await declare(metadata(site, certificate))
  return {
    site,
    close() {
      server.close()
      rmSync(dir, { recursive: true })
    },
  }
}
