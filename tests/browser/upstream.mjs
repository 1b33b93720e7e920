// An identity provider on another site than Portner, as small as one can be: a page where somebody says who they are.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'

const port = process.env.PORTNER_PORT4
export const site = `http://127.0.0.1:${port}`
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }

function signed(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'ES256', kid: 'k', typ: 'JWT' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

const page = (query) => `<!doctype html><html lang="en"><title>Fjord Login</title><h1>Fjord Login</h1>
<form method="post" action="/decide"><input type="hidden" name="query" value="${query.toString().replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">
<label>Who are you? <input name="who" value="${query.get('login_hint')?.split('@')[0] ?? ''}"></label>
<button name="way" value="in">Sign in</button><button name="way" value="back">Go back</button></form>`

/** `asked` collects the requests that came by the browser. */
export async function startUpstream(asked = []) {
  const codes = new Map()
  const discovery = (issuer) => ({
    issuer,
    authorization_endpoint: `${site}/authorize`,
    token_endpoint: `${site}/token`,
    jwks_uri: `${site}/keys`,
    end_session_endpoint: `${site}/out`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  })
  const answers = {
    '/keys': () => ({ keys: [key] }),
    '/token': (_, body) => {
      const { query, who } = codes.get(body.get('code'))
      codes.delete(body.get('code'))
      const challenge = createHash('sha256').update(body.get('code_verifier')).digest('base64url')
      if (challenge !== query.get('code_challenge')) return { error: 'invalid_grant' }
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        iss: site,
        sub: `fjord-${who}`,
        aud: query.get('client_id'),
        nonce: query.get('nonce'),
        iat: now,
        exp: now + 300,
        auth_time: now,
        sid: `sid-${who}`,
        preferred_username: who,
        name: `${who} Fjordsdatter`,
        email: `${who}@fjord.example`,
        email_verified: true,
      }
      return { access_token: 'at', token_type: 'Bearer', expires_in: 300, id_token: signed(claims) }
    },
  }
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const { pathname, searchParams: query } = new URL(request.url, site)
      const body = new URLSearchParams(text)
      const json = pathname === '/.well-known/openid-configuration' ? discovery(site) : answers[pathname]?.(query, body)
      if (json) {
        response.setHeader('content-type', 'application/json')
        response.statusCode = json.error ? 400 : 200
        return response.end(JSON.stringify(json))
      }
      if (pathname === '/decide') {
        const query = new URLSearchParams(body.get('query'))
        const code = randomBytes(16).toString('hex')
        codes.set(code, { query, who: body.get('who') })
        const answer = { in: { code }, back: { error: 'access_denied', error_description: 'You chose to go back.' } }
        const back = new URL(query.get('redirect_uri'))
        back.search = new URLSearchParams({ ...answer[body.get('way')], state: query.get('state') })
        response.writeHead(303, { location: back.href })
        return response.end()
      }
      if (pathname === '/out') {
        const back = new URL(query.get('post_logout_redirect_uri'))
        back.searchParams.set('state', query.get('state'))
        response.writeHead(303, { location: back.href })
        asked.push(query)
        return response.end()
      }
      if (pathname === '/authorize') asked.push(query)
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(page(query))
    })
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
