// Each page: axe-core in light and dark, 320 pixels, weight, nobody else's servers, visible focus.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, base, callback, close, fitsInto, judge, languages, lars, leading, mette, open, request, screenshots, signIn, startApplication, startBrowser } from './support.mjs'

let browser, application
before(async () => {
  application = await startApplication()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  application?.close()
})

/** How to get to each page. */
const pages = {
  home: (page) => page.goto(`${process.env.PORTNER_URL}/`),
  'sign-in': (page) => page.goto(`${base}/sign-in`),
  'sign-in-to-an-application': (page) => page.goto(request('absence', { login_hint: 'mette' })),
  'sign-in-wrong': (page) => signIn(page, { username: 'nobody', password: 'wrong' }),
  'signed-in': async (page) => {
    await signIn(page, mette)
    await page.goto(`${base}/account`)
  },
  consent: (page) => signIn(page, lars, request('survey', { scope: 'openid profile email offline_access' })),
  'choose-account': async (page) => {
    await signIn(page, mette)
    await page.goto(request('absence', { prompt: 'select_account' }))
  },
  'sign-out': async (page) => {
    await signIn(page, mette)
    await page.goto(`${base}/sign-out`)
  },
  'signed-out': async (page) => {
    await signIn(page, mette)
    await page.goto(`${base}/sign-out`)
    await leading(page, () => page.click('main button[type=submit]'))
  },
  'form-post': async (page) => {
    // The application does not answer, so that the page stays.
    await page.route(`${callback}**`, (route) => route.abort())
    await signIn(page, mette, request('absence', { response_mode: 'form_post' }))
  },
  'error-unknown-application': (page) => page.goto(request('nobody')),
  'error-not-found': (page) => page.goto(`${base}/nowhere`),
  playground: (page) => page.goto(`${base}/playground`),
  'playground-saml': (page) => page.goto(`${base}/playground/saml`),
  'playground-saml-done': async (page) => {
    await page.goto(`${base}/playground/saml`)
    await leading(page, () => page.locator('main .actions button').first().click())
    await page.fill('[name=username]', mette.username)
    await page.fill('[name=password]', mette.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/playground\/saml$/)
    await page.waitForLoadState('load')
  },
}

for (const [name, visit] of Object.entries(pages)) {
  test(`${name} is accessible, light and narrow enough, in light and in dark`, async () => {
    const page = await open(browser)
    await visit(page)
    await judge(page, name)
    const ours = [new URL(base).origin, new URL(callback).origin]
    for (const url of page.requested) assert.ok(ours.includes(new URL(url).origin), `${name} asks ${url}`)
    await page.context().close()
  })
}

for (const { locale, lang } of languages) {
  test(`the longest texts fit at 320 pixels: ${lang}`, async () => {
    const page = await open(browser, { locale, viewport: { width: 320, height: 700 } })
    for (const name of ['sign-in-wrong', 'error-unknown-application', 'playground', 'playground-saml']) {
      await pages[name](page)
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await accessible(page, `${name} ${lang}`)
      await fitsInto(page, 320, `${name} ${lang}`)
    }
    await page.screenshot({ path: `${screenshots}/error-${lang}-320.png`, fullPage: true })
    await page.context().close()
  })
}

test('a first visit weighs less than fifty kilobytes', async () => {
  const page = await open(browser)
  const sizes = []
  page.on('response', async (response) => {
    sizes.push(response.body().then((body) => [response.url(), body.length]).catch(() => [response.url(), 0]))
  })
  await page.goto(request('absence'), { waitUntil: 'networkidle' })
  const parts = await Promise.all(sizes)
  const total = parts.reduce((sum, [, size]) => sum + size, 0)
  assert.ok(total > 0 && total < 50_000, JSON.stringify(parts))
  await close(page)
})

test('everything that can be focused shows it', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(browser, { colorScheme })
    await page.goto(`${base}/sign-in`)
    const seen = new Set()
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab')
      const focus = await page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return null
        const style = getComputedStyle(element)
        const visible = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'
        return { what: element.outerHTML.slice(0, 80), visible }
      })
      if (!focus) continue
      seen.add(focus.what)
      assert.ok(focus.visible, `${colorScheme}: ${focus.what}`)
    }
    assert.ok(seen.size >= 5, [...seen].join('\n'))
    await close(page)
  }
})

test('whoever tries too often is told what to do, and not whether the account is locked', async () => {
  const page = await open(browser)
  await signIn(page, lars)
  await page.goto(`${base}/sign-out`)
  await leading(page, () => page.click('main button[type=submit]'))
  for (let attempts = 0; attempts < 4; attempts++) {
    await signIn(page, { ...lars, password: 'wrong' })
    assert.match(await page.textContent('[role=alert]'), /wait 15 minutes or reset your password/)
  }
  assert.ok(await page.isVisible('main a[href*="/password/forgot"]'))
  await page.screenshot({ path: `${screenshots}/locked.png`, fullPage: true })
  await accessible(page, 'locked')
  await close(page)
})
