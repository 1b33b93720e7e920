// Identity providers that we did not write, for Portner to send people to. Reads lines of commands, each answered by one:
// {open: {kind, …}} starts one on a port of its own and answers its issuer; {at: issuer, …} changes it or asks it something.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline/promises'
import mock from 'oauth2-mock-server'
import Provider from 'oidc-provider'

// Answers have the standard output to themselves.
console.info = console.error

function key(alg) {
  const [kind, options] = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }] }[alg]
  const { privateKey } = generateKeyPairSync(kind, options)
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomBytes(6).toString('hex') }
}

/** node-oidc-provider with its own pages: whoever types a name is that person. */
function oidcProvider(site, { issuer = site.issuer, alg = 'RS256', conform = true, client }) {
  const provider = new Provider(issuer, {
    clients: [{ id_token_signed_response_alg: alg, ...client }],
    jwks: { keys: [key(alg)] },
    cookies: { keys: ['only for this test'] },
    claims: { profile: ['name', 'given_name', 'family_name', 'preferred_username'], email: ['email', 'email_verified'] },
    // By the standard, what a scope asks for is told at the UserInfo endpoint and not in the ID token (Core §5.4).
    conformIdTokenClaims: conform,
    features: { rpInitiatedLogout: { enabled: true }, backchannelLogout: { enabled: true } },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        preferred_username: sub,
        name: `${sub} Ødegård`,
        given_name: sub,
        family_name: 'Ødegård',
        email: `${sub}@fjord.example`,
        email_verified: true,
      }),
    }),
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 300, IdToken: 300 },
  })
  provider.on('server_error', (_, error) => console.error(error))
  for (const event of ['grant.error', 'authorization.error', 'userinfo.error']) {
    provider.on(event, (_, error) => site.seen.push({ event, error: error.error, why: error.error_description }))
  }
  return provider.callback()
}

/** Sets members, and takes away those that shall be null. */
function change(object, changes = {}) {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete object[name]
    else object[name] = value
  }
}

/** oauth2-mock-server: signs everybody in, and lets its answers be changed just before they are signed or sent. */
async function mockServer(site, { issuer: named = site.issuer, key: kept, token = {}, answer, userinfo, redirect }) {
  const { issuer, service } = new mock.OAuth2Server()
  issuer.url = named
  if (kept !== 'same') site.key = key('RS256')
  await issuer.keys.add(site.key)
  service.on('beforeTokenSigning', ({ header, payload }) => {
    const times = Object.entries(token.times ?? {}).map(([name, offset]) => [name, payload.iat + offset])
    change(payload, { ...token.claims, ...Object.fromEntries(times) })
    change(header, token.header)
  })
  service.on('beforeResponse', (sent) => {
    change(sent.body, answer?.body)
    sent.statusCode = answer?.status ?? sent.statusCode
  })
  service.on('beforeUserinfo', (sent) => {
    change(sent.body, userinfo?.body)
    sent.statusCode = userinfo?.status ?? sent.statusCode
  })
  service.on('beforeAuthorizeRedirect', ({ url }) => {
    const query = Object.fromEntries(url.searchParams)
    change(query, redirect)
    url.search = new URLSearchParams(query)
  })
  return service.requestHandler
}

const kinds = { 'oidc-provider': oidcProvider, 'oauth2-mock-server': mockServer }
const sites = new Map()

async function open(settings) {
  const site = { seen: [] }
  site.server = createServer((request, response) => {
    const [path, query] = request.url.split('?')
    const proof = request.headers.authorization?.split(' ')[0]
    site.seen.push({ path, query: Object.fromEntries(new URLSearchParams(query)), proof })
    site.handle(request, response)
  })
  await new Promise((resolve) => site.server.listen(0, '127.0.0.1', resolve))
  site.issuer = `http://127.0.0.1:${site.server.address().port}`
  site.become = async (settings) => (site.handle = await kinds[settings.kind](site, settings))
  await site.become(settings)
  sites.set(site.issuer, site)
  return site.issuer
}

async function obey({ open: settings, at, become, seen, close }) {
  if (settings) return open(settings)
  const site = sites.get(at)
  if (become) await site.become(become)
  if (close) {
    site.server.close()
    site.server.closeAllConnections()
  }
  return seen ? site.seen : true
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line)).catch((error) => ({ error: String(error.stack ?? error) }))
  console.log(JSON.stringify(answer))
}
process.exit(0)
