/** The commands that talk to a running `tidewait serve`. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explain } from '../../lib/cli/explain.js'
import { formatBytes } from '../../lib/cli/kit/bytes.js'
import { projectFile } from '../../lib/cli/kit/project.js'
import { UsageError } from '../../lib/cli/kit/usage.js'
import { purge } from '../../lib/cli/purge.js'
import { stats } from '../../lib/cli/stats.js'
import { closedPort } from '../kit/closed-port.js'
import { startOrigin } from '../kit/origin.js'
import { served, told } from './command.js'

const FRESH = { 'Cache-Control': 'max-age=60', 'Surrogate-Key': 'book' }

test('explain prints the decision and each step to it, as text or as JSON', async () => {
  await using origin = await startOrigin()
  origin.on('/page', { headers: { ...FRESH, Vary: 'Accept-Language' } })
  await using serve = await served(origin.base)
  const explained = (...argv: string[]) => told('explain', ...argv, '--admin-port', serve.admin)
  const before = await explained('/page')
  assert.is(before.code, 0)
  assert.match(before.out, new RegExp(`^GET ${origin.base}/page: fetch\n  method: .*RFC 9111`))
  await (await fetch(`${serve.url}/page`, { headers: { 'Accept-Language': 'fr' } })).text()
  const after = await explained(`${serve.url}/page`, '--header', 'Accept-Language: fr', '--json')
  assert.is(JSON.parse(after.out).decision, 'hit')
  assert.match((await explained('/page', '--method', 'DELETE')).out, /: direct\n/)
  assert.is(origin.count('/page'), 1)
})

test('purge prints how many objects it has hit', async () => {
  await using origin = await startOrigin()
  origin.on('/page', { headers: FRESH })
  await using serve = await served(origin.base)
  const purged = (...argv: string[]) => told('purge', ...argv, '--admin-port', serve.admin)
  assert.equal(await purged('--url', '/page'), { code: 0, out: '0 purged\n', error: '' })
  await (await fetch(`${serve.url}/page`)).text()
  assert.is((await purged('--url', '/page', '--soft')).out, '1 purged\n')
  assert.is((await purged('--surrogate-key', 'book')).out, '1 purged\n')
  assert.is((await purged('--all', '--json')).out, '{"purged":0}\n')
  await (await fetch(`${serve.url}/page`)).text()
  assert.is(origin.count('/page'), 2)
})

test('stats prints what the cache has done, as text or as JSON', async () => {
  await using origin = await startOrigin()
  origin.on('/page', { headers: FRESH })
  await using serve = await served(origin.base)
  for (let times = 0; times < 3; times++) await (await fetch(`${serve.url}/page`)).text()
  const people = await told('stats', '--admin-port', serve.admin)
  assert.is(people.code, 0)
  assert.match(people.out, /^requests +3 taken, 0 under way$/m)
  assert.match(people.out, /^lookups +2 hit, 0 stale, 1 led, /m)
  assert.match(people.out, /^store +1 object, .* of 256 MiB$/m)
  const programs = JSON.parse((await told('stats', '--admin-port', serve.admin, '--json')).out)
  assert.is(programs.cache.transactions.outcomes.hit, 2)
})

const PORT = ['--admin-port', '1'] as const

const COMMANDS = { explain, purge, stats }

for (const [name, ...argv] of [
  ['stats'],
  ['stats', 'now', ...PORT],
  ['stats', '--admin-port', 'x'],
  ['stats', ...PORT, '--admin-host', 'a b'],
  ['explain', ...PORT],
  ['explain', '/a', '/b', ...PORT],
  ['explain', '/a'],
  ['explain', '/a', ...PORT, '--header', 'no field'],
  ['purge', ...PORT],
  ['purge', '--url', '/a'],
  ['purge', '--url', '/a', '--all', ...PORT],
  ['purge', '--all', '--soft', ...PORT],
  ['purge', '--surrogate-key', 'a b', ...PORT],
  ['purge', '--everything', ...PORT],
  ['purge', '--url', '/a', '--url', '/b', ...PORT],
] as const) {
  test(`tidewait ${[name, ...argv].join(' ')} is refused, and the message ends with the usage`, async () => {
    const failure = await COMMANDS[name](argv).catch((failure: unknown) => failure)
    assert.instance(failure, UsageError)
    assert.match((failure as Error).message, new RegExp(`\\n\\ntidewait ${name} `))
  })
}

test('invalid arguments end a command with exit code 2', async () => {
  const { code, out, error } = await told('stats')
  assert.is(code, 2)
  assert.match(error, /^--admin-port is needed\n\ntidewait stats /)
  assert.is(out, '')
})

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(Buffer.from(await projectFile('package.json')).toString())
  assert.equal(await told('--version'), { code: 0, out: `${version}\n`, error: '' })
})

test('--help of each command ends with exit code 0', async () => {
  const names = ['explain', 'purge', 'stats', 'demo']
  const all = await Promise.all(names.map((name) => told(name, '--help')))
  for (const [at, { code, out }] of all.entries()) {
    assert.is(code, 0)
    assert.match(out, new RegExp(`^tidewait ${names[at]} `))
  }
})

test('a command that gets no answer, or a refusal, ends with exit code 1 and one line that says why', async () => {
  const { port } = new URL(await closedPort())
  const nobody = await told('stats', '--admin-port', port)
  assert.equal(nobody, { code: 1, out: '', error: `nobody answers at http://127.0.0.1:${port}\n` })
  await using origin = await startOrigin()
  const stranger = await told('stats', '--admin-port', new URL(origin.base).port)
  assert.is(stranger.code, 1)
  assert.match(stranger.error, /^http:\S+ answers no script\n$/)
  await using serve = await served(origin.base)
  const no = await told('explain', 'page', '--admin-port', serve.admin)
  assert.is(no.code, 1)
  assert.match(no.error, /answers 400 Bad Request: .*not a request target\n$/)
})

test('formatBytes writes sizes in the largest unit that fits, up to GiB', () => {
  assert.equal([0, 991, 1024, 1536, 2 ** 28, 2 ** 42].map(formatBytes), [
    '0 B',
    '991 B',
    '1 KiB',
    '1.5 KiB',
    '256 MiB',
    '4096 GiB',
  ])
})

test.run()
