/** What a range fetches of a URL that is not stored: the whole, or with `rangeOnMiss: 'forward'` that range alone. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PolicyChoice } from '../../lib/index.js'
import type { OriginRequest } from '../kit/origin.js'
import { ranged } from '../kit/ranged.js'
import { rule, TAGGED } from './part-scene.js'

const FORWARD: PolicyChoice = { rangeOnMiss: 'forward' }

rule('by default a range of a URL that is not stored fetches the whole', {}, async (scene) => {
  assert.is(await scene.range('2-4'), '206 2-4/10 234 fwd=uri-miss')
  assert.equal(scene.asked, ['all'])
})

rule('forwarded ranges are stored, combined, and become the whole', FORWARD, async (scene) => {
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

rule('a forwarded range that does not touch the stored part replaces it', FORWARD, async (scene) => {
  await scene.range('0-2')
  assert.is(await scene.range('6-7'), '206 6-7/10 67 fwd=partial')
  assert.is(await scene.range('6-6'), '206 6-6/10 6 hit')
  assert.is(await scene.range('1-1'), '206 1-1/10 1 fwd=partial')
  assert.equal(scene.asked, ['0-2', '6-7', '1-1'])
})

rule('a forwarded range beyond the end is refused by the origin', FORWARD, async (scene) => {
  assert.is(await scene.range('20-'), '416 */10 fwd=uri-miss')
})

rule('a forwarded range that holds all bytes is stored as the whole', FORWARD, async (scene) => {
  assert.is(await scene.range('0-'), '206 0-9/10 0123456789 fwd=uri-miss')
  assert.is(await scene.get(), '200 0123456789 hit')
})

rule('a forwarded If-Range that no longer matches brings the whole', FORWARD, async (scene) => {
  assert.is(await scene.range('2-4', { 'if-range': '"0"' }), '200 0123456789 fwd=uri-miss')
  assert.is(await scene.range('2-4', { 'if-range': '"1"' }), '206 2-4/10 234 hit')
  assert.equal(scene.asked, ['2-4 if "0"'])
})

rule(
  'a range of a stale whole validates it, and fetches that range alone if it has changed',
  FORWARD,
  async (scene) => {
    scene.resource = { ...TAGGED, headers: { ...TAGGED.headers, 'Cache-Control': 'max-age=0' } }
    await scene.get()
    assert.is(await scene.range('1-2'), '206 1-2/10 12 fwd=stale')
    scene.resource = { body: 'abcdefghij', headers: { ...TAGGED.headers, ETag: '"2"' } }
    assert.is(await scene.range('1-2'), '206 1-2/10 bc fwd=stale')
    assert.equal(scene.asked, ['all', '1-2 unless "1"', '1-2 unless "1"'])
  },
)

rule('a stored whole stays whole where the origin answers its validation with a part', FORWARD, async (scene) => {
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

rule(
  'waiters whose range a forwarded range does not hold fetch their own, one after another',
  FORWARD,
  async (scene) => {
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
  },
)

test.run()
