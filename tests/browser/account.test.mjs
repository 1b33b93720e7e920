// Min profil as people use it: by keyboard, without JavaScript, narrow, light and dark, in each language.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { base, close, fitsInto, ida, judge, languages, leading, open, request, screenshots, signIn, startApplication, startBrowser, tabTo } from './support.mjs'

let browser, application
before(async () => {
  application = await startApplication()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  application?.close()
})

const pages = ['', '/details', '/sessions', '/applications', '/activity', '/not-me', '/lock', '/export']
const name = (path) => `account${path.replace('/', '-')}`

/** Signed in, with a service that has access. */
async function inside(options) {
  const page = await open(browser, options)
  await signIn(page, ida, request('survey'))
  const allow = page.locator('button[value=allow]')
  if (await allow.count()) await leading(page, () => allow.click())
  return page
}

test('every page is accessible and narrow enough, in light and in dark', async () => {
  const page = await inside()
  for (const path of pages) {
    await page.goto(`${base}/account${path}`)
    await judge(page, name(path))
    for (const url of page.requested) assert.ok(!url.startsWith('http') || new URL(url).hostname === 'localhost', url)
  }
  await close(page)
})

for (const { lang } of languages) {
  test(`the longest texts fit at 320 pixels: ${lang}`, async () => {
    const page = await inside()
    for (const path of pages) {
      await page.goto(`${base}/account${path}?lang=${lang}`)
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await fitsInto(page, 320, `${name(path)} ${lang}`)
      await page.screenshot({ path: `${screenshots}/${name(path)}-${lang}-320.png`, fullPage: true })
    }
    await close(page)
  })
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
  test(`a person corrects their details by keyboard alone: ${how}`, async () => {
    const page = await open(browser, { javaScriptEnabled })
    await signIn(page, ida)
    await page.goto(`${base}/account/details`)
    await page.focus('#birthdate')
    await page.keyboard.type('yesterday')
    await leading(page, () => page.keyboard.press('Enter'))
    assert.match(await page.title(), /^Error:/)
    assert.equal(await page.inputValue('#birthdate'), 'yesterday')
    assert.equal(await page.locator('#birthdate').getAttribute('aria-invalid'), 'true')
    await page.screenshot({ path: `${screenshots}/account-details-refused.png`, fullPage: true })
    await tabTo(page, '[role=alert] a')
    await page.keyboard.press('Enter')
    await page.fill('#birthdate', '1984-02-29')
    await tabTo(page, 'main button[type=submit]')
    await leading(page, () => page.keyboard.press('Enter'))
    assert.ok(await page.locator('[role=status]').isVisible())
    assert.equal(await page.inputValue('#birthdate'), '1984-02-29')
    await page.fill('#birthdate', '')
    await leading(page, () => page.keyboard.press('Enter'))
    await close(page)
  })

  test(`a person signs another browser out: ${how}`, async () => {
    const other = await open(browser)
    await signIn(other, ida)
    const page = await open(browser, { javaScriptEnabled })
    await signIn(page, ida)
    await page.goto(`${base}/account/sessions`)
    assert.match(await page.locator('main').textContent(), /Chrom\w+ on Linux/)
    await tabTo(page, 'button[value=end]')
    await leading(page, () => page.keyboard.press('Enter'))
    assert.ok(await page.locator('[role=status]').isVisible())
    await other.goto(`${base}/account`)
    assert.ok(await other.locator('[name=password]').isVisible())
    await close(other)
    await close(page)
  })
}

test('times are by the organisation’s clock, wherever the reader is, with JavaScript and without', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await open(browser, { javaScriptEnabled, timezoneId: 'Asia/Kathmandu' })
    await signIn(page, ida)
    await page.goto(`${base}/account/activity`)
    const first = page.locator('main time').first()
    const moment = new Date(await first.getAttribute('datetime'))
    const clock = moment.toLocaleTimeString('sv', { timeZone: 'Europe/Copenhagen', hour: '2-digit', minute: '2-digit' })
    const time = await first.textContent()
    assert.ok(time.replaceAll('.', ':').includes(clock), `${time} is not ${clock}`)
    await close(page)
  }
})

test('one’s own data comes as a file', async () => {
  const page = await inside()
  await page.goto(`${base}/account/export`)
  const coming = page.waitForEvent('download')
  await page.click('main button[type=submit]')
  const file = await coming
  assert.equal(file.suggestedFilename(), 'acme-account.json')
  const chunks = []
  for await (const chunk of await file.createReadStream()) chunks.push(chunk)
  const data = JSON.parse(Buffer.concat(chunks).toString())
  assert.equal(data.user.username, 'ida')
  assert.ok(data.consents.some(({ application }) => application === 'survey'))
  await close(page)
})
