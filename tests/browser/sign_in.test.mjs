// The whole sign-in as people do it: by keyboard, with and without JavaScript, in each language.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { base, close, got, languages, leading, mette, open, request, screenshots, signIn, startApplication, startBrowser, tabTo } from './support.mjs'

let browser, application
before(async () => {
  application = await startApplication()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  application?.close()
})

for (const { locale, lang, heading } of languages) {
  for (const javaScriptEnabled of [true, false]) {
    const how = `${lang}, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`
    test(`a person signs in by keyboard alone: ${how}`, async () => {
      const page = await open(browser, { locale, javaScriptEnabled })
      await page.goto(request('absence'))
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      assert.equal((await page.locator('h1').textContent()).trim(), heading)
      await page.screenshot({ path: `${screenshots}/sign-in-${lang}${javaScriptEnabled ? '' : '-no-js'}.png` })
      // The first field has the focus: type, Tab on to the second, send with Enter.
      await page.keyboard.type(mette.username)
      await page.keyboard.press('Tab')
      await page.keyboard.insertText(mette.password)
      await page.keyboard.press('Enter')
      const answer = await got(page)
      assert.equal(answer.get('state'), 'the-state')
      assert.equal(answer.get('iss'), base)
      assert.ok(answer.get('code'))
      await close(page)
    })
  }
}

test('an answer by form_post goes on by itself', async () => {
  const page = await open(browser)
  await signIn(page, mette, request('absence', { response_mode: 'form_post' }))
  assert.ok((await got(page)).get('code'))
  await close(page)
})

test('without JavaScript the answer by form_post has a button', async () => {
  const page = await open(browser, { javaScriptEnabled: false })
  await signIn(page, mette, request('absence', { response_mode: 'form_post' }))
  await page.screenshot({ path: `${screenshots}/form-post-no-js.png` })
  await page.locator('main button').focus()
  await page.keyboard.press('Enter')
  assert.ok((await got(page)).get('code'))
  await close(page)
})

test('a wrong password is explained, the name is kept, the message has the focus', async () => {
  const page = await open(browser)
  await signIn(page, { username: 'nobody-here', password: 'wrong' })
  assert.match(await page.title(), /^Error:/)
  assert.equal(await page.inputValue('[name=username]'), 'nobody-here')
  assert.equal(await page.inputValue('[name=password]'), '')
  assert.ok(await page.locator('[role=alert]').isVisible())
  await page.screenshot({ path: `${screenshots}/sign-in-wrong.png` })
  await close(page)
})

test('the password can be shown and is hidden again before it is sent', async () => {
  const page = await open(browser)
  await page.goto(`${base}/sign-in`)
  await page.fill('[name=password]', 'visible')
  const button = page.locator('button[aria-pressed]')
  await button.click()
  assert.equal(await page.getAttribute('[name=password]', 'type'), 'text')
  assert.equal(await button.getAttribute('aria-pressed'), 'true')
  await button.click()
  assert.equal(await page.getAttribute('[name=password]', 'type'), 'password')
  await close(page)
})

test('a password can be pasted', async () => {
  const page = await open(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(`${base}/sign-in`)
  await page.evaluate((text) => navigator.clipboard.writeText(text), mette.password)
  await page.fill('[name=username]', mette.username)
  await page.focus('[name=password]')
  await page.keyboard.press('Control+V')
  assert.equal(await page.inputValue('[name=password]'), mette.password)
  await leading(page, () => page.keyboard.press('Enter'))
  assert.match(await page.locator('main').textContent(), /Mette/)
  await close(page)
})

test('consent is given and refused by keyboard', async () => {
  const page = await open(browser)
  await signIn(page, mette, request('survey'))
  await page.screenshot({ path: `${screenshots}/consent-en.png`, fullPage: true })
  await tabTo(page, 'button[value=deny]')
  await page.keyboard.press('Enter')
  assert.equal((await got(page)).get('error'), 'access_denied')
  await page.goto(request('survey'))
  await tabTo(page, 'button[value=allow]')
  await page.keyboard.press('Enter')
  assert.ok((await got(page)).get('code'))
  await close(page)
})

test('a language is chosen on the page and the request goes on', async () => {
  const page = await open(browser)
  await page.goto(request('absence'))
  await page.click('nav a[hreflang=nb]')
  assert.equal(await page.locator('html').getAttribute('lang'), 'nb')
  await page.fill('[name=username]', mette.username)
  await page.fill('[name=password]', mette.password)
  await page.keyboard.press('Enter')
  assert.ok((await got(page)).get('code'))
  await close(page)
})

test('going back and sending the form again is no dead end', async () => {
  const page = await open(browser)
  await signIn(page, mette, request('absence'))
  await got(page)
  await leading(page, () => page.goBack())
  assert.ok(!/^Error: 4/.test(await page.title()))
  await page.goto(request('absence'))
  assert.ok((await got(page)).get('code'))
  await close(page)
})

test('a person signs out on the page, and is asked to sign in afterwards', async () => {
  const page = await open(browser)
  await signIn(page, mette)
  await page.goto(`${base}/sign-out`)
  await page.screenshot({ path: `${screenshots}/sign-out.png` })
  await tabTo(page, 'main button[type=submit]')
  await leading(page, () => page.keyboard.press('Enter'))
  await page.screenshot({ path: `${screenshots}/signed-out.png` })
  await page.goto(request('absence'))
  assert.ok(await page.locator('[name=password]').isVisible())
  await close(page)
})

test('the playground for SAML signs in, shows every check, and signs out', async () => {
  const page = await open(browser)
  await page.goto(`${base}/playground`)
  await leading(page, () => page.click('.menu a[href$="/playground/saml"]'))
  await leading(page, () => page.locator('main .actions button').first().click())
  await page.fill('[name=username]', mette.username)
  await page.fill('[name=password]', mette.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(/playground\/saml$/)
  await page.waitForLoadState('load')
  const text = await page.locator('main').textContent()
  assert.match(text, /AuthnContextClassRef/)
  assert.match(text, /mette@/)
  assert.equal(await page.locator('.badge.bad').count(), 0, text)
  assert.equal(await page.locator('.badge.good').count(), 2, 'our checks, and the second opinion')
  await page.screenshot({ path: `${screenshots}/playground-saml-done.png`, fullPage: true })
  await page.locator('main .actions form[action$="/logout"] button').click()
  await page.waitForURL(/playground\/saml$/)
  await page.waitForLoadState('load')
  assert.equal(await page.locator('.badge.good').count(), 1, 'the answer to the sign-out')
  await page.goto(request('absence'))
  assert.ok(await page.locator('[name=password]').isVisible(), 'signed out')
  await close(page)
})

test('the playground signs in and shows what came of it', async () => {
  const page = await open(browser)
  await page.goto(`${base}/playground`)
  await page.screenshot({ path: `${screenshots}/playground-start.png`, fullPage: true })
  await leading(page, () => page.locator('main .actions a, main .actions button').first().click())
  await page.fill('[name=username]', mette.username)
  await page.fill('[name=password]', mette.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(/playground/)
  await page.waitForLoadState('load')
  const text = await page.locator('main').textContent()
  assert.match(text, /mette/)
  assert.equal(await page.locator('.badge.bad').count(), 0, text)
  await page.screenshot({ path: `${screenshots}/playground-done.png`, fullPage: true })
  await close(page)
})
