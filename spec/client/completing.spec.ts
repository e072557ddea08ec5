/** How a stored part is completed: the missing range is asked for, and combined with it (RFC 9111 3.4, RFC 9110 13.1.5). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from '../kit/barrier.js'
import type { OriginRequest, Script } from '../kit/origin.js'
import { ranged } from '../kit/ranged.js'
import { rule, TAGGED } from './part-scene.js'

for (const [stored, missing] of [
  ['0-5', '6- if "1"'],
  ['-4', '0-5 if "1"'],
] as const) {
  rule(
    `with ${stored} stored, a plain GET asks for ${missing} and gets the whole, which stays stored`,
    {},
    async (scene) => {
      await scene.part(stored)
      assert.is(await scene.get(), '200 0123456789 fwd=partial')
      assert.is(await scene.get(), '200 0123456789 hit')
      assert.is(await scene.range('4-7'), '206 4-7/10 4567 hit')
      assert.equal(scene.asked, [stored, missing])
    },
  )
}

rule('a range partly outside the stored part completes it, and is cut from the whole', {}, async (scene) => {
  await scene.part('0-5')
  assert.is(await scene.range('4-7'), '206 4-7/10 4567 fwd=partial')
  assert.is(await scene.range('-1'), '206 9-9/10 9 hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"'])
})

rule('a HEAD is answered once the stored part is completed', {}, async (scene) => {
  await scene.part('0-5')
  assert.is(await scene.get({}, { method: 'HEAD' }), '200 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"'])
})

rule('an answer with another entity tag replaces the stored part', {}, async (scene) => {
  await scene.part('0-5')
  scene.resource = { ...TAGGED, body: 'abcdef', headers: { ...TAGGED.headers, ETag: '"2"' } }
  assert.is(await scene.get(), '200 abcdef fwd=partial')
  assert.is(await scene.get(), '200 abcdef hit')
  assert.equal(scene.asked, ['0-5', '6- if "1"'])
})

rule('an origin that ignores If-Range is asked again, for the whole', {}, async (scene) => {
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

rule('an origin that refuses the missing range is asked again, for the whole', {}, async (scene) => {
  await scene.part('0-5')
  scene.answers((request) => (request.header('range') === undefined ? { body: 'abc' } : { status: 416 }))
  assert.is(await scene.get(), '200 abc fwd=partial')
  assert.equal(scene.asked, ['0-5', '6- if "1"', 'all'])
})

rule('a part without a strong validator is never completed, and answers ranges within it', {}, async (scene) => {
  scene.resource = { ...TAGGED, headers: { 'Cache-Control': 'max-age=60', ETag: 'W/"1"' } }
  await scene.part('0-5')
  assert.is(await scene.range('1-2'), '206 1-2/10 12 hit')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', 'all'])
})

rule('parts with a strong Last-Modified time are combined', {}, async (scene) => {
  const [date, modified] = [new Date(), new Date(Date.now() - 5000)].map((time) => time.toUTCString())
  const headers = { 'Cache-Control': 'max-age=60', Date: date ?? '', 'Last-Modified': modified ?? '' }
  scene.resource = { ...TAGGED, headers }
  await scene.part('0-5')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', `6- if ${modified}`])
})

rule('header fields of the newer part replace those of the stored part', {}, async (scene) => {
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'X-Old': 'old', 'X-Both': 'old' } }
  await scene.part('0-5')
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'X-Both': 'new' } }
  await scene.get()
  const { headers } = await scene.cache.fetch(scene.url)
  assert.equal([headers.get('x-old'), headers.get('x-both')], ['old', 'new'])
  assert.equal([headers.get('content-length'), headers.get('content-range')], ['10', null])
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

rule('a private answer for the missing range is not combined: the whole is asked for', {}, async (scene) => {
  await scene.part('0-5')
  scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'Cache-Control': 'private' } }
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['0-5', '6- if "1"', 'all'])
})

rule('a purge while a part is completed leaves nothing of it in the store', {}, async (scene) => {
  await scene.part('0-5')
  const held = scene.origin.hold(scene.path)
  const whole = scene.get()
  await scene.origin.arrived(scene.path, 2)
  await scene.cache.purge({ url: scene.url })
  held.open()
  assert.is(await whole, '200 0123456789 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 fwd=uri-miss')
})

rule(
  'a missing range that breaks off gives the stored bytes, then fails, and nothing stays stored',
  {},
  async (scene) => {
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
  },
)

rule('lookups that wait while a part is completed are all answered by its one fetch', {}, async (scene) => {
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

rule('a part whose body still streams in is not completed: the whole is fetched', {}, async (scene) => {
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

rule('a request with afterSend fetches the whole, so that the hook is shown no missing range', {}, async (scene) => {
  await scene.part('0-5')
  const seen: string[] = []
  const told = await scene.get(
    {},
    { afterSend: ({ status, headers }) => void seen.push(`${status} ${headers.get('content-range')}`) },
  )
  assert.is(told, '200 0123456789 fwd=partial')
  assert.equal([seen, scene.asked], [['200 null'], ['0-5', 'all']])
})

test.run()
