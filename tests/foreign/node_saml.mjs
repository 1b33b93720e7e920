// A service provider with node-saml. Reads one JSON line of settings; then lines of commands, each answered by one.
import { createInterface } from 'node:readline/promises'
import { SAML } from '@node-saml/node-saml'

const input = createInterface({ input: process.stdin })
let saml
for await (const line of input) {
  const { settings, redirect, post, accept } = JSON.parse(line)
  let answer
  try {
    if (settings) {
      const kept = new Map()
      const cacheProvider = {
        saveAsync: async (key, value) => kept.set(key, value) && { value, createdAt: Date.now() },
        getAsync: async (key) => kept.get(key) ?? null,
        removeAsync: async (key) => (kept.delete(key) ? key : null),
      }
      saml = new SAML({ ...settings, validateInResponseTo: 'always', cacheProvider })
      answer = true
    } else if (redirect !== undefined) {
      answer = await saml.getAuthorizeUrlAsync(redirect, undefined, {})
    } else if (post !== undefined) {
      answer = await saml.getAuthorizeFormAsync(post, undefined)
    } else {
      const { profile } = await saml.validatePostResponseAsync(accept)
      // Its functions do not survive JSON, and need not.
      answer = profile
    }
  } catch (error) {
    answer = { error: String(error.message ?? error) }
  }
  console.log(JSON.stringify(answer))
}
