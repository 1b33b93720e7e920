// Single sign-on and single logout across three protocols in one browser: OpenID Connect, SAML, WS-Federation.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { accessible, base, close, judge, languages, leading, mette, open, screenshots, signIn, startBrowser } from './support.mjs'
import { site as library, startMellon } from './mellon.mjs'

const port = process.env.PORTNER_PORT3
const shop = `http://localhost:${port}`
const wsfed = `${base}/wsfed?${new URLSearchParams({ wa: 'wsignin1.0', wtrealm: 'urn:acme:intranet', wctx: 'c' })}`
const oidc = `${base}/oauth2/authorize?${new URLSearchParams({
  client_id: 'shop',
  response_type: 'code',
  redirect_uri: `${shop}/callback`,
  scope: 'openid',
  state: 's',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
})}`

/** The OpenID application and the intranet: who is signed in is a cookie, or what was heard over the back channel. */
function startApplications(heard) {
  const picture = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64')
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const url = new URL(request.url, shop)
      if (url.pathname === '/backchannel') {
        heard.push(new URLSearchParams(body).get('logout_token'))
        return response.end()
      }
      if (url.searchParams.get('wa') === 'wsignoutcleanup1.0') {
        response.setHeader('content-type', 'image/gif')
        response.setHeader('cross-origin-resource-policy', 'cross-origin')
        response.setHeader('set-cookie', 'intranet=; Path=/; Max-Age=0')
        return response.end(picture)
      }
      response.setHeader('content-type', 'text/html; charset=utf-8')
      if (url.pathname === '/wsfed' && request.method === 'POST') response.setHeader('set-cookie', 'intranet=in; Path=/')
      const inside = url.pathname === '/callback' || body.includes('wresult') || request.headers.cookie?.includes('intranet=in')
      response.end(`<!doctype html><html lang="en"><title>app</title><p id="${inside ? 'inside' : 'outside'}">${url.pathname}`)
    })
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

let browser, mellon, applications
const heard = []
before(async () => {
  applications = await startApplications(heard)
  mellon = await startMellon()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  await mellon?.stop()
  applications?.close()
})

/** Signed in everywhere with one password. */
async function everywhere(options) {
  const page = await open(browser, options)
  await signIn(page, mette, oidc)
  await page.waitForSelector('#inside')
  for (const there of [`${library}/inside/`, wsfed]) {
    await page.goto(there)
    // Without JavaScript the button of the page carries the answer on.
    const onward = page.locator('form[data-submit] button')
    if (options?.javaScriptEnabled === false && (await onward.count())) await leading(page, () => onward.click())
    await page.waitForSelector('#inside')
  }
  return page
}

async function outEverywhere(page) {
  await page.goto(`${shop}/wsfed`)
  await page.waitForSelector('#outside')
  for (const there of [`${library}/inside/`, oidc]) {
    await page.goto(there)
    await page.waitForSelector('[name=password]')
  }
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
  test(`one sign-in opens three applications of three protocols, one sign-out closes them: ${how}`, async () => {
    const page = await everywhere({ javaScriptEnabled })
    const before = heard.length
    await page.goto(`${base}/sign-out`)
    const list = await page.locator('main').textContent()
    for (const name of ['Shop', 'Library', 'Intranet']) assert.ok(list.includes(name), `${name} is named before`)
    await page.screenshot({ path: `${screenshots}/sign-out-ask.png`, fullPage: true })
    await leading(page, () => page.click('button[type=submit]'))
    await page.waitForSelector('.told')
    const told = await page.locator('.told li').allTextContents()
    assert.equal(told.length, 3)
    assert.match(told.find((row) => row.includes('Library')), /Signed out/, mellon.log())
    assert.match(told.find((row) => row.includes('Intranet')), /Has been told/)
    assert.match(told.find((row) => row.includes('Shop')), /Signed out|Has been told/)
    // What judges pages is a script itself.
    if (javaScriptEnabled) await accessible(page, 'the last page')
    await page.screenshot({ path: `${screenshots}/sign-out-result.png`, fullPage: true })
    for (let tries = 0; tries < 1800 && heard.length === before; tries++) await pause(50)
    assert.equal(heard.length, before + 1, 'one notice')
    await outEverywhere(page)
    await close(page)
  })
}

test('a service provider begins it, and has its person back when all others are told', async () => {
  const page = await everywhere()
  await page.goto(`${library}/mellon/logout?ReturnTo=${encodeURIComponent(`${library}/bye`)}`)
  await page.waitForURL(`${library}/bye`)
  await outEverywhere(page)
  await page.context().close()
})

for (const { lang } of languages) {
  test(`the last page in each language, light and dark, narrow: ${lang}`, async () => {
    const page = await everywhere()
    await page.goto(`${base}/sign-out?lang=${lang}`)
    await leading(page, () => page.click('main button[type=submit]'))
    await page.waitForSelector('.told')
    assert.equal(await page.locator('html').getAttribute('lang'), lang)
    await judge(page, `sign-out-result-${lang}`)
    await close(page)
  })
}
