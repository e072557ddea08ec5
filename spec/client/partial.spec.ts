/** What is stored of a 206, and which requests it answers (RFC 9111 3.3, RFC 9110 14.4, 15.3.7). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PolicyChoice, SendInit } from '../../lib/index.js'
import { ranged } from '../kit/ranged.js'
import { rule, TAGGED } from './part-scene.js'

rule('a stored part answers ranges within it, and no others', {}, async (scene) => {
  assert.is(
    await scene.part('2-6'),
    '206 2-6/10 23456 fwd=uri-miss',
    'a request whose hook asked for a range gets that range',
  )
  assert.is(await scene.range('3-5'), '206 3-5/10 345 hit')
  assert.is(await scene.range('2-6'), '206 2-6/10 23456 hit')
  assert.equal(scene.asked, ['2-6'])
  assert.is(await scene.range('3-7'), '206 3-7/10 34567 fwd=partial')
  assert.is(await scene.get(), '200 0123456789 hit')
  assert.equal(scene.asked, ['2-6', 'all'], 'bytes on both sides are missing: the whole is fetched')
})

const inconsistent: readonly (readonly [title: string, headers: Readonly<Record<string, string>>])[] = [
  ['says more bytes than it has', { 'Content-Range': 'bytes 4-9/10' }],
  ['says that it ends before it begins', { 'Content-Range': 'bytes 9-5/10' }],
  ['says that it ends beyond the complete length', { 'Content-Range': 'bytes 5-9/9' }],
  ['has no Content-Range', {}],
  ['says its range twice', { 'Content-Range': 'bytes 5-9/10, bytes 5-9/10' }],
  ['is of another unit', { 'Content-Range': 'rows 5-9/10' }],
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
  rule(`a chunked 206 with ${title} bytes than its range is not stored`, {}, async (scene) => {
    const headers = { ...TAGGED.headers, 'Content-Range': 'bytes 0-3/10' }
    scene.answers({ status: 206, headers, body: chunks })
    const told = await scene.range('0-3').catch(() => 'broken off')
    assert.is(told, title === 'more' ? '206 0-3/10 0123 fwd=uri-miss' : 'broken off')
    scene.answers(ranged(() => TAGGED))
    assert.is(await scene.range('0-1'), '206 0-1/10 01 fwd=uri-miss')
  })
}

rule('a 206 that answers a request without a range is stored as a part', {}, async (scene) => {
  scene.answers({ status: 206, headers: { ...TAGGED.headers, 'Content-Range': 'bytes 0-4/10' }, body: '01234' })
  assert.is(await scene.range('-5'), '206 0-4/10 01234 fwd=uri-miss', 'its Content-Range tells the client')
  scene.answers(ranged(() => TAGGED))
  assert.is(await scene.range('0-1'), '206 0-1/10 01 hit')
  assert.is(await scene.get(), '200 0123456789 fwd=partial')
  assert.equal(scene.asked, ['all', '5- if "1"'])
})

rule('a part whose body a hook transforms is not stored', {}, async (scene) => {
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

for (const [policy, next] of [
  ['fastly', 'all'],
  [{ partialContent: 'refuse' }, '0-1'], // as it is, at the mark that the first has left
] satisfies [PolicyChoice, string][]) {
  rule(`a 206 is never stored under ${JSON.stringify(policy)}`, policy, async (scene) => {
    await scene.part('0-5')
    assert.match(await scene.range('0-1'), /0123456789|01/)
    assert.equal(scene.asked, ['0-5', next])
  })
}

rule('explain says what will be fetched to complete a stored part, and why', {}, async (scene) => {
  await scene.part('0-5')
  const whole = await scene.cache.explain(scene.url)
  assert.equal([whole.cacheStatus.hit, whole.cacheStatus.forward], [false, 'partial'])
  assert.match(String(whole), /bytes 0-5\/10 is stored, and does not hold all that is asked for \(RFC 9111 3.3\)/)
  assert.match(String(whole), /fetched, bytes=6- of it, with the validator "1" \(RFC 9111 3.3\)/)
  const within = await scene.cache.explain(scene.url, { headers: { range: 'bytes=1-2' } })
  assert.equal([within.decision, scene.asked], ['hit', ['0-5']])
})

test.run()
