// The application side of a sign-in with openid-client. Prints where to send the person, reads where they came
// back to, prints what it learned, prints where to sign out.
import { createInterface } from 'node:readline/promises'
import * as client from 'openid-client'

const issuer = new URL(process.argv[2])
const config = await client.discovery(issuer, 'node', { id_token_signed_response_alg: 'ES256' }, client.None(), {
  execute: [client.allowInsecureRequests],
})

const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const there = client.buildAuthorizationUrl(config, {
  redirect_uri: 'http://127.0.0.1/callback',
  scope: 'openid profile email offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
console.log(there.href)

const input = createInterface({ input: process.stdin })
const back = await new Promise((resolve) => input.once('line', resolve))
const tokens = await client.authorizationCodeGrant(config, new URL(back), {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
})
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token)
await client.tokenRevocation(config, renewed.refresh_token)
const after = await client
  .fetchUserInfo(config, renewed.access_token, claims.sub)
  .then(() => true)
  .catch(() => false)
console.log(
  JSON.stringify({
    claims,
    userinfo,
    renewed: renewed.access_token !== tokens.access_token,
    active_after_revocation: after,
  }),
)
const end = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: 'http://127.0.0.1/bye',
  id_token_hint: tokens.id_token,
})
console.log(end.href)
input.close()
