/** Variants: which slot a request belongs to (semantics 3.6; T25-T32). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fastly, type Policy, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import { bytes, drain, fill, OK, open, outcomeOf, outcomesOf } from './fixture.js'

const BOTH: readonly [string, Policy][] = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
]
const BY_SELECTION = resolvePolicy({ varyNormalization: 'by-selection' })
const EN = { 'accept-language': 'en' }
const FR = { 'accept-language': 'fr' }
const BY_LANGUAGE = { maxAgeMs: 1000, varyNames: ['Accept-Language'] }

for (const [name, policy] of BOTH) {
  test(`${name}: T25, T29 when an answer brings a Vary rule, each waiter is looked up again in its own slot`, () => {
    const { lookup } = open(policy)
    const leader = lookup(EN)
    const [en, fr, frToo] = [lookup(EN), lookup(FR), lookup(FR)]
    fill(leader, 'hello', BY_LANGUAGE)
    assert.is(outcomesOf([en, fr, frToo]), 'hit lead waiting')
    fill(fr, 'bonjour', BY_LANGUAGE)
    assert.is(drain(frToo.object!.body.reader()).text, 'bonjour')
    assert.is(drain(lookup(EN).object!.body.reader()).text, 'hello')
  })

  test(`${name}: T26 of two fresh objects that match, the one stored last answers`, () => {
    const { lookup, stored, cache } = open(policy)
    stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
    const byB = lookup({ a: '2', b: '1' })
    fill(byB, 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
    assert.is(drain(lookup({ a: '1', b: '1' }).object!.body.reader()).text, 'by b')
    assert.is(drain(lookup({ a: '1', b: '2' }).object!.body.reader()).text, 'by a')
    assert.is(cache.stats().objects, 2)
  })

  test(`${name}: 3.6-4 of two objects that match, the one stored last answers, though another came under the rule of the first`, () => {
    const { lookup, stored } = open(policy)
    stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
    fill(lookup({ a: '2', b: '1' }), 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
    fill(lookup({ a: '3', b: '2' }), 'by a too', { maxAgeMs: 1000, varyNames: ['a'] })
    assert.is(drain(lookup({ a: '1', b: '1' }).object!.body.reader()).text, 'by b')
  })

  test(`${name}: T27 a request without a field and a request with it empty are different variants`, () => {
    const { lookup, stored } = open(policy)
    stored('absent', { maxAgeMs: 1000, varyNames: ['a'] })
    assert.is(outcomeOf(lookup({ a: '' })), 'lead')
    assert.is(outcomeOf(lookup()), 'hit')
  })

  test(`${name}: T28 Vary names in any order, case and repetition are one rule`, () => {
    const { lookup, stored, cache } = open(policy)
    stored('first', { maxAgeMs: 1000, varyNames: ['A', 'B'] }, { a: '1', b: '2' })
    cache.purge({ key: 'k' }, { soft: true })
    stored('second', { maxAgeMs: 1000, varyNames: ['b', 'a', 'A'] }, { a: '1', b: '2' })
    assert.is(cache.stats().objects, 1)
    assert.is(drain(lookup({ a: '1', b: '2' }).object!.body.reader()).text, 'second')
  })

  test(`${name}: T32 a leader that stores in another slot than its own leaves no waiter behind`, () => {
    const { lookup, stored, cache } = open(policy)
    stored('en', BY_LANGUAGE, EN)
    const leader = lookup(FR)
    const waiters = [lookup(FR), lookup(FR)]
    fill(leader, 'for all', { maxAgeMs: 1000 })
    assert.is(outcomesOf(waiters), 'hit hit')
    assert.is(cache.stats().obligations, 0)
  })

  test(`${name}: L18 a lookup that maps to a led slot through any rule waits`, () => {
    const { lookup, stored, clock } = open(policy)
    stored('by language', BY_LANGUAGE, EN)
    clock.advance(2000)
    const leader = lookup(EN)
    const other = lookup(FR)
    fill(other, 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
    assert.is(outcomeOf(lookup({ ...EN, b: 'x' })), 'waiting')
    leader.close()
  })

  test(`${name}: an update with another Vary rule moves the object to its new slot`, () => {
    const { lookup, stored, clock, cache } = open(policy)
    stored('x', { maxAgeMs: 1000 })
    clock.advance(2000)
    lookup(EN).update({ status: 200, statusText: '', fields: [] }, BY_LANGUAGE)
    assert.is(outcomeOf(lookup(EN)), 'hit')
    assert.is(outcomeOf(lookup(FR)), 'lead')
    assert.is(cache.stats().objects, 1)
  })
}

const GERMAN = { ...OK, fields: [['content-language', 'de']] } as const

for (const [name, policy, outcomes] of [
  ['by selection, an object in the one language that a request prefers answers it', BY_SELECTION, 'hit lead lead'],
  ['by meaning, only spellings of the same list are one variant', rfc9111, 'lead lead lead'],
] as const) {
  test(name, () => {
    const { clock, lookup } = open(policy)
    const writer = lookup({ 'accept-language': 'en, de' }).insert(GERMAN, BY_LANGUAGE)
    writer.write(bytes('hallo'))
    writer.finish()
    const asking = (list: string) => {
      const entry = lookup({ 'accept-language': list })
      const outcome = outcomeOf(entry)
      entry.close()
      return outcome
    }
    const now = [asking('fr;q=0.5, de'), asking('fr, de')]
    clock.advance(1000)
    assert.is([...now, asking('fr;q=0.5, de')].join(' '), outcomes)
  })
}

test('by selection, an object that was replaced or purged answers no request that its origin would choose it for', () => {
  const { cache, lookup } = open(BY_SELECTION)
  const store = (list: string, language: string, text: string) => {
    const head = { ...OK, fields: [['content-language', language]] } as const
    const writer = lookup({ 'accept-language': list }).insert(head, { ...BY_LANGUAGE, surrogateKeys: [language] })
    writer.write(bytes(text))
    writer.finish()
  }
  const choosing = () => lookup({ 'accept-language': 'fr;q=0.5, de' })
  store('fr', 'fr', 'bonjour')
  store('en, de', 'de', 'hallo')
  cache.purge({ surrogateKey: 'de' }, { soft: true })
  store('en, de', 'de', 'guten Tag')
  assert.is(drain(choosing().object!.body.reader()).text, 'guten Tag')
  cache.purge({ surrogateKey: 'de' })
  assert.is(outcomeOf(choosing()), 'lead')
})

test('fastly: a waiter behind others is answered by an object that was stored under another Vary rule meanwhile', () => {
  const { lookup, stored } = open(fastly)
  stored('for all', { maxAgeMs: 0 })
  stored('by b', { maxAgeMs: 0, varyNames: ['b'] }, { b: '1' })
  const [byB, leader] = [lookup({ a: '2', b: '1' }), lookup()]
  const [first, second] = [lookup(), lookup({ a: '2' })]
  fill(byB, 'by a', { maxAgeMs: 0, staleIfErrorMs: 2000, varyNames: ['a'] })
  assert.is(outcomesOf([byB, leader, first, second]), 'lead lead waiting waiting')
  fill(leader, 'for all again', { maxAgeMs: 0 })
  assert.is(outcomesOf([first, second]), 'lead hit')
  assert.is(drain(second.object!.body.reader()).text, 'by a')
})

test.run()
