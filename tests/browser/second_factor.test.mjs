// The second step as people do it: the app scans the code from the screen, in each language, by keyboard.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import jsQR from 'jsqr'
import { TOTP, URI } from 'otpauth'
import { PNG } from 'pngjs'
import { accessible, close, fitsInto, languages, leading, mette, open, screenshots, signIn, startBrowser, tabTo } from './support.mjs'

const base = `${process.env.PORTNER_URL}/t/guarded`

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** What a phone reads from the screen. */
async function scan(page) {
  const { data, width, height } = PNG.sync.read(await page.locator('svg.qr').screenshot())
  const found = jsQR(new Uint8ClampedArray(data), width, height)
  assert.ok(found, 'the QR code can be read from the screen')
  return URI.parse(found.data)
}

/** Those that were set up, by language. */
const apps = new Map()
const used = new Map()
/** A code of a step that was not used yet; waits for the next one if need be. */
async function codeOf(app) {
  const secret = app.secret.base32
  for (;;) {
    const code = app.generate()
    if (used.get(secret) !== code) {
      used.set(secret, code)
      return code
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

for (const { locale, lang } of languages) {
  for (const colorScheme of lang === 'da' ? ['dark'] : ['light']) {
    test(`IN-3: an app is set up from the QR code, and used, by keyboard: ${lang}`, async () => {
      const javaScriptEnabled = lang !== 'sv'
      const page = await open(browser, { locale, colorScheme })
      await signIn(page, { username: `mette-${lang}`, password: mette.password }, `${base}/sign-in`)
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await accessible(page, 'enrolment')
      await page.screenshot({ path: `${screenshots}/enrolment-${lang}.png`, fullPage: true })
      await fitsInto(page, 320, 'enrolment')
      await page.screenshot({ path: `${screenshots}/enrolment-${lang}-narrow.png`, fullPage: true })
      await page.setViewportSize({ width: 1024, height: 800 })
      const app = await scan(page)
      assert.ok(app instanceof TOTP)
      assert.equal(app.issuer, 'Fjordby Kommune')
      assert.equal(app.label, `mette-${lang}`)
      await tabTo(page, '[name=code]')
      await page.keyboard.type(await codeOf(app))
      await leading(page, () => page.keyboard.press('Enter'))
      const codes = (await page.locator('#codes').textContent()).trim().split('\n')
      assert.equal(codes.length, 10)
      await accessible(page, 'recovery codes')
      await page.screenshot({ path: `${screenshots}/recovery-codes-${lang}.png`, fullPage: true })
      await tabTo(page, '[name=saved]')
      await page.keyboard.press('Space')
      await leading(page, () => page.keyboard.press('Enter'))
      assert.equal(page.url(), `${base}/account`)
      await close(page)

      const again = await open(browser, { locale, colorScheme, javaScriptEnabled })
      await signIn(again, { username: `mette-${lang}`, password: mette.password }, `${base}/sign-in`)
      if (javaScriptEnabled) await accessible(again, 'second factor')
      await again.screenshot({ path: `${screenshots}/second-factor-${lang}.png` })
      // The field has the focus; a code is pasted with the space that apps show.
      await again.locator('[name=code]:focus').waitFor()
      await again.keyboard.insertText('000 000')
      await leading(again, () => again.keyboard.press('Enter'))
      assert.ok(await again.locator('[role=alert]').isVisible())
      await again.screenshot({ path: `${screenshots}/second-factor-wrong-${lang}.png` })
      // The phone is lost.
      await again.locator('summary').focus()
      await again.keyboard.press('Enter')
      await tabTo(again, 'button[value=recovery_code]')
      await leading(again, () => again.keyboard.press('Enter'))
      await again.locator('[name=code]:focus').waitFor()
      await again.keyboard.insertText(codes[0])
      await leading(again, () => again.keyboard.press('Enter'))
      assert.equal(again.url(), `${base}/account`)
      await again.goto(`${base}/account/factors`)
      if (javaScriptEnabled) await accessible(again, 'factors')
      await again.screenshot({ path: `${screenshots}/factors-${lang}.png`, fullPage: true })
      await fitsInto(again, 320, 'factors')
      await close(again)
      apps.set(lang, app)
    })
  }
}

test('IN-3: a code of the app itself opens the account, and no code does twice', async () => {
  const page = await open(browser)
  const [[lang, app]] = apps
  await signIn(page, { username: `mette-${lang}`, password: mette.password }, `${base}/sign-in`)
  await page.fill('[name=code]', used.get(app.secret.base32))
  await leading(page, () => page.press('[name=code]', 'Enter'))
  assert.ok(await page.locator('[role=alert]').isVisible())
  await page.fill('[name=code]', await codeOf(app))
  await leading(page, () => page.press('[name=code]', 'Enter'))
  assert.equal(page.url(), `${base}/account`)
  await close(page)
})
