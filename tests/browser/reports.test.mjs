// Chromium reports what a page's Content-Security-Policy has stopped (ASVS 3.4.7).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { base, open, startBrowser } from './support.mjs'

let browser
before(async () => (browser = await startBrowser()))
after(() => browser?.close())

test('what a page was kept from loading comes to the log, without what may be secret', async () => {
  const page = await open(browser)
  await page.goto(`${base}/sign-in?login_hint=s3cret`)
  await page.evaluate(() => {
    const image = new Image()
    image.src = 'https://elsewhere.example/pixel.png?s3cret'
    document.body.append(image)
  })
  const lines = () => readFileSync(process.env.PORTNER_LOG, 'utf8').split('\n').filter((line) => line.includes('content security policy'))
  for (let tries = 0; tries < 900 && lines().length === 0; tries++) await pause(100)
  assert.equal(lines().length, 1, 'one line')
  const [line] = lines()
  assert.match(line, /img-src/)
  assert.match(line, /https:\/\/elsewhere\.example"/)
  assert.match(line, /\/t\/acme\/sign-in"/)
  assert.ok(!line.includes('s3cret'), line)
  await page.context().close()
})
