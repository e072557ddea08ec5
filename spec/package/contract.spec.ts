/** The public interface of the installed package: both entry points by name, whole, and nothing besides. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tidewait from 'tidewait'
import * as scheduling from 'tidewait/scheduler'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const require = createRequire(import.meta.url)
const manifestFile = require.resolve('tidewait/package.json')
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'))

const ERRORS = [
  'AlreadyFinishedError',
  'BadHandleError',
  'CancelledError',
  'ClosedError',
  'InvalidArgumentError',
  'NotAnEffectError',
  'TidewaitError',
  'TimeoutError',
  'WouldDeadlockError',
]

test('the package exports the names of its design, and no others', () => {
  assert.equal(
    Object.keys(tidewait).sort(),
    [
      ...ERRORS,
      'BackendRequest',
      'Cache',
      'Explanation',
      'HostLostError',
      'HostThread',
      'HttpResponse',
      'PendingRequest',
      'SelfCollapseError',
      'SendError',
      'TruncatedBodyError',
      'connect',
      'fastly',
      'isSendError',
      'openCache',
      'rfc9111',
      'startHost',
      'systemClock',
    ].sort(),
  )
})

test('the entry point of the scheduler exports the names of the scheduler, and no others', () => {
  const names = [...ERRORS, 'ManualReadiness', 'Scheduler', 'lowestReady', 'promised', 'ready']
  assert.equal(Object.keys(scheduling).sort(), names.sort())
})

test('an error caught from one entry point is an instance of the class of the other', () => {
  for (const name of ERRORS) assert.is(Reflect.get(tidewait, name), Reflect.get(scheduling, name))
})

test('every method of the contract is there, and takes as many arguments as the contract says', () => {
  const { Cache, HostThread, HttpResponse, PendingRequest } = tidewait
  assert.equal(arities(Cache.prototype, ['send', 'select', 'asCompleted', 'purge', 'explain', 'stats', 'close']), {
    send: 2,
    select: 2,
    asCompleted: 1,
    purge: 1,
    explain: 2,
    stats: 0,
    close: 0,
  })
  assert.equal(arities(HostThread.prototype, ['ticket', 'connect', 'stats', 'close']), {
    ticket: 0,
    connect: 0,
    stats: 0,
    close: 0,
  })
  const edits = ['setResponseHeader', 'appendResponseHeader', 'removeResponseHeader']
  const drivers = ['poll', 'wait', 'then', 'cancel', 'intoDirectHandle', 'sendToClient', 'detach']
  assert.equal(arities(PendingRequest.prototype, [...edits, ...drivers]), {
    setResponseHeader: 3,
    appendResponseHeader: 3,
    removeResponseHeader: 2,
    poll: 0,
    wait: 0,
    then: 2,
    cancel: 1,
    intoDirectHandle: 0,
    sendToClient: 1,
    detach: 0,
  })
  const readings = ['text', 'json', 'bytes', 'read', 'toWeb']
  assert.equal(arities(HttpResponse.prototype, readings), { text: 0, json: 0, bytes: 0, read: 0, toWeb: 0 })
  for (const { prototype } of [Cache, HostThread]) assert.type(Reflect.get(prototype, Symbol.asyncDispose), 'function')
  assert.type(HttpResponse.prototype[Symbol.asyncIterator], 'function')
})

test('fetch works without its cache as receiver, so that it can be passed to any code that takes a fetch', async () => {
  const cache = tidewait.openCache({ fetch: async () => new Response('in') })
  const { fetch } = cache
  assert.is(await (await fetch('http://origin.example/')).text(), 'in')
  await cache.close()
})

test('the files that the manifest points at exist, types beside code', () => {
  const folder = dirname(manifestFile)
  for (const entry of ['.', './scheduler']) {
    for (const file of Object.values<string>(manifest.exports[entry])) assert.ok(existsSync(join(folder, file)), file)
  }
  assert.is(manifest.engines.node, '>=20.18.1')
  assert.is(manifest.type, 'module')
})

test('internal modules of the package cannot be imported', () => {
  assert.throws(
    () => import.meta.resolve('tidewait/dist/lib/client/cache.js'),
    (error: { code?: string }) => error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED',
  )
})

test('no public type is any', () => {
  const folder = dirname(fileURLToPath(new URL('../../lib/index.js', import.meta.url)))
  const seen = new Set<string>()
  const declarations = [...declared(folder, 'index.d.ts', seen), ...declared(folder, 'scheduler/index.d.ts', seen)]
  assert.ok(declarations.length > 20)
  for (const { file, text } of declarations) assert.not.match(text, /[:<|&(,=]\s*any\b(?!\s*'|\.)/, file)
})

if (Number(process.versions.node.split('.')[0]) >= 22) {
  test('a CommonJS program can require the package', () => {
    assert.is(require('tidewait').openCache, tidewait.openCache)
    assert.is(require('tidewait/scheduler').Scheduler, scheduling.Scheduler)
  })
}

test.run()

function arities(prototype: object, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, Reflect.get(prototype, name)?.length]))
}

/** The declarations that are reached from `file`, without their comments. */
function* declared(folder: string, file: string, seen: Set<string>): Generator<{ file: string; text: string }> {
  const path = join(folder, file)
  if (seen.has(path)) return
  seen.add(path)
  const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
  yield { file, text }
  for (const [, next = ''] of text.matchAll(/from '(\.[^']+)\.js'/g))
    yield* declared(dirname(path), `${next}.d.ts`, seen)
}
