/** `tidewait serve` as its user has it: arguments, log, signals, exit codes. */

import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseBytes } from '../../lib/cli/kit/bytes.js'
import { startOrigin } from '../kit/origin.js'
import { READY, tidewait, told } from './command.js'

test('serve caches what the origin answers, logs a line for each request, and ends in order at SIGTERM', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0', '--max-bytes', '1MiB', '--admin-port', '0')
  const [, url = ''] = await serve.error.until(READY)
  for (let times = 0; times < 2; times++) assert.is(await (await fetch(url)).text(), 'hello')
  assert.is(origin.count('/'), 1)
  await serve.out.until(
    /"GET \/ HTTP\/1\.1" 200 \d+ [\d.]+ms insert whole\n.*"GET \/ HTTP\/1\.1" 200 \d+ [\d.]+ms hit whole\n/,
  )
  const [, admin = ''] = await serve.error.until(/admin at (\S+)/)
  const figures = (await (await fetch(`${admin}stats`)).json()) as { proxy: { requests: { started: number } } }
  assert.is(figures.proxy.requests.started, 2)
  serve.process.kill('SIGTERM')
  assert.is(await serve.ended, 0)
})

test('serve lets a request under way finish at SIGINT', async () => {
  await using origin = await startOrigin()
  const held = origin.hold('/')
  origin.on('/', { body: 'hello' })
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0', '--quiet')
  const [, url = ''] = await serve.error.until(READY)
  const answer = fetch(url).then((response) => response.text())
  await origin.arrived('/')
  serve.process.kill('SIGINT')
  await serve.error.until(/draining/)
  held.open()
  assert.is(await answer, 'hello')
  assert.is(await serve.ended, 0)
  assert.is(serve.out.text, '')
})

for (const signals of [
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const) {
  test(`${signals[1]} after ${signals[0]} ends serve at once, whatever is under way`, async () => {
    await using origin = await startOrigin()
    origin.hold('/')
    origin.on('/', { body: 'hello' })
    const serve = tidewait('serve', '--origin', origin.base, '--port', '0', '--drain', '3600')
    const [, url = ''] = await serve.error.until(READY)
    const answer = fetch(url).catch(() => 'cut off')
    await origin.arrived('/')
    serve.process.kill(signals[0])
    await serve.error.until(/draining/)
    serve.process.kill(signals[1])
    assert.is(await answer, 'cut off')
    await serve.ended
    assert.is(serve.process.signalCode, signals[1])
  })
}

for (const which of ['--port', '--admin-port']) {
  test(`serve ends with exit code 1 and a line that says why where ${which} is taken`, async () => {
    await using origin = await startOrigin()
    const { port } = new URL(origin.base)
    const { code, out, error } = await told('serve', '--origin', origin.base, ...ports({ [which]: port }))
    assert.equal([code, out], [1, ''])
    assert.match(error, /^(listening on .*\n)?listen EADDRINUSE: [^\n]*\n$/)
  })
}

function ports(given: Record<string, string>): string[] {
  return Object.entries({ '--port': '0', '--admin-port': '0', ...given }).flat()
}

test('serve goes on serving when its log is read no more', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0')
  const [, url = ''] = await serve.error.until(READY)
  serve.process.stdout?.destroy()
  while (!serve.error.text.includes('no access log any more')) assert.is(await (await fetch(url)).text(), 'hello')
  assert.is(await (await fetch(url)).text(), 'hello')
  serve.process.kill('SIGTERM')
  assert.is(await serve.ended, 0)
})

test('serve ends after SIGTERM although the reader of its log stands still, and says what is lost', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0', '--drain', '0')
  const [, url = ''] = await serve.error.until(READY)
  serve.process.stdout?.pause()
  // More than the pipe holds.
  const long = `${url}/?${'long'.repeat(3000)}`
  for (let times = 0; times < 200; times++) await (await fetch(long)).text()
  serve.process.kill('SIGTERM')
  const [code] = await once(serve.process, 'exit')
  assert.is(code, 0)
  await serve.error.until(/the end of the access log is lost: up to \d+ bytes were not read/)
  serve.process.stdout?.destroy()
})

test('serve ends in order when neither its log nor its messages are read any more', async () => {
  await using origin = await startOrigin()
  origin.on('/', { body: 'hello' }).on('/held', { body: 'hello' })
  const held = origin.hold('/held')
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0')
  const [, url = ''] = await serve.error.until(READY)
  serve.process.stdout?.destroy()
  serve.process.stderr?.destroy()
  // The first has its line lost, which is said once; what is said next is the end.
  for (let times = 0; times < 5; times++) assert.is(await (await fetch(url)).text(), 'hello')
  const answer = fetch(`${url}/held`).then((response) => response.text())
  await origin.arrived('/held')
  serve.process.kill('SIGTERM')
  while (await isListening(url)) await new Promise(setImmediate)
  held.open()
  assert.is(await answer, 'hello')
  assert.is(await serve.ended, 0)
})

async function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const listens = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return listens
}

test('--policy names a policy and changes its fields', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60', 'Set-Cookie': 'a=1' } })
  const policy = 'rfc9111,setCookie=share,cacheStatus=false'
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0', '--policy', policy)
  const [, url = ''] = await serve.error.until(READY)
  await fetch(url)
  assert.is((await fetch(url)).headers.get('cache-status'), null)
  assert.is(origin.count('/'), 1)
  serve.process.kill('SIGTERM')
  assert.is(await serve.ended, 0)
})

test('a field of --policy that is a list keeps its commas', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'no-store', 'X-Second': 'max-age=60' } })
  const policy = 'rfc9111,targetedFields=["x-first","x-second"],cacheStatus=false'
  const serve = tidewait('serve', '--origin', origin.base, '--port', '0', '--policy', policy)
  const [, url = ''] = await serve.error.until(READY)
  await fetch(url)
  assert.is((await fetch(url)).headers.get('cache-status'), null)
  assert.is(origin.count('/'), 1)
  serve.process.kill('SIGTERM')
  assert.is(await serve.ended, 0)
})

const ORIGIN = ['--origin', 'http://localhost:1'] as const

for (const argv of [
  [],
  ['dance'],
  ['serve'],
  ['serve', ...ORIGIN],
  ['serve', '--port', '0'],
  ['serve', ...ORIGIN, '--port', '65536'],
  ['serve', ...ORIGIN, '--port', 'no'],
  ['serve', '--origin', 'ftp://a', '--port', '0'],
  ['serve', ...ORIGIN, '--port', '0', '--max-bytes', 'much'],
  ['serve', ...ORIGIN, '--port', '0', '--policy', 'lax'],
  ['serve', ...ORIGIN, '--port', '0', '--policy', 'rfc9111,setCookie=eat'],
  ['serve', ...ORIGIN, '--port', '0', '--colour'],
  ['serve', ...ORIGIN, ...ORIGIN, '--port', '0'],
  ['serve', ...ORIGIN, '--port', '0', '--host', ''],
  ['serve', ...ORIGIN, '--port', '0', '--admin-port', '0', '--admin-host', ''],
  ['serve', ...ORIGIN, '--port', '0', '--admin-host', '127.0.0.1'],
]) {
  test(`tidewait ${argv.join(' ')} exits with 2, and says how it is used`, async () => {
    const command = tidewait(...argv)
    assert.is(await command.ended, 2)
    assert.match(command.error.text, /\n\ntidewait /)
    assert.is(command.out.text, '')
  })
}

test('serve --help ends with exit code 0', async () => {
  for (const argv of [['--help'], ['serve', '--help']]) {
    const command = tidewait(...argv)
    assert.is(await command.ended, 0)
    assert.match(command.out.text, /^tidewait /)
  }
})

test('parseBytes reads sizes as people write them', () => {
  assert.equal(['1', '10B', '1KiB', '1.5 MiB', '2gib', '0', '-1', '1MB', 'x'].map(parseBytes), [
    1,
    10,
    1024,
    1.5 * 2 ** 20,
    2 ** 31,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test.run()
