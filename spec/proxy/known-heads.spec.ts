/** Heads that came before are known by all of their octets. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/client/open-cache.js'
import { type Inquiry, inquiryOf } from '../../lib/proxy/inquiry.js'
import { KnownHeads } from '../../lib/proxy/known-heads.js'
import { readSettings } from '../../lib/proxy/options.js'
import { get } from './fixture.js'

const inquiry: Inquiry = inquiryOf(
  { method: 'GET', url: '/', rawHeaders: ['Host', 'proxy'], httpVersion: '1.1', httpVersionMajor: 1 },
  openCache(),
  readSettings({ origin: 'http://origin.example' }),
)

test('a known head is found by the very same octets, and not by one octet more, less or other', () => {
  const heads = new KnownHeads()
  const octets = Buffer.from(get('/', 'X: a'))
  heads.add(octets, inquiry)
  assert.is(heads.find(Buffer.from(octets)), inquiry)
  for (const other of [get('/', 'X: b'), get('/', 'x: a'), get('/?', 'X: a'), ` ${get('/', 'X: a')}`, get('/')])
    assert.is(heads.find(Buffer.from(other)), undefined)
  assert.is(heads.find(octets.subarray(0, -1)), undefined)
  assert.is(heads.find(Buffer.concat([octets, octets])), undefined)
})

test('known heads with octets beyond ASCII are not confused', () => {
  const heads = new KnownHeads()
  heads.add(Buffer.from([0xc3, 0xa4]), inquiry)
  assert.is(heads.find(Buffer.from([0xe4])), undefined)
  assert.is(heads.find(Buffer.from([0xc3, 0xa5])), undefined)
})

test('a long head is never known', () => {
  const heads = new KnownHeads()
  const octets = Buffer.from(get('/', `Cookie: ${'c'.repeat(9000)}`))
  heads.add(octets, inquiry)
  assert.is(heads.find(octets), undefined)
})

test('beyond 2048 known heads, the head that came longest ago is forgotten', () => {
  const heads = new KnownHeads()
  const octets = (nth: number) => Buffer.from(get(`/${nth}`))
  for (let nth = 0; nth < 2048; nth++) heads.add(octets(nth), inquiry)
  heads.find(octets(0))
  heads.add(octets(2048), inquiry)
  assert.is(heads.find(octets(0)), inquiry)
  assert.is(heads.find(octets(1)), undefined)
})

test('long heads take the room of many short ones', () => {
  const heads = new KnownHeads()
  const octets = (nth: number) => Buffer.from(get(`/${nth}`, `Cookie: ${'c'.repeat(8000)}`))
  for (let nth = 0; nth < 600; nth++) heads.add(octets(nth), inquiry)
  assert.is(heads.find(octets(0)), undefined)
  assert.is(heads.find(octets(599)), inquiry)
})

test.run()
