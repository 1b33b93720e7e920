// An account that is here already and one on another site become one (IN-8): by whoever has both, and by their own click.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, close, fitsInto, got, languages, leading, open, request, screenshots, signIn, startApplication, startBrowser } from './support.mjs'
import { site, startUpstream } from './upstream.mjs'

const elv = `${process.env.PORTNER_URL}/t/elv`
const mill = request('mill').replace('/t/acme/', '/t/elv/')
const password = 'lutefisk med bacon'

let browser, application, upstream
before(async () => {
  application = await startApplication()
  upstream = await startUpstream()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  application?.close()
  upstream?.close()
})

async function answer(page, who) {
  await page.waitForURL(`${site}/**`)
  await page.fill('[name=who]', who)
  await leading(page, () => page.click('[name=way][value=in]'))
}

async function signInThere(page, who) {
  await leading(page, () => page.click('a.button[href*="/federation/fjord/start"]'))
  await answer(page, who)
}

const choose = (page, choice) => page.click(`[name=choice][value=${choice}]`)

async function look(page, name) {
  await page.screenshot({ path: `${screenshots}/linking-${name}.png`, fullPage: true })
  await accessible(page, name)
  await fitsInto(page, 320, name)
  await page.screenshot({ path: `${screenshots}/linking-${name}-320.png`, fullPage: true })
  await accessible(page, `${name} at 320 px`)
  await page.setViewportSize({ width: 1024, height: 800 })
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
  test(`a person links from their profile, signs in there, and unlinks: ${how}`, async () => {
    const page = await open(browser, { javaScriptEnabled })
    const username = javaScriptEnabled ? 'turid' : 'unni'
    await signIn(page, { username, password }, `${elv}/sign-in`)
    await page.goto(`${elv}/account/factors`)
    if (javaScriptEnabled) await look(page, 'profile')
    await leading(page, () => page.click('form[action$="/identities/fjord/link"] button'))
    await answer(page, `${username}-there`)
    if (javaScriptEnabled) await look(page, 'confirm')
    await leading(page, () => choose(page, 'link'))
    assert.equal(page.url(), `${elv}/account/factors`)
    if (javaScriptEnabled) await look(page, 'profile-linked')
    const other = await open(browser, { javaScriptEnabled })
    await other.goto(mill)
    await signInThere(other, `${username}-there`)
    assert.ok((await got(other)).get('code'))
    await close(other)
    await leading(page, () => page.click('form[action$="/identities/fjord/unlink"] button'))
    assert.equal(await page.locator('form[action$="/identities/fjord/unlink"]').count(), 0)
    await close(page)
  })
}

test('whoever comes for the first time says that there is an account, proves it, and goes on to the application', async () => {
  const page = await open(browser)
  await page.goto(mill)
  await signInThere(page, 'turid-again')
  await leading(page, () => choose(page, 'link'))
  await page.fill('[name=username]', 'turid')
  await page.fill('[name=password]', password)
  await leading(page, () => page.keyboard.press('Enter'))
  await look(page, 'confirm-first')
  await choose(page, 'link')
  assert.ok((await got(page)).get('code'))
  await page.goto(`${elv}/account/details`)
  assert.match(await page.locator('main').textContent(), /turid/)
  await close(page)
})

for (const [index, { locale, lang }] of languages.entries()) {
  test(`whoever comes for the first time is asked, and gets an account: ${lang}`, async () => {
    const page = await open(browser, { locale, colorScheme: index % 2 ? 'dark' : 'light' })
    await page.goto(mill)
    await signInThere(page, `vigdis-${lang}`)
    assert.equal(await page.locator('html').getAttribute('lang'), lang)
    await look(page, `newcomer-${lang}`)
    await choose(page, 'create')
    assert.ok((await got(page)).get('code'))
    await close(page)
  })
}
