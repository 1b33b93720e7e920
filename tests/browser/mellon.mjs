// Debian's Apache with mod_auth_mellon: a SAML service provider that a person's browser goes to.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { base } from './support.mjs'

const port = process.env.PORTNER_PORT2
export const site = `http://localhost:${port}`

const config = (dir, user) => `
ServerRoot ${dir}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${dir}/pid
ErrorLog ${dir}/error.log
DocumentRoot ${dir}/htdocs
${user}
${['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'mime', 'auth_mellon']
  .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
Mutex file:${dir} default
TypesConfig /etc/mime.types
MellonLockFile "${dir}/mellon.lock"
<Location />
    MellonEnable "info"
    MellonEndpointPath /mellon
    MellonSPentityId "${site}/mellon/metadata"
    MellonSPPrivateKeyFile ${dir}/sp.key
    MellonSPCertFile ${dir}/sp.pem
    MellonIdPMetadataFile ${dir}/idp.xml
    MellonSecureCookie On
    MellonUser "username"
    MellonSignatureMethod rsa-sha256
</Location>
<Location /inside>
    MellonEnable "auth"
    AuthType Mellon
    Require valid-user
</Location>
`

const declared = `
version = 1
[[tenant]]
slug = "acme"
[[tenant.application]]
id = "library"
name = "Library"
[tenant.application.saml]
metadata_file = "mellon.xml"
attributes = { username = "username" }
`

/** Starts it, and declares it to the server by its own metadata. */
export async function startMellon() {
  const dir = mkdtempSync(path.join(tmpdir(), 'portner-mellon.'))
  chmodSync(dir, 0o755)
  mkdirSync(`${dir}/htdocs/inside`, { recursive: true })
  writeFileSync(`${dir}/htdocs/inside/index.html`, '<!doctype html><html lang="en"><title>Library</title><p id="inside">inside')
  const subject = ['-nodes', '-days', '30', '-subj', '/CN=mellon']
  const files = ['-keyout', `${dir}/sp.key`, '-out', `${dir}/sp.pem`]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, ...files], { stdio: 'ignore' })
  const metadata = await fetch(`${base}/saml/metadata`)
  writeFileSync(`${dir}/idp.xml`, await metadata.text())
  let user = ''
  if (process.getuid() === 0) {
    user = 'User www-data\nGroup www-data'
    chownSync(dir, Number(execFileSync('id', ['-u', 'www-data'])), -1)
  }
  writeFileSync(`${dir}/apache.conf`, config(dir, user))
  const apache = spawn('/usr/sbin/apache2', ['-f', `${dir}/apache.conf`, '-DFOREGROUND'], { stdio: 'inherit' })
  for (let tries = 0; tries < 1800 && !(await listens()); tries++) await pause(50)
  writeFileSync(`${dir}/mellon.xml`, await (await fetch(`${site}/mellon/metadata`)).text())
  writeFileSync(`${dir}/declared.toml`, declared)
  const command = ['apply', `${dir}/declared.toml`, '--config', process.env.PORTNER_CONFIG]
  execFileSync(process.env.PORTNER_BIN, command, { env: { PATH: process.env.PATH } })
  return {
    log: () => readFileSync(`${dir}/error.log`, 'utf8'),
    async stop() {
      const gone = new Promise((resolve) => apache.once('exit', resolve))
      apache.kill()
      await gone
      rmSync(dir, { recursive: true })
    },
  }
}

function listens() {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.end() && true))
    socket.once('error', () => resolve(false))
  })
}
