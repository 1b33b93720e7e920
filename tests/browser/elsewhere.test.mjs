// Forms of another site: no cookie of ours comes along with them (SameSite=Lax), and nobody may notice.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { accessible, base, callback, close, got, lars, leading, mette, open, request, signIn, startBrowser } from './support.mjs'

const port = process.env.PORTNER_PORT1
/** The same machine by another name is another site. */
const elsewhere = `http://127.0.0.1:${port}`
const bye = `http://localhost:${port}/bye`
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** An application: it shows what it was sent, and at `/form` posts what stands in the query to where `to` says. */
function startApplication() {
  const server = createServer((asked, response) => {
    const { pathname, search, searchParams } = new URL(asked.url, elsewhere)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    if (pathname !== '/form') return response.end(`<!doctype html><title>app</title><pre id="got">${escaped(search.slice(1))}</pre>`)
    const fields = [...searchParams].filter(([name]) => name !== 'to')
    const inputs = fields.map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
    response.end(`<!doctype html><title>form</title><form method="post" action="${escaped(searchParams.get('to'))}">${inputs.join('')}<button>go</button></form>`)
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

let browser, application
before(async () => {
  application = await startApplication()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  application?.close()
})

/** Presses the button of a form of another site. */
async function post(page, to, fields) {
  await page.goto(`${elsewhere}/form?${new URLSearchParams({ to, ...fields })}`)
  await leading(page, () => page.click('button'))
}

const asking = (client, extra) => Object.fromEntries(new URL(request(client, extra)).searchParams)

async function signedIn(options) {
  const page = await open(browser, options)
  await signIn(page, mette, request('absence'))
  assert.ok((await got(page)).get('code'))
  return page
}

const cookies = async (page) => (await page.context().cookies(base)).map(({ name, value }) => `${name}=${value}`).sort()

async function isSignedIn(page) {
  await page.goto(request('absence', { prompt: 'none' }))
  return (await got(page)).has('code')
}

async function hintOf(page) {
  await page.goto(request('absence'))
  const form = {
    grant_type: 'authorization_code',
    client_id: 'absence',
    redirect_uri: callback,
    code: (await got(page)).get('code'),
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  }
  const tokens = await fetch(`${base}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) })
  return (await tokens.json()).id_token
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'

  test(`a logout that another site posts asks, keeps the cookies, and then signs out: ${how}`, async () => {
    const page = await signedIn({ javaScriptEnabled })
    const before = await cookies(page)
    for (const fields of [{}, { client_id: 'absence', post_logout_redirect_uri: bye, state: 'a b+%' }]) {
      await post(page, `${base}/oauth2/logout`, fields)
      await page.waitForSelector('form[action$="/sign-out"]')
      assert.deepEqual(await cookies(page), before, 'nothing was taken')
    }
    await leading(page, () => page.click('form[action$="/sign-out"] button'))
    await page.waitForURL(`${bye}?**`)
    assert.equal(new URL(page.url()).searchParams.get('state'), 'a b+%')
    assert.equal(await isSignedIn(page), false)
    await close(page)
  })

  test(`a logout that another site posts with a hint ends the session, also one of great length: ${how}`, async () => {
    for (const more of [{}, { logout_hint: 'h'.repeat(8000) }]) {
      const page = await signedIn({ javaScriptEnabled })
      const state = 'line\r\nend æ&"<'
      const fields = { id_token_hint: await hintOf(page), post_logout_redirect_uri: bye, state, ...more }
      const copy = await page.context().storageState()
      // A form of this length fits into no address: it is asked for in the page itself.
      await page.goto(`${elsewhere}/form?${new URLSearchParams({ to: `${base}/oauth2/logout` })}`)
      await page.setContent(
        `<form method="post" action="${base}/oauth2/logout">${Object.entries(fields)
          .map(([name, value]) => `<textarea name="${name}">${escaped(value)}</textarea>`)
          .join('')}<button>go</button></form>`,
      )
      await leading(page, () => page.click('button'))
      if (more.logout_hint && !javaScriptEnabled) await leading(page, () => page.click('form[data-submit] button'))
      await page.waitForURL(`${bye}?**`)
      assert.equal(new URL(page.url()).searchParams.get('state'), state)
      const other = await open(browser, { storageState: copy })
      assert.equal(await isSignedIn(other), false, 'the session itself has ended')
      await close(other)
      await close(page)
    }
  })
}

test('a request that another site posts is answered in silence, and spoils no sign-in of another tab', async () => {
  const page = await signedIn()
  await post(page, `${base}/oauth2/authorize`, asking('absence', { prompt: 'none' }))
  assert.ok((await got(page)).get('code'))
  await page.context().clearCookies()
  await page.goto(request('absence'))
  const tab = await page.context().newPage()
  await post(tab, `${base}/oauth2/authorize`, asking('absence', { state: 'of the tab' }))
  await tab.waitForSelector('[name=password]')
  for (const [one, person, state] of [[page, lars, 'the-state'], [tab, mette, 'of the tab']]) {
    await one.fill('[name=username]', person.username)
    await one.fill('[name=password]', person.password)
    await leading(one, () => one.keyboard.press('Enter'))
    const answer = await got(one)
    assert.deepEqual([answer.has('code'), answer.get('state')], [true, state])
  }
  await close(page)
})

test('the page that goes on with a long form can be read by everybody', async () => {
  const page = await open(browser, { javaScriptEnabled: true })
  await page.route('**/portner*.js', (route) => route.abort())
  await page.goto(elsewhere)
  await page.setContent(`<form method="post" action="${base}/oauth2/logout"><input name="logout_hint" value="${'h'.repeat(8000)}"><button>go</button></form>`)
  await leading(page, () => page.click('button'))
  await page.waitForSelector('form[data-submit] button')
  await accessible(page, 'going on')
  await leading(page, () => page.click('form[data-submit] button'))
  assert.match(await page.locator('h1').textContent(), /signed out/i)
  await page.context().close()
})
