// A forgotten password, an invitation and a mailed code, with the links and codes of the mails themselves.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { accessible, close, fitsInto, languages, leading, open, screenshots, signIn, startBrowser, tabTo } from './support.mjs'

const base = `${process.env.PORTNER_URL}/t/mailing`
const password = 'rugbrød med sild og løg'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** The newest mail of a kind to somebody, as the command line shows it where there is no mail server. */
function newest(kind, recipient) {
  const options = ['mail', 'list', '--tenant', 'mailing', '--output', 'json', '--config', process.env.PORTNER_CONFIG]
  const env = { PATH: process.env.PATH, HOME: process.env.HOME ?? '/' }
  const mails = JSON.parse(execFileSync(process.env.PORTNER_BIN, options, { env, encoding: 'utf8' }))
  return mails.find((mail) => mail.kind === kind && mail.recipient === recipient)?.text
}

async function mailed(kind, recipient, pattern) {
  for (const deadline = Date.now() + 90_000; Date.now() < deadline; ) {
    const found = newest(kind, recipient)?.match(pattern)
    if (found) return found[0]
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(`no ${kind} to ${recipient}`)
}

for (const { locale, lang } of languages) {
  test(`IN-7: a forgotten password is replaced by the mailed link, by keyboard: ${lang}`, async () => {
    const javaScriptEnabled = lang !== 'nb'
    const page = await open(browser, { locale, javaScriptEnabled, colorScheme: lang === 'sv' ? 'dark' : 'light' })
    const look = async (name) => {
      if (javaScriptEnabled) await accessible(page, name)
      await page.screenshot({ path: `${screenshots}/${name}-${lang}.png`, fullPage: true })
      await fitsInto(page, 320, name)
      await page.setViewportSize({ width: 1024, height: 800 })
    }
    await page.goto(`${base}/sign-in`)
    await tabTo(page, 'a[href*="/password/forgot"]')
    await leading(page, () => page.keyboard.press('Enter'))
    await look('forgot')
    await tabTo(page, '[name=username]')
    await page.keyboard.type(`olga-${lang}`)
    await leading(page, () => page.keyboard.press('Enter'))
    await look('forgot-sent')
    const link = await mailed('password_reset', `olga-${lang}@mail.example`, /https?:\S+token=\S+/)
    await page.goto(link)
    await look('reset')
    await tabTo(page, '[name=password]')
    await page.keyboard.insertText(`${password} ${lang}`)
    await leading(page, () => page.keyboard.press('Enter'))
    await look('reset-done')
    await page.goto(link)
    await look('reset-shut')
    await signIn(page, { username: `olga-${lang}`, password: `${password} ${lang}` }, `${base}/sign-in`)
    // IN-2: and then the code that was mailed.
    await look('mailed-code')
    const code = await mailed('one_time_code', `olga-${lang}@mail.example`, /\b\d{6}\b/)
    await tabTo(page, '[name=code]')
    await page.keyboard.insertText(`${code.slice(0, 3)} ${code.slice(3)}`)
    await leading(page, () => page.keyboard.press('Enter'))
    assert.equal(page.url(), `${base}/account`)
    await close(page)
  })
}

test('IN-7: whoever is invited chooses a first password; a weak one is explained', async () => {
  const page = await open(browser)
  const link = await mailed('invitation', 'ida@mail.example', /https?:\S+token=\S+/)
  await page.goto(link)
  await accessible(page, 'welcome')
  await page.screenshot({ path: `${screenshots}/welcome.png`, fullPage: true })
  await page.fill('[name=password]', 'short')
  await leading(page, () => page.keyboard.press('Enter'))
  assert.ok(await page.locator('[role=alert]').isVisible())
  await accessible(page, 'welcome, refused')
  await page.screenshot({ path: `${screenshots}/welcome-refused.png`, fullPage: true })
  await page.fill('[name=password]', 'a quiet harbour in november')
  await leading(page, () => page.keyboard.press('Enter'))
  await signIn(page, { username: 'ida', password: 'a quiet harbour in november' }, `${base}/sign-in`)
  assert.ok(await page.locator('[name=code]').isVisible())
  await close(page)
})
