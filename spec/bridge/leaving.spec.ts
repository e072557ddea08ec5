/** Guests come and go by the thousand and leave nothing behind, and a process in which nobody waits ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startHost } from '../../lib/index.js'
import { collect } from '../kit/garbage.js'
import { startOrigin } from '../kit/origin.js'
import { statsOf, until } from './crew.js'

const MIB = 1024 * 1024

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

function ports(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
}

/** Threads of this process; where the system does not say, always none. */
function threads(): number {
  if (!existsSync('/proc/self/status')) return 0
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1])
}

function held() {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heapUsed, arrayBuffers, threads: threads() }
}

test('connecting and leaving 10,000 times leaves the heap, shared memory, handles, ports and threads where they were', async () => {
  await using host = await startHost()
  const round = async () => {
    await host.connect().close()
    await turn()
  }
  for (let nth = 0; nth < 200; nth++) await round()
  await until('they are gone', () => statsOf(host).guests === 1)
  const before = { ...held(), ports: ports(), handles: statsOf(host).handles }
  for (let nth = 0; nth < 10_000; nth++) await round()
  await until('they are gone', () => statsOf(host).guests === 1)
  await until('their ports are closed', () => ports() <= before.ports)
  const after = held()
  assert.is(statsOf(host).handles, before.handles)
  assert.ok(after.threads <= before.threads, `${after.threads} threads, not ${before.threads}`)
  assert.ok(after.heapUsed - before.heapUsed < 4 * MIB, `${after.heapUsed - before.heapUsed} bytes more heap`)
  // All their lines together would be 320 MiB.
  const more = after.arrayBuffers - before.arrayBuffers
  assert.ok(more < 64 * MIB, `${more} bytes more shared memory`)
})

test('guests that leave with an answer, during a request, or before it was sent leave no handles and no ports', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/often', { headers: { 'cache-control': 'max-age=60' }, body: 'often' })
  const round = async (nth: number) => {
    const cache = host.connect()
    const response = cache.send(origin.url('/often'))
    if (nth % 3 === 0) assert.is((await response).status, 200)
    else if (nth % 3 === 1) response.poll()
    await cache.close()
  }
  for (let nth = 0; nth < 100; nth++) await round(nth)
  await until('they are gone', () => statsOf(host).guests === 1)
  const before = { ports: ports(), handles: statsOf(host).handles }
  for (let nth = 0; nth < 1000; nth++) await round(nth)
  await until('they are gone', () => statsOf(host).guests === 1)
  await until('their ports are closed', () => ports() <= before.ports)
  assert.is(statsOf(host).handles, before.handles)
})

test('a line in memory that an earlier guest has used brings nothing of that guest', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/page', ({ target }) => ({ body: target }))
  for (let nth = 0; nth < 50; nth++) {
    await using cache = host.connect()
    const answers = Array.from({ length: 5 }, (_, at) => cache.send(origin.url(`/page?${nth}-${at}`)))
    const texts = await Promise.all(answers.map(async (answer) => await (await answer).text()))
    assert.equal(
      texts,
      answers.map((_, at) => `/page?${nth}-${at}`),
    )
    await turn()
  }
})

/** Runs a program of its own to its end, and gives its exit code and what it printed. */
async function run(program: string): Promise<{ readonly code: number | null; readonly printed: string }> {
  const index = new URL('../../lib/index.js', import.meta.url).href
  const source = `import * as tidewait from ${JSON.stringify(index)}\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, printed }
}

test('a process with a running host and guests that do not wait ends by itself', async () => {
  const { code, printed } = await run(`
    const host = await tidewait.startHost()
    const caches = [host.connect(), host.connect()]
    await caches[1].close()
    await new Promise((resolve) => setImmediate(resolve))
    process.on('exit', () => console.log('over'))
  `)
  assert.equal([code, printed], [0, 'over\n'])
})

test('a process goes on until an awaited answer is there, and then ends', async () => {
  await using origin = await startOrigin()
  origin.on('/page', { body: 'page' })
  const { code, printed } = await run(`
    const host = await tidewait.startHost()
    const cache = host.connect()
    cache.send(${JSON.stringify(origin.url('/page'))}).then(async (answer) => console.log(await answer.text()))
  `)
  assert.equal([code, printed], [0, 'page\n'])
})

test.run()
