// Debian's Chromium, an application to come back to, and the rules every page must keep.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = path.dirname(fileURLToPath(import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const screenshots = path.join(here, '../../target/screenshots')

export const base = `${process.env.PORTNER_URL}/t/acme`
const port = process.env.PORTNER_PORT1
export const callback = `http://localhost:${port}/callback`
export const mette = { username: 'mette', password: 'rugbrød med sild og løg' }
export const lars = { username: 'lars', password: 'knäckebröd med brunost' }
export const ida = { username: 'ida', password: 'smørrebrød ved fjorden' }
export const languages = [
  { locale: 'da-DK', lang: 'da', heading: 'Log ind' },
  { locale: 'sv-SE', lang: 'sv', heading: 'Logga in' },
  { locale: 'nb-NO', lang: 'nb', heading: 'Logg inn' },
  { locale: 'en-GB', lang: 'en', heading: 'Sign in' },
]

/** The application that people come back to: it shows what it was sent. */
export async function startApplication() {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const query = request.method === 'POST' ? body : (request.url.split('?')[1] ?? '')
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(`<!doctype html><title>came back</title><pre id="got">${query.replaceAll('&', '&amp;')}</pre>`)
    })
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

export function startBrowser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  })
}

/** A request of the application; RFC 7636 Appendix B gives the challenge. */
export function request(client, extra = {}) {
  const query = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid profile email',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...extra,
  })
  return `${base}/oauth2/authorize?${query}`
}

/** A page whose every request and complaint is remembered. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1024, height: 800 }, ...options })
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  page.complaints = []
  page.requested = []
  page.on('console', (message) => {
    // Chromium itself writes a line for each 4xx and 503 document: those are meant.
    const meant = /Failed to load resource: the server responded with a status of (4\d\d|503)/.test(message.text())
    if (message.type() === 'error' && !meant) page.complaints.push(message.text())
  })
  page.on('pageerror', (error) => page.complaints.push(String(error)))
  page.on('request', (sent) => page.requested.push(sent.url()))
  return page
}

export async function close(page) {
  assert.deepEqual(page.complaints, [], 'the browser complains about nothing')
  await page.context().close()
}

/** Tabs until the element that matches has the focus. */
export async function tabTo(page, selector) {
  for (let presses = 0; presses < 30; presses++) {
    if (await page.locator(selector).first().evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`${selector} is not reached by the keyboard on ${page.url()}`)
}

export async function got(page) {
  await page.waitForURL(/localhost:\d+\/callback/)
  return new URLSearchParams(await page.locator('#got').textContent())
}

/** Does what leads to another page, and waits until that one is there. */
export async function leading(page, act) {
  const there = page.waitForNavigation({ waitUntil: 'load' })
  await act()
  await there
}

export async function signIn(page, person, url = `${base}/sign-in`) {
  await page.goto(url)
  await page.fill('[name=username]', person.username)
  await page.fill('[name=password]', person.password)
  await leading(page, () => page.keyboard.press('Enter'))
}

/** No serious or critical finding of axe-core, WCAG 2.2 AA and best practice. */
export async function accessible(page, name) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  const findings = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } })
    return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((node) => node.html) }))
  })
  const bad = findings.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(bad, [], `${name}: ${JSON.stringify(bad, null, 1)}`)
}

export async function fitsInto(page, width, name) {
  await page.setViewportSize({ width, height: 700 })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.ok(wide <= width, `${name} scrolls sideways: ${wide} > ${width}`)
}

/** The page as it stands, in light and in dark: axe-core, wide and at 320 pixels, and a picture of each. */
export async function judge(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 1024, height: 800 })
    await page.screenshot({ path: `${screenshots}/${name}-${colorScheme}.png`, fullPage: true })
    await accessible(page, `${name} ${colorScheme}`)
    await fitsInto(page, 320, name)
    await page.screenshot({ path: `${screenshots}/${name}-${colorScheme}-320.png`, fullPage: true })
    await accessible(page, `${name} ${colorScheme} at 320 px`)
  }
}

/** Tells the server of a tenant's part as an administrator would. */
export function declare(tenant) {
  const dir = mkdtempSync(path.join(tmpdir(), 'portner-declared.'))
  writeFileSync(`${dir}/declared.json`, JSON.stringify({ version: 1, tenant: [tenant] }))
  const command = ['apply', `${dir}/declared.json`, '--config', process.env.PORTNER_CONFIG]
  execFileSync(process.env.PORTNER_BIN, command, { env: { PATH: process.env.PATH } })
  rmSync(dir, { recursive: true })
}
