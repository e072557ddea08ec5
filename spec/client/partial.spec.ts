/** Parts: what is stored of a 206, what it answers, and how it is completed (RFC 9111 3.3, 3.4, RFC 9110 14). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type PolicyChoice, type SendInit, startHost } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { type Answer, type Origin, type OriginRequest, type Script, startOrigin } from '../kit/origin.js'
import { type Ranged, ranged } from '../kit/ranged.js'

const DIGITS = '0123456789'
const TAGGED: Ranged = { body: DIGITS, headers: { 'Cache-Control': 'max-age=60', ETag: '"1"' } }

let paths = 0

/** One resource, a cache before it, and what has been asked of the origin. */
class Scene {
  resource = TAGGED
  readonly path = `/${++paths}`

  constructor(
    readonly cache: Cache,
    readonly origin: Origin,
  ) {
    this.answers(ranged(() => this.resource))
  }

  get url(): string {
    return this.origin.url(this.path)
  }

  answers(answer: Answer | Script): void {
    this.origin.on(this.path, answer)
  }

  /** Status, `Content-Range`, body, and what `Cache-Status` says. */
  async get(headers: Record<string, string> = {}, init: SendInit = {}): Promise<string> {
    const response = await this.cache.send(this.url, { ...init, headers })
    const body = await response.text()
    const said = /;(hit|fwd=[a-z-]+)/.exec(response.headers.get('cache-status') ?? '')?.[1]
    return [response.status, response.headers.get('content-range')?.replace('bytes ', ''), body, said]
      .filter((word) => word !== undefined && word !== '')
      .join(' ')
  }

  range(range: string, headers: Record<string, string> = {}): Promise<string> {
    return this.get({ range: `bytes=${range}`, ...headers })
  }

  /** Puts a part into the store, by a hook that asks for it. */
  part(range: string): Promise<string> {
    return this.get({}, { beforeSend: ({ headers }) => headers.set('range', `bytes=${range}`) })
  }

  /** Range, If-Range and If-None-Match of every request so far. */
  get asked(): string[] {
    return this.origin.requestsOf(this.path).map(wanted)
  }
}

function wanted(request: OriginRequest): string {
  const [condition, known] = [request.header('if-range'), request.header('if-none-match')]
  const range = request.header('range')?.replace('bytes=', '') ?? 'all'
  return `${range}${condition === undefined ? '' : ` if ${condition}`}${known === undefined ? '' : ` unless ${known}`}`
}

let origin: Origin
test.before(async () => {
  origin = await startOrigin()
})
test.after(() => origin[Symbol.asyncDispose]())

/** Caches in this thread, and those that ask a host in another, by policy. */
const opened = new Map<string, Promise<{ readonly cache: Cache; close(): Promise<void> }>>()
test.after(async () => {
  for (const one of opened.values()) await (await one).close()
})

async function open(place: 'here' | 'guest', policy: PolicyChoice): Promise<Cache> {
  const name = `${place} ${JSON.stringify(policy)}`
  const one = opened.get(name) ?? (place === 'here' ? openHere(policy) : openGuest(policy))
  opened.set(name, one)
  return (await one).cache
}

async function openHere(policy: PolicyChoice) {
  const cache = openCache({ policy })
  return { cache, close: () => cache.close({ drainMs: 0 }) }
}

async function openGuest(policy: PolicyChoice) {
  const host = await startHost({ policy })
  const cache = host.connect()
  const close = async () => {
    await cache.close({ drainMs: 0 })
    await host.close({ drainMs: 0 })
  }
  return { cache, close }
}

function rule(title: string, policy: PolicyChoice, tell: (scene: Scene) => Promise<void>): void {
  for (const place of ['here', 'guest'] as const) {
    test(`${place}: ${title}`, async () => tell(new Scene(await open(place, policy), origin)))
  }
}

const FORWARD: PolicyChoice = { rangeOnMiss: 'forward' }

rule('a part answers ranges within it, and no other', {}, async (scene) => {
  assert.is(await scene.part('2-6'), '206 2-6/10 23456 fwd=uri-miss', 'who asked by a hook gets what it asked for')
  assert.is(await scene.range('3-5'), '206 3-5/10 345 hit')
  assert.is(await scene.range('2-6'), '206 2-6/10 23456 hit')
  assert.equal(scene.asked, ['2-6'])
  assert.is(await scene.range('3-7'), '206 3-7/10 34567 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 hit')
  assert.equal(scene.asked, ['2-6', 'all'], 'bytes on both sides are missing: the whole is fetched')
})

for (const [stored, missing] of [
  ['0-5', '6- if "1"'],
  ['-4', '0-5 if "1"'],
] as const) {
  rule(`with ${stored} stored, a plain GET asks for ${missing} and gets the whole, which stays`, {}, async (scene) => {
    await scene.part(stored)
    assert.is(await scene.get(), '200 0123456789 fwd=partial')
    assert.is(await scene.get(), '200 0123456789 hit')
    assert.is(await scene.range('4-7'), '206 4-7/10 4567 hit')
    assert.equal(scene.asked, [stored, missing])
  })
}

rule('a range that lies partly outside completes the part, and is cut from the whole', {}, async (scene) => {
  await scene.part('0-5')
  assert.is(await scene.range('4-7'), '206 4-7/10 4567 fwd=partial')
  assert.is(await scene.range('-1'), '206 9-9/10 9 hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"'])
})

rule('HEAD is answered once the part is completed', {}, async (scene) => {
  await scene.part('0-5')
  assert.is(await scene.get({}, { method: 'HEAD' }), '200 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"'])
})

rule('something else with another tag replaces the part', {}, async (scene) => {
  await scene.part('0-5')
  scene.resource = { ...TAGGED, body: 'abcdef', headers: { ...TAGGED.headers, ETag: '"2"' } }
  assert.is(await scene.get(), '200 abcdef fwd=partial')
  assert.is(await scene.get(), '200 abcdef hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"'])
})

rule('an origin that takes no notice of If-Range is asked again, for the whole', {}, async (scene) => {
  await scene.part('0-5')
  const changed = { ...TAGGED, body: 'abcdefghij', headers: { ...TAGGED.headers, ETag: '"2"' } }
  const deaf = ranged(() => changed)
  const answer: Script = (request, nth) => deaf({ ...request, header: (name) => ignored(request, name) }, nth)
  scene.answers(answer)
  assert.is(await scene.get(), '200 abcdefghij fwd=partial')
  assert.is(await scene.range('2-3'), '206 2-3/10 cd hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"', 'all'])
})

function ignored(request: OriginRequest, name: string): string | undefined {
  return name === 'if-range' ? undefined : request.header(name)
}

rule('an origin that refuses the rest is asked again, for the whole', {}, async (scene) => {
  await scene.part('0-5')
  scene.answers((request) => (request.header('range') === undefined ? { body: 'abc' } : { status: 416 }))
  assert.is(await scene.get(), '200 abc fwd=partial')
  assert.equal(scene.asked, ['0-5', '6- if "1"', 'all'])
})

rule('parts without a strong validator are never put together, and serve what they hold', {}, async (scene) => {
  scene.resource = { ...TAGGED, headers: { 'Cache-Control': 'max-age=60', ETag: 'W/"1"' } }
  await scene.part('0-5')
  assert.is(await scene.range('1-2'), '206 1-2/10 12 hit')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', 'all'])
})

rule('parts with a strong date are put together', {}, async (scene) => {
  const [date, modified] = [new Date(), new Date(Date.now() - 5000)].map((time) => time.toUTCString())
  const headers = { 'Cache-Control': 'max-age=60', Date: date ?? '', 'Last-Modified': modified ?? '' }
  scene.resource = { ...TAGGED, headers }
  await scene.part('0-5')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', `6- if ${modified}`])
})

rule('fields of the newer part replace those of the stored one', {}, async (scene) => {
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'X-Old': 'old', 'X-Both': 'old' } }
  await scene.part('0-5')
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'X-Both': 'new' } }
  await scene.get()
  const { headers } = await scene.cache.fetch(scene.url)
  assert.equal([headers.get('x-old'), headers.get('x-both')], ['old', 'new'])
  assert.equal([headers.get('content-length'), headers.get('content-range')], ['10', null])
})

const inconsistent: readonly (readonly [title: string, headers: Readonly<Record<string, string>>])[] = [
  ['says more bytes than it has', { 'Content-Range': 'bytes 4-9/10' }],
  ['says that it ends before it begins', { 'Content-Range': 'bytes 9-5/10' }],
  ['says that it ends after the end', { 'Content-Range': 'bytes 5-9/9' }],
  ['says nothing of its range', {}],
  ['says so twice', { 'Content-Range': 'bytes 5-9/10, bytes 5-9/10' }],
  ['is another unit', { 'Content-Range': 'rows 5-9/10' }],
  ['has several parts', { 'Content-Type': 'multipart/byteranges; boundary=x' }],
]

for (const [title, headers] of inconsistent) {
  rule(`RFC 9110 14.4: a 206 that ${title} is passed on and not stored`, {}, async (scene) => {
    scene.answers({ status: 206, headers: { ...TAGGED.headers, ...headers }, body: '56789' })
    assert.match(await scene.range('5-9'), /^206 .*56789 fwd=uri-miss$/)
    scene.answers(ranged(() => TAGGED))
    assert.is(await scene.get(), '200 0123456789 fwd=uri-miss')
  })
}

for (const [title, chunks] of [
  ['more', ['0123', '45']],
  ['fewer', ['01', '2']],
] as const) {
  rule(`a chunked 206 with ${title} bytes than its range is not kept`, {}, async (scene) => {
    const headers = { ...TAGGED.headers, 'Content-Range': 'bytes 0-3/10' }
    scene.answers({ status: 206, headers, body: chunks })
    const told = await scene.range('0-3').catch(() => 'broken off')
    assert.is(told, title === 'more' ? '206 0-3/10 0123 fwd=uri-miss' : 'broken off')
    scene.answers(ranged(() => TAGGED))
    assert.is(await scene.range('0-1'), '206 0-1/10 01 fwd=uri-miss')
  })
}

rule('a 206 that nobody asked for is stored as the part it is', {}, async (scene) => {
  scene.answers({ status: 206, headers: { ...TAGGED.headers, 'Content-Range': 'bytes 0-4/10' }, body: '01234' })
  assert.is(await scene.range('-5'), '206 0-4/10 01234 fwd=uri-miss', 'its Content-Range tells the client')
  scene.answers(ranged(() => TAGGED))
  assert.is(await scene.range('0-1'), '206 0-1/10 01 hit')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['all', '5- if "1"'])
})

rule('a stale part is validated for ranges within it, and completed for others', {}, async (scene) => {
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'Cache-Control': 'max-age=0' } }
  await scene.part('0-5')
  scene.resource = TAGGED
  assert.is(await scene.range('1-2'), '206 1-2/10 12 fwd=stale')
  assert.is(await scene.range('2-3'), '206 2-3/10 23 hit')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', 'all unless "1"', '6- if "1"'])
})

rule('a private rest is its client’s alone: the whole is asked for', {}, async (scene) => {
  await scene.part('0-5')
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'Cache-Control': 'private' } }
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', '6- if "1"', 'all'])
})

rule('a purge while the rest is fetched leaves nothing of the part in the store', {}, async (scene) => {
  await scene.part('0-5')
  const held = scene.origin.hold(scene.path)
  const whole = scene.get()
  await scene.origin.arrived(scene.path, 2)
  await scene.cache.purge({ url: scene.url })
  held.open()
  assert.is(await whole, '200 0123456789 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 fwd=uri-miss')
})

rule('a rest that breaks off gives what was stored, then fails, and nothing is kept', {}, async (scene) => {
  await scene.part('0-5')
  const headers = { ...TAGGED.headers, 'Content-Range': 'bytes 6-9/10' }
  scene.answers({ status: 206, headers, body: '67', declaredLength: 4 })
  const response = await scene.cache.send(scene.url)
  const read: string[] = []
  const failure = await (async () => {
    for await (const chunk of response) read.push(Buffer.from(chunk).toString())
    return 'clean'
  })().catch(() => 'failed')
  assert.equal([read.join(''), failure], ['01234567', 'failed'])
  scene.answers(ranged(() => TAGGED))
  assert.is(await scene.get(), '200 0123456789 fwd=uri-miss')
})

rule('those who wait for the rest are answered by it, one fetch for all', {}, async (scene) => {
  await scene.part('0-5')
  const held = scene.origin.hold(scene.path)
  const leader = scene.get()
  await scene.origin.arrived(scene.path, 2)
  const waiters = [scene.get(), scene.range('5-7'), scene.range('8-'), scene.range('1-2')]
  assert.is(await waiters[3], '206 1-2/10 12 hit', 'what is stored needs no waiting')
  held.open()
  assert.is(await leader, '200 0123456789 fwd=partial')
  assert.equal(await Promise.all(waiters.slice(0, 3)), [
    '200 0123456789 fwd=miss',
    '206 5-7/10 567 fwd=miss',
    '206 8-9/10 89 fwd=miss',
  ])
  assert.is(scene.asked.length, 2)
})

rule('while a part still comes, it is not completed: the whole is fetched', {}, async (scene) => {
  const rest = new Barrier()
  const headers = { ...TAGGED.headers, 'Content-Range': 'bytes 0-5/10' }
  scene.answers({ status: 206, headers, body: ['012', rest, '345'] })
  const part = await scene.cache.send(scene.url, {
    beforeSend: (request) => request.headers.set('range', 'bytes=0-5'),
  })
  scene.answers(ranged(() => TAGGED))
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  rest.open()
  assert.is(await part.text(), '012345')
  assert.is(await scene.range('7-8'), '206 7-8/10 78 hit')
  assert.equal(scene.asked, ['0-5', 'all'])
})

rule('with a hook for answers the whole is fetched: it is not to be shown the rest of something', {}, async (scene) => {
  await scene.part('0-5')
  const seen: string[] = []
  const told = await scene.get(
    {},
    { afterSend: ({ status, headers }) => void seen.push(`${status} ${headers.get('content-range')}`) },
  )
  assert.is(told, '200 0123456789 fwd=partial')
  assert.equal([seen, scene.asked], [['200 null'], ['0-5', 'all']])
})

rule('a part that a hook transforms is its caller’s alone', {}, async (scene) => {
  const doubled: SendInit = {
    beforeSend: ({ headers }) => headers.set('range', 'bytes=0-5'),
    afterSend(candidate) {
      candidate.bodyTransform = async function* twice(chunks) {
        for await (const chunk of chunks) yield* [chunk, chunk]
      }
    },
  }
  assert.match(await scene.get({}, doubled), /^206 .*012345012345 /)
  assert.is(await scene.range('0-1'), '206 0-1/10 01 fwd=uri-miss')
})

rule('a cold range fetches the whole, unless the policy forwards it', {}, async (scene) => {
  assert.is(await scene.range('2-4'), '206 2-4/10 234 fwd=uri-miss')
  assert.equal(scene.asked, ['all'])
})

rule('forwarded ranges are stored, grow together, and become the whole', FORWARD, async (scene) => {
  assert.is(await scene.range('2-4'), '206 2-4/10 234 fwd=uri-miss')
  assert.is(await scene.range('2-3'), '206 2-3/10 23 hit')
  assert.is(await scene.range('3-6'), '206 3-6/10 3456 fwd=partial')
  assert.is(await scene.range('2-6'), '206 2-6/10 23456 hit')
  assert.is(await scene.range('-5'), '206 5-9/10 56789 fwd=partial')
  assert.is(await scene.range('2-'), '206 2-9/10 23456789 hit')
  assert.is(await scene.range('0-9'), '206 0-9/10 0123456789 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 hit')
  assert.equal(scene.asked, ['2-4', '5-6 if "1"', '7- if "1"', '0-1 if "1"'])
})

rule('a forwarded range apart from the stored part takes its place', FORWARD, async (scene) => {
  await scene.range('0-2')
  assert.is(await scene.range('6-7'), '206 6-7/10 67 fwd=partial')
  assert.is(await scene.range('6-6'), '206 6-6/10 6 hit')
  assert.is(await scene.range('1-1'), '206 1-1/10 1 fwd=partial')
  assert.equal(scene.asked, ['0-2', '6-7', '1-1'])
})

rule('a forwarded range beyond the end is the origin’s to refuse', FORWARD, async (scene) => {
  assert.is(await scene.range('20-'), '416 */10 fwd=uri-miss')
})

rule('a forwarded range of all there is is the whole', FORWARD, async (scene) => {
  assert.is(await scene.range('0-'), '206 0-9/10 0123456789 fwd=uri-miss')
  assert.is(await scene.get(), '200 0123456789 hit')
})

rule('a forwarded If-Range that is no longer true brings the whole', FORWARD, async (scene) => {
  assert.is(await scene.range('2-4', { 'if-range': '"0"' }), '200 0123456789 fwd=uri-miss')
  assert.is(await scene.range('2-4', { 'if-range': '"1"' }), '206 2-4/10 234 hit')
  assert.equal(scene.asked, ['2-4 if "0"'])
})

rule('a stale whole is validated, and what has changed is fetched by range', FORWARD, async (scene) => {
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'Cache-Control': 'max-age=0' } }
  await scene.get()
  assert.is(await scene.range('1-2'), '206 1-2/10 12 fwd=stale')
  scene.resource = { body: 'abcdefghij', headers: { ...TAGGED.headers, ETag: '"2"' } }
  assert.is(await scene.range('1-2'), '206 1-2/10 bc fwd=stale')
  assert.equal(scene.asked, ['all', '1-2 unless "1"', '1-2 unless "1"'])
})

rule('a whole that an origin answers a part of, in place of a 304, stays whole', FORWARD, async (scene) => {
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'Cache-Control': 'max-age=0' } }
  await scene.get()
  const deaf = ranged(() => TAGGED)
  scene.answers((request, nth) => deaf({ ...request, header: (name) => unconditional(request, name) }, nth))
  assert.is(await scene.range('1-2'), '206 1-2/10 12 fwd=stale')
  assert.is(await scene.get(), '200 0123456789 hit')
  assert.equal(scene.asked, ['all', '1-2 unless "1"'])
})

function unconditional(request: OriginRequest, name: string): string | undefined {
  return name === 'if-none-match' ? undefined : request.header(name)
}

rule('ranges that wait for another’s range ask for themselves, one after another', FORWARD, async (scene) => {
  const held = scene.origin.hold(scene.path)
  const first = scene.range('0-1')
  await scene.origin.arrived(scene.path, 1)
  const others = [scene.range('2-3'), scene.range('0-0'), scene.range('2-3')]
  held.open()
  assert.is(await first, '206 0-1/10 01 fwd=uri-miss')
  assert.equal(
    (await Promise.all(others)).map((told) => told.replace(/ fwd.*/, '')),
    ['206 2-3/10 23', '206 0-0/10 0', '206 2-3/10 23'],
  )
  const asked = scene.asked.map((range) => range.replace(' if "1"', ''))
  assert.equal(asked, ['0-1', '2-3'], 'on condition if the first part is whole by then')
})

for (const policy of ['fastly', { partialContent: 'refuse' }] satisfies PolicyChoice[]) {
  rule(`a 206 is never stored under ${JSON.stringify(policy)}`, policy, async (scene) => {
    await scene.part('0-5')
    assert.match(await scene.range('0-1'), /0123456789|01/)
    assert.equal(scene.asked, ['0-5', 'all'])
  })
}

rule('what is asked for, and why, can be explained before', {}, async (scene) => {
  await scene.part('0-5')
  const whole = await scene.cache.explain(scene.url)
  assert.equal([whole.cacheStatus.hit, whole.cacheStatus.forward], [false, 'partial'])
  assert.match(String(whole), /bytes 0-5\/10 is stored, and does not hold all that is asked for \(RFC 9111 3.3\)/)
  assert.match(String(whole), /fetched, bytes=6- of it, with the validator "1" \(RFC 9111 3.3\)/)
  const within = await scene.cache.explain(scene.url, { headers: { range: 'bytes=1-2' } })
  assert.equal([within.decision, scene.asked], ['hit', ['0-5']])
})

test.run()
