// People who sign in somewhere else (IN-8): application, Portner, the other site and back, as a browser sees it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, close, declare, fitsInto, got, languages, leading, open, request, screenshots, startApplication, startBrowser } from './support.mjs'
import { site, startUpstream } from './upstream.mjs'
import { startSamlUpstream } from './upstream_saml.mjs'

const fjord = `${process.env.PORTNER_URL}/t/fjord`
const cabin = request('cabin').replace('/t/acme/', '/t/fjord/')

let browser, application, upstream
const asked = []
before(async () => {
  application = await startApplication()
  upstream = await startUpstream(asked)
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  application?.close()
  upstream?.close()
})

const button = (name) => `a.button[href*="/federation/${name}/start"]`

/** On the other site: somebody says who they are, or turns back. */
async function answer(page, who, way = 'in') {
  await page.waitForURL(`${site}/**`)
  await page.fill('[name=who]', who)
  await page.click(`[name=way][value=${way}]`)
}

/** From any page that asks for a sign-in, through the other site. */
async function signInThere(page, who, provider = 'fjord') {
  await leading(page, () => page.click(button(provider)))
  await answer(page, who)
}

for (const { locale, lang } of languages) {
  for (const colorScheme of ['light', 'dark']) {
    if (colorScheme === 'dark' && !['da', 'en'].includes(lang)) continue
    test(`the ways to sign in are shown, are reached by keyboard and fit at 320 pixels: ${lang}, ${colorScheme}`, async () => {
      const page = await open(browser, { locale, colorScheme })
      await page.goto(cabin)
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      assert.equal(await page.locator('a.button[href*="/federation/"]').count(), 3)
      await page.screenshot({ path: `${screenshots}/federation-sign-in-${lang}-${colorScheme}.png`, fullPage: true })
      await accessible(page, `${lang} ${colorScheme}`)
      await fitsInto(page, 320, `the ways to sign in, ${lang}`)
      await page.screenshot({ path: `${screenshots}/federation-sign-in-${lang}-${colorScheme}-320.png`, fullPage: true })
      await page.locator(button('fjord')).focus()
      await page.keyboard.press('Enter')
      await answer(page, `anna-${lang}`)
      assert.ok((await got(page)).get('code'))
      await close(page)
    })
  }
}

const applications = {
  'OpenID Connect': [cabin, (sent) => sent.get('code') && sent.get('state') === 'the-state'],
  'WS-Federation': [
    `${fjord}/wsfed?${new URLSearchParams({ wa: 'wsignin1.0', wtrealm: 'urn:fjord:boathouse', wctx: 'c' })}`,
    (sent) => sent.get('wresult')?.includes('RequestSecurityTokenResponse') && sent.get('wctx') === 'c',
  ],
  SAML: [`${fjord}/saml/start/smokehouse`, (sent) => Buffer.from(sent.get('SAMLResponse') ?? '', 'base64').includes('Success')],
}
for (const [protocol, [there, fits]] of Object.entries(applications)) {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
    test(`an application of ${protocol} gets its person from the other site, then without asking: ${how}`, async () => {
      const page = await open(browser, { javaScriptEnabled })
      for (const again of [false, true]) {
        const before = asked.length
        await page.goto(there)
        if (!again) await signInThere(page, 'birgit')
        // Without JavaScript the button of the page carries the answer on.
        const onward = page.locator('form[data-submit] button')
        if (!javaScriptEnabled && protocol !== 'OpenID Connect') await onward.click()
        const sent = await got(page)
        assert.ok(fits(sent), sent.toString().slice(0, 300))
        assert.equal(asked.length - before, again ? 0 : 1)
      }
      await close(page)
    })
  }
}

test('the SAML playground gets its person from the other site', async () => {
  const page = await open(browser)
  await page.goto(`${fjord}/playground/saml`)
  await leading(page, () => page.locator('main .actions button').first().click())
  await signInThere(page, 'dagny')
  await page.waitForURL(/playground\/saml$/)
  assert.match(await page.locator('main').textContent(), /dagny/)
  await close(page)
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
  test(`a typed address leads where its domain signs in, and on to the application: ${how}`, async () => {
    const page = await open(browser, { javaScriptEnabled })
    await page.goto(cabin)
    await page.fill('[name=username]', 'erna@fjord.example')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${site}/**`)
    assert.equal(await page.inputValue('[name=who]'), 'erna', 'the name is told on')
    await page.click('[name=way][value=in]')
    assert.ok((await got(page)).get('code'))
    await close(page)
  })
}

test('whoever has a password here uses it all the same', async () => {
  const page = await open(browser)
  await page.goto(cabin)
  await leading(page, () => page.click('a[href*="local=1"]'))
  await page.fill('[name=username]', 'solveig@fjord.example')
  await page.fill('[name=password]', 'klippfisk og poteter')
  await page.keyboard.press('Enter')
  assert.ok((await got(page)).get('code'))
  await close(page)
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
  test(`a sign-out goes on to the other site and comes back: ${how}`, async () => {
    const page = await open(browser, { javaScriptEnabled })
    await page.goto(`${fjord}/account`)
    await signInThere(page, 'ingrid')
    await page.waitForURL(`${fjord}/account`)
    await page.goto(`${fjord}/sign-out`)
    await page.click('main button[type=submit]')
    await page.waitForURL(`${fjord}/sign-out/**`)
    const left = asked.at(-1)
    assert.equal(left.get('post_logout_redirect_uri'), `${fjord}/federation/fjord/signed-out`)
    assert.equal(JSON.parse(Buffer.from(left.get('id_token_hint').split('.')[1], 'base64url')).sub, 'fjord-ingrid')
    await page.screenshot({ path: `${screenshots}/federation-signed-out.png`, fullPage: true })
    if (javaScriptEnabled) await accessible(page, 'signed out at the other site too')
    await page.goto(`${fjord}/account`)
    await page.waitForSelector('[name=password]')
    await close(page)
  })
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
  test(`somebody comes by SAML from a third site, and on to the application: ${how}`, async () => {
    const provider = { id: 'saga', name: 'Saga', kind: 'saml', enabled: true, create_users: true }
    const saga = await startSamlUpstream(fjord, 'saga', (metadata) => {
      provider.metadata = metadata
      declare({ slug: 'fjord', identity_provider: [provider] })
    })
    try {
      const page = await open(browser, { javaScriptEnabled })
      await page.goto(cabin)
      await leading(page, () => page.click(button('saga')))
      await page.waitForURL(`${saga.site}/**`)
      await page.fill('[name=who]', javaScriptEnabled ? 'jorunn' : 'kari')
      await page.click('[name=way]')
      // A form of another site: what Portner remembers of this browser does not come along with it.
      await leading(page, () => page.click('#onward'))
      assert.ok((await got(page)).get('code'))
      await page.goto(`${fjord}/account`)
      assert.match(await page.locator('main').textContent(), /(jorunn|kari) Saga/)
      await close(page)
    } finally {
      saga.close()
      declare({ slug: 'fjord', identity_provider: [{ ...provider, enabled: false }] })
    }
  })
}

/** How to be refused, and the number that the page shows for support. */
const refusals = {
  denied: ['PRT-1402', async (page) => {
    await page.goto(cabin)
    await leading(page, () => page.click(button('fjord')))
    await answer(page, 'frida', 'back')
  }],
  'no-account': ['PRT-1406', async (page) => {
    await page.goto(cabin)
    await signInThere(page, 'gerd', 'guests')
  }],
  'name-taken': ['PRT-1407', async (page) => {
    await page.goto(cabin)
    await signInThere(page, 'solveig')
  }],
  down: ['PRT-1403', async (page) => {
    await page.goto(cabin)
    await page.click(button('harbour'))
  }],
  'down-typed': ['PRT-1403', async (page) => {
    await page.goto(cabin)
    await page.fill('[name=username]', 'hilde@harbour.example')
    await page.keyboard.press('Enter')
  }],
  stale: ['PRT-1401', (page) => page.goto(`${fjord}/federation/fjord/callback?code=x&state=y`)],
  closed: ['PRT-1410', (page) => page.goto(`${fjord}/federation/nobody/start`)],
}
for (const [index, [name, [code, refused]]] of Object.entries(refusals).entries()) {
  test(`a refusal is explained, and leads on: ${name}`, async () => {
    const looks = [{ ...languages[3], colorScheme: 'dark' }, { ...languages[index % 3], colorScheme: 'light' }]
    for (const { locale, lang, colorScheme } of looks) {
      const page = await open(browser, { locale, colorScheme })
      await refused(page)
      await page.locator('main', { hasText: code }).waitFor()
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await page.screenshot({ path: `${screenshots}/federation-${name}-${lang}-${colorScheme}.png`, fullPage: true })
      await accessible(page, `${name} ${lang}`)
      await fitsInto(page, 320, `${name} ${lang}`)
      await page.screenshot({ path: `${screenshots}/federation-${name}-${lang}-320.png`, fullPage: true })
      // Nobody is signed in by it; another try goes on to where the first one was going.
      await leading(page, () => page.click('main a.button'))
      assert.equal(page.url().startsWith(`${fjord}/sign-in`), true)
      await signInThere(page, `ragna-${name}-${lang}`)
      if (['stale', 'closed'].includes(name)) await page.waitForURL(`${fjord}/account`)
      else assert.ok((await got(page)).get('code'))
      await close(page)
    }
  })
}
