// Identity providers in the administration: every page judged, and a connection tried, with and without JavaScript.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { accessible, base, close, fitsInto, judge, languages, leading, open, signIn, startBrowser } from './support.mjs'

const astrid = { username: 'astrid', password: 'smörgåsbord för alla' }
const home = `${base}/admin/identity-providers`

let browser
let issuer
let upstream

/** As much of a provider as is looked at; whoever is sent there gives up. */
function startUpstream() {
  const server = createServer((request, response) => {
    const url = new URL(request.url, issuer)
    const json = (value) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(value))
    }
    if (url.pathname === '/.well-known/openid-configuration') {
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        code_challenge_methods_supported: ['S256'],
      })
    }
    if (url.pathname === '/keys') return json({ keys: [{ kty: 'RSA', alg: 'RS256', use: 'sig', n: 'x', e: 'AQAB' }] })
    const back = new URL(url.searchParams.get('redirect_uri'))
    back.searchParams.set('state', url.searchParams.get('state'))
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_description', '<b>gave up</b>')
    response.writeHead(302, { location: back.href })
    response.end()
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      issuer = `http://127.0.0.1:${server.address().port}`
      resolve(server)
    }),
  )
}

before(async () => {
  browser = await startBrowser()
  upstream = await startUpstream()
  const page = await atWork()
  await page.goto(`${home}/new?kind=oidc`)
  await page.fill('#id', 'naboby')
  await page.fill('#name', 'Naboby')
  await page.fill('#issuer', issuer)
  await page.fill('#client_id', 'portner')
  await page.fill('#client_secret', 'a secret')
  await page.fill('#domains', 'naboby.example')
  await leading(page, () => page.click('main button[type=submit]'))
  assert.equal(await page.textContent('h1'), 'Naboby')
  await close(page)
})
after(async () => {
  await browser?.close()
  upstream?.closeAllConnections()
  await new Promise((resolve) => (upstream ? upstream.close(resolve) : resolve()))
})

async function atWork(options) {
  const page = await open(browser, options)
  await signIn(page, astrid, `${base}/sign-in?page=/admin`)
  return page
}

async function tried(page) {
  await page.goto(`${home}/naboby/try`)
  await leading(page, () => page.click('form[action$="/try"] button'))
}

const pages = {
  'admin-providers': (page) => page.goto(home),
  'admin-provider-kinds': (page) => page.goto(`${home}/new`),
  'admin-provider-new-entra': (page) => page.goto(`${home}/new?kind=entra`),
  'admin-provider-new-google': (page) => page.goto(`${home}/new?kind=google`),
  'admin-provider-new-saml': (page) => page.goto(`${home}/new?kind=saml`),
  'admin-provider-wrong': async (page) => {
    await page.goto(`${home}/new?kind=oidc`)
    await page.fill('#id', 'new')
    await page.fill('#issuer', 'http://elsewhere.example')
    await page.fill('#client_id', 'x')
    await page.fill('#role_claims', 'no sign in it')
    await leading(page, () => page.click('main button[type=submit]'))
    assert.ok(await page.isVisible('#issuer-fault'))
  },
  'admin-provider': (page) => page.goto(`${home}/naboby`),
  'admin-provider-edit': async (page) => {
    await page.goto(`${home}/naboby/edit`)
    assert.equal(await page.inputValue('#client_secret'), '')
  },
  'admin-provider-delete': (page) => page.goto(`${home}/naboby/delete`),
  'admin-provider-try': (page) => page.goto(`${home}/naboby/try`),
  'admin-provider-tried': tried,
  'admin-provider-came-back': async (page) => {
    await tried(page)
    await leading(page, () => page.click('form[action$="/sign-in"] button'))
    await page.waitForURL(/callback/)
  },
}

for (const [name, visit] of Object.entries(pages)) {
  test(`${name} is accessible and narrow enough, in light and in dark`, async () => {
    const page = await atWork()
    await visit(page)
    await judge(page, name)
    await page.context().close()
  })
}

for (const { locale, lang } of languages) {
  test(`the longest texts fit at 320 pixels: ${lang}`, async () => {
    const page = await atWork({ locale, viewport: { width: 320, height: 700 } })
    for (const name of ['admin-providers', 'admin-provider-kinds', 'admin-provider-wrong', 'admin-provider', 'admin-provider-tried']) {
      await pages[name](page)
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await accessible(page, `${name} ${lang}`)
      await fitsInto(page, 320, `${name} ${lang}`)
    }
    await page.context().close()
  })
}

for (const javaScriptEnabled of [true, false]) {
  test(`IN-8: a connection is tried and comes back${javaScriptEnabled ? '' : ' without JavaScript'}`, async () => {
    const page = await atWork({ javaScriptEnabled })
    await tried(page)
    const steps = await page.textContent('.things')
    assert.match(steps, /RS256/)
    assert.doesNotMatch(steps, /Does not work/)
    await leading(page, () => page.click('form[action$="/sign-in"] button'))
    await page.waitForURL(/callback/)
    assert.match(await page.textContent('.things'), /access_denied: <b>gave up<\/b>/)
    assert.equal(await page.locator('.things b').count(), 0)
    await close(page)
  })
}
