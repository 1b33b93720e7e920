// The administration as its people use it: every page judged, by keyboard, in four languages, without JavaScript.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, base, close, fitsInto, judge, languages, leading, open, screenshots, signIn, startBrowser, tabTo } from './support.mjs'

const astrid = { username: 'astrid', password: 'smörgåsbord för alla' }

const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://lager.example/saml">
<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="http://lager.example/acs"/>
<AttributeConsumingService index="0"><ServiceName xml:lang="en">Lager</ServiceName><RequestedAttribute Name="mail" isRequired="true"/></AttributeConsumingService>
</SPSSODescriptor></EntityDescriptor>`

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

async function atWork(options) {
  const page = await open(browser, options)
  await signIn(page, astrid, `${base}/sign-in?page=/admin`)
  return page
}

/** The page of somebody, found as people find them. */
async function find(page, words) {
  await page.goto(`${base}/admin/users`)
  await page.fill('#q', words)
  await leading(page, () => page.click('.sieve button[type=submit]'))
  await leading(page, () => page.click('.people a'))
}

const pages = {
  'admin-home': (page) => page.goto(`${base}/admin`),
  'admin-users': (page) => page.goto(`${base}/admin/users`),
  'admin-users-none': (page) => page.goto(`${base}/admin/users?q=nobody+at+all`),
  'admin-user': (page) => find(page, 'lindqvist'),
  'admin-user-edit': async (page) => {
    await find(page, 'lindqvist')
    await leading(page, () => page.click('a[href$="/edit"]'))
  },
  'admin-user-disable': async (page) => {
    await find(page, 'lindqvist')
    await leading(page, () => page.click('a[href$="/disable"]'))
  },
  'admin-policy': (page) => page.goto(`${base}/admin/policy`),
  'admin-policy-try': async (page) => {
    await page.goto(`${base}/admin/policy`)
    await page.fill('[name=try_password]', 'short')
    await leading(page, () => page.click('form[action$="/try"] button[type=submit]'))
  },
  'admin-policy-preview': async (page) => {
    await page.goto(`${base}/admin/policy`)
    await page.fill('[name="password.min_length"]', '15')
    await leading(page, () => page.click('form[action$="/policy"] button[type=submit]'))
  },
  'admin-networks': (page) => page.goto(`${base}/admin/networks`),
  'admin-notices': (page) => page.goto(`${base}/admin/notices`),
  'admin-account-password': (page) => page.goto(`${base}/account/password`),
  'admin-applications': (page) => page.goto(`${base}/admin/applications`),
  'admin-application-new': (page) => page.goto(`${base}/admin/applications/new`),
  'admin-application-new-wrong': async (page) => {
    await page.goto(`${base}/admin/applications/new`)
    await page.fill('#metadata', '<html/>')
    await leading(page, () => page.click('main button[type=submit]'))
  },
  'admin-application-preview': async (page) => {
    await page.goto(`${base}/admin/applications/new`)
    await page.fill('#metadata', metadata)
    await leading(page, () => page.click('main button[type=submit]'))
  },
  'admin-application-wsfed': (page) => page.goto(`${base}/admin/applications/new-wsfed`),
  'admin-application': async (page) => {
    await page.goto(`${base}/admin/applications`)
    await leading(page, () => page.click('.people a[href$="/fravaer"]'))
    assert.equal(await page.textContent('h1'), 'Fravær')
  },
  'admin-application-edit': async (page) => {
    await page.goto(`${base}/admin/applications/fravaer/edit`)
    assert.equal(await page.inputValue('#attribute_2'), 'mail')
  },
  'admin-certificates': async (page) => {
    await page.goto(`${base}/admin/certificates`)
    assert.ok(await page.isVisible('.things'))
  },
  status: (page) => page.goto(`${base}/status`),
  'admin-new': (page) => page.goto(`${base}/admin/users/new`),
  'admin-new-wrong': async (page) => {
    await page.goto(`${base}/admin/users/new`)
    await page.fill('#username', 'lars')
    await page.fill('#roles', 'buyer')
    await leading(page, () => page.click('main button[type=submit]'))
  },
}

for (const [name, visit] of Object.entries(pages)) {
  test(`${name} is accessible and narrow enough, in light and in dark`, async () => {
    const page = await atWork()
    await visit(page)
    await judge(page, name)
    for (const url of page.requested) assert.equal(new URL(url).origin, new URL(base).origin, `${name} asks ${url}`)
    await page.context().close()
  })
}

for (const { locale, lang } of languages) {
  test(`the longest texts fit at 320 pixels: ${lang}`, async () => {
    const page = await atWork({ locale, viewport: { width: 320, height: 700 } })
    for (const name of ['admin-home', 'admin-users', 'admin-user', 'admin-new-wrong']) {
      await pages[name](page)
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await accessible(page, `${name} ${lang}`)
      await fitsInto(page, 320, `${name} ${lang}`)
    }
    await page.screenshot({ path: `${screenshots}/admin-${lang}-320.png`, fullPage: true })
    await page.context().close()
  })
}

for (const javaScriptEnabled of [true, false]) {
  test(`AC-1: somebody is created, disabled and enabled${javaScriptEnabled ? '' : ' without JavaScript'}`, async () => {
    const page = await atWork({ javaScriptEnabled })
    await page.goto(`${base}/admin/users/new`)
    const name = `nils-${javaScriptEnabled}`
    await page.fill('#username', name)
    await page.fill('#email', `${name}@acme.example`)
    await page.check('#role-helpdesk')
    await leading(page, () => page.click('main button[type=submit]'))
    assert.match(await page.textContent('.done'), /has been created/)
    assert.match(await page.textContent('.facts'), /Helpdesk/)
    await leading(page, () => page.click('a[href$="/disable"]'))
    await leading(page, () => page.click('main button[type=submit]'))
    assert.match(await page.textContent('.badge'), /Disabled/)
    await leading(page, () => page.click('a[href$="/enable"]'))
    await leading(page, () => page.click('main button[type=submit]'))
    assert.match(await page.textContent('.events'), /The account was disabled/)
    await close(page)
  })
}

test('A2: an account is unlocked by keyboard alone, in three steps', async () => {
  const stranger = await open(browser)
  for (let attempts = 0; attempts < 3; attempts++) await signIn(stranger, { username: 'lars', password: 'wrong' })
  await stranger.context().close()
  const page = await atWork()
  await page.goto(`${base}/admin/users`)
  await tabTo(page, '#q')
  await page.keyboard.type('lars')
  await leading(page, () => page.keyboard.press('Enter'))
  await tabTo(page, '.people a')
  await leading(page, () => page.keyboard.press('Enter'))
  assert.match(await page.textContent('.standing'), /Locked until/)
  await tabTo(page, 'form[action$="/unlock"] button')
  await leading(page, () => page.keyboard.press('Enter'))
  assert.match(await page.textContent('.standing'), /Can sign in/)
  await close(page)
})

test('an application is registered by its metadata, without JavaScript', async () => {
  const page = await atWork({ javaScriptEnabled: false })
  await page.goto(`${base}/admin/applications/new`)
  await page.fill('#metadata', metadata)
  await leading(page, () => page.click('main button[type=submit]'))
  assert.match(await page.textContent('.todo'), /lager\.example/)
  assert.equal(await page.inputValue('#attribute_1'), 'mail')
  assert.equal(await page.inputValue('#claim_1'), 'email')
  await leading(page, () => page.click('main button[type=submit]'))
  assert.equal(await page.textContent('h1'), 'Lager')
  assert.ok(await page.isVisible('.done'))
  await page.context().close()
})

test('IN-9: an OpenID Connect application is registered by keyboard, and its secret is shown once', async () => {
  const page = await atWork()
  const judged = async (name) => {
    await accessible(page, name)
    await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true })
    await fitsInto(page, 320, name)
    await accessible(page, `${name} at 320 px`)
    await page.screenshot({ path: `${screenshots}/${name}-320.png`, fullPage: true })
    await page.setViewportSize({ width: 1024, height: 800 })
  }
  const press = async (selector) => {
    await tabTo(page, selector)
    await leading(page, () => page.keyboard.press('Enter'))
  }
  await page.goto(`${base}/admin/applications/new-oidc`)
  await judged('admin-client-kinds')
  await press('a[href$="?kind=confidential"]')
  await tabTo(page, '#id')
  await page.keyboard.type('tool')
  await tabTo(page, '#redirect_uris')
  await page.keyboard.type('http://tool.example/callback')
  await judged('admin-client-new')
  await press('main button[type=submit]')
  assert.match(await page.textContent('.todo'), /tool\.example/)
  assert.match(await page.textContent('#abilities'), /Everyone in the organisation/)
  await judged('admin-client-preview')
  await press('main button[type=submit]')
  const secret = await page.textContent('#secret')
  assert.match(secret, /^pta_[\w-]{43}$/)
  await judged('admin-client-secret')
  await leading(page, () => page.reload())
  assert.equal(await page.textContent('h1'), 'tool')
  assert.ok(!(await page.content()).includes(secret), 'a reload shows it no more')
  await judged('admin-client-known')
  await press('a[href$="/secret"]')
  await press('main button[type=submit]')
  const next = await page.textContent('#secret')
  assert.notEqual(next, secret)
  await press('main a.primary')
  await assert.rejects(page.goBack(), /ERR_CACHE_MISS/, 'and the way back finds nothing that was kept')
  await page.context().close()
})
