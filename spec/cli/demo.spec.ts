/** The demo as a script sees it: exit code, lines, table, and nothing left behind. */

import type { ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closedPort } from '../kit/closed-port.js'
import { type Ran, startNode } from '../kit/node.js'
import { type Origin, startOrigin } from '../kit/origin.js'

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const DEADLINE_MS = 30_000
const SCENES = 13

interface Run extends Ran {
  readonly lines: readonly string[]
}

function start(...args: string[]): { readonly child: ChildProcess; readonly finished: Promise<Run> } {
  const { child, finished } = startNode([MAIN, 'demo', ...args], { timeout: DEADLINE_MS })
  return { child, finished: finished.then((ran) => ({ ...ran, lines: ran.printed.split('\n') })) }
}

function run(...args: string[]): Promise<Run> {
  return start(...args).finished
}

/** Resolves with the first piece of output that has `text` in it. */
function prints(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (piece: string) => piece.includes(text) && resolve())
    child.on('close', () => reject(new Error(`it ended without printing ${text}`)))
  })
}

/** Whether a server listens where the first line says that the origin is. */
function isServed({ lines }: Pick<Run, 'lines'>): Promise<boolean> {
  const url = new URL(/http:\S+/.exec(lines[0] ?? '')?.[0] ?? '')
  return new Promise((resolve) => {
    const socket = createConnection(Number(url.port), url.hostname)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** How many scenes have a line that begins with `mark`. */
function marked({ lines }: Run, mark: string): number {
  return lines.filter((line) => line.startsWith(`${mark} `)).length
}

/** The row of a scene in the table: callers, origin requests, hits, bytes. */
function row({ lines }: Run, scene: string): number[] {
  const table = lines.slice(lines.findIndex((line) => line.startsWith('scene ')))
  const cells =
    table
      .find((line) => line.startsWith(scene))
      ?.slice(scene.length)
      .trim()
      .split(/ {2,}/) ?? []
  return cells.slice(0, 4).map((cell) => Number(cell.replaceAll(',', '')))
}

function cacheable(origin: Origin): Origin {
  return origin.on('/page', { headers: { 'cache-control': 'max-age=600' }, body: 'A real page.'.repeat(100) })
}

test('every scene of the demo does what it says, and nothing is left behind', async () => {
  const tour = await run()
  assert.is(tour.complaints, '')
  assert.is(tour.code, 0, tour.lines.join('\n'))
  assert.is(marked(tour, 'ok'), SCENES)
  assert.match(tour.lines.at(-2) ?? '', /^13 of 13 scenes did what they say, in \d+\.\d s$/)
  assert.equal(row(tour, 'cold collapse').slice(0, 3), [1000, 1, 999])
  assert.equal(row(tour, 'warm hits').slice(0, 3), [4000, 0, 4000])
  assert.equal(row(tour, 'scope halted').slice(0, 3), [100, 2, 99])
  assert.is(tour.lines.join('').includes('\u001b'), false, 'there are no colours in a pipe')
  assert.is(await isServed(tour), false)
})

test('with --origin a real server is asked, and scenes that would have to script it are skipped, and counted as skipped', async () => {
  await using origin = cacheable(await startOrigin())
  const tour = await run('--origin', origin.url('/page'))
  assert.is(tour.code, 0, tour.lines.join('\n'))
  const skipped = marked(tour, 'skipped')
  assert.ok(skipped > 0)
  assert.is(marked(tour, 'ok'), SCENES - skipped)
  assert.match(tour.lines.at(-2) ?? '', new RegExp(`, ${skipped} skipped, in`))
  // One of them is the demo's own look at the page, past the cache.
  const asked = ['first fetch', 'cold collapse', 'warm hits', 'poll', 'wait', 'await', 'yield*'].map(
    (scene) => row(tour, scene)[1] ?? Number.NaN,
  )
  assert.is(origin.count('/page'), 1 + asked.reduce((sum, count) => sum + count, 0))
})

test('a scene that does not do what it says ends the demo with exit code 1, and no further scene asks the server', async () => {
  await using origin = (await startOrigin()).on('/page', { headers: { 'cache-control': 'no-store' }, body: 'secret' })
  const tour = await run('--origin', origin.url('/page'))
  assert.is(tour.code, 1)
  assert.is(marked(tour, 'MISSED'), 1)
  assert.match(tour.lines.join('\n'), /MISSED +first fetch +the page is not cacheable/)
  assert.match(tour.lines.join('\n'), /^0 of 13 scenes did what they say, first fetch did not, 12 not played/m)
  assert.is(origin.count('/page'), 2)
})

test('a scene that gets bytes other than those served before ends the demo with exit code 1', async () => {
  await using origin = (await startOrigin()).on('/page', (_request, nth) => ({
    headers: { 'cache-control': 'max-age=600' },
    body: `answer number ${nth}`,
  }))
  const tour = await run('--origin', origin.url('/page'))
  assert.is(tour.code, 1)
  assert.match(tour.lines.join('\n'), /MISSED +first fetch +.*a body that differs/)
})

test('with --origin at a server that is not there the demo ends with exit code 1, and says so', async () => {
  const tour = await run('--origin', `${await closedPort()}/`)
  assert.is(tour.code, 1)
  assert.match(tour.complaints, /cannot be read: .*ECONNREFUSED/)
})

test('invalid arguments end the demo with exit code 2, and nothing is started', async () => {
  for (const args of [['--orgin', 'x'], ['--origin'], ['--origin', 'ftp://x/'], ['somewhere']]) {
    const { code, lines, complaints } = await run(...args)
    assert.is(code, 2)
    assert.equal(lines, [''])
    assert.match(complaints, /--origin <url>/)
  }
})

test('demo --help prints the usage, with exit code 0', async () => {
  const { code, lines } = await run('--help')
  assert.is(code, 0)
  assert.match(lines.join('\n'), /tidewait demo .*--origin <url>/)
})

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} in the middle ends the demo and its origin, with the exit code of that signal`, async () => {
    const { child, finished } = start()
    await prints(child, 'first fetch')
    child.kill(signal)
    const tour = await finished
    assert.is(tour.code, expected)
    assert.match(tour.lines.join('\n'), /interrupted/)
    assert.is(await isServed(tour), false)
  })
}

test('the demo plays on to its end when its output is read no more', async () => {
  const { child, finished } = start()
  await prints(child, 'first fetch')
  child.stdout?.destroy()
  const { code, complaints } = await finished
  assert.equal([code, complaints], [0, ''])
})

test('the origin of a demo that was killed ends by itself', async () => {
  const { child, finished } = start()
  await prints(child, 'first fetch')
  child.kill('SIGKILL')
  assert.is(await isServed(await finished), false)
})

test.run()
