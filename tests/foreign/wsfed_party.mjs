// The application side of WS-Federation with passport-wsfed-saml2. Prints where to send the person; then reads, line
// by line, what was posted to it (JSON, with the options that differ from the usual) and prints what it made of it.
import { createInterface } from 'node:readline'
import wsfed from 'passport-wsfed-saml2'

const usual = JSON.parse(process.argv[2])

function strategy(options) {
  return new wsfed.Strategy({ ...usual, ...options }, (profile, done) => done(null, profile))
}

function authenticate(request, options = {}) {
  const acting = Object.create(strategy(options))
  return new Promise((resolve) => {
    acting.redirect = (url) => resolve({ redirect: url })
    acting.success = (profile) => resolve({ profile })
    acting.fail = (why) => resolve({ refused: String(why?.message ?? why) })
    acting.error = (why) => resolve({ refused: String(why?.message ?? why) })
    acting.authenticate(request, options)
  })
}

const RealDate = Date

/** A clock that is ahead by so many seconds. */
function clock(ahead) {
  return class extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [RealDate.now() + ahead * 1000]))
    }
    static now() {
      return RealDate.now() + ahead * 1000
    }
  }
}

const there = await authenticate({ method: 'GET', query: {}, headers: {} }, { wctx: 'the-context&more=1' })
console.log(there.redirect)

for await (const line of createInterface({ input: process.stdin })) {
  const { body, options, shift } = JSON.parse(line)
  globalThis.Date = shift ? clock(shift) : RealDate
  const request = { method: 'POST', body, headers: {}, query: {} }
  console.log(JSON.stringify(await authenticate(request, options)))
  globalThis.Date = RealDate
}
