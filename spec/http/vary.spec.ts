/** Which requests the rule of a `Vary` can tell apart (RFC 9110 12.5.5, RFC 9111 4.1). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Field } from '../../lib/http/message.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { variantOf, varyNames, varyRule } from '../../lib/http/vary.js'
import { answer, get } from './heads.js'

const names = (...fields: readonly string[]) => varyNames(answer(200, ...fields).fields, rfc9111)

function same(rule: readonly string[], a: readonly string[], b: readonly string[], policy: Policy): boolean {
  return variantOf(varyRule(rule), get(...a), policy) === variantOf(varyRule(rule), get(...b), policy)
}

test('T28: `A, B` and `b, a, A` are one canonical rule', () => {
  assert.equal(varyRule(['b', 'a', 'A']), ['a', 'b'])
  assert.equal(varyRule(['A', 'B']), ['a', 'b'])
  assert.equal(varyRule([]), [])
})

test('Vary names come from all lines, in lower case, without what cannot be a name', () => {
  assert.equal(names('Vary: Accept, B', 'Vary: c'), ['accept', 'b', 'c'])
  assert.equal(names('Vary: a b, , ok'), ['ok'])
  assert.equal(names(), [])
  assert.equal(names('Vary: a', 'Vary: b, *'), ['*'])
})

test('the empty Vary rule has one variant', () => {
  assert.ok(same([], ['a: 1'], ['a: 2'], rfc9111))
})

test('T27: an absent field differs from an empty one', () => {
  for (const policy of [rfc9111, fastly]) {
    for (const name of ['x', 'accept-encoding', 'accept-language', 'accept']) {
      assert.not(same([name], [], [`${name}:`], policy), name)
    }
  }
})

test('RFC 9111 4.1: several lines of a field are the one list they make up; under fastly they stay apart', () => {
  assert.ok(same(['x'], ['x: a, b'], ['x: a', 'x: b'], rfc9111))
  assert.not(same(['x'], ['x: a, b'], ['x: a', 'x: b'], fastly))
})

test('semantics 3.6: the order of lines, and what belongs to which field, tell variants apart', () => {
  for (const policy of [rfc9111, fastly]) {
    assert.not(same(['x'], ['x: a', 'x: b'], ['x: b', 'x: a'], policy))
    assert.not(same(['x', 'y'], ['x: a', 'y: b'], ['x: a', 'x: y', 'y: b'], policy))
    assert.not(same(['x', 'y'], ['x: a'], ['y: a'], policy))
    assert.not(same(['x'], ['x: a"'], ['x: a\\"'], policy))
    assert.ok(same(['X'], ['x: a', 'other: 1'], ['X: a'], policy))
  }
})

test('different Vary rules never share a variant', () => {
  const request = get('a: 1', 'b: 1')
  assert.is.not(variantOf(['a'], request, fastly), variantOf(['b'], request, fastly))
})

const equalMeanings: readonly (readonly [name: string, a: string, b: string])[] = [
  ['accept-encoding', 'gzip, br', 'br,gzip'],
  ['accept-encoding', 'GZIP;q=1.0', 'gzip'],
  ['accept-encoding', 'x-gzip', 'gzip'],
  ['accept-encoding', 'br;q=0.50, gzip', 'gzip , br ; q=0.5'],
  ['accept-encoding', 'gzip,,', 'gzip, gzip'],
  ['accept-language', 'en-GB, de;q=0.5', 'EN-gb,de ; q=0.500'],
  ['accept-language', 'de;q=0.5, en', 'en, de;q=0.5'],
  ['accept-language', 'en, fr', 'fr, en'],
  ['accept', 'text/html, */* ; q=0.1', 'text/html,*/*;q=0.1'],
  ['x-list', 'a,b', 'a , b'],
]

for (const [name, a, b] of equalMeanings) {
  test(`RFC 9111 4.1: by meaning, ${name} "${a}" is "${b}"; under fastly, it is not`, () => {
    assert.ok(same([name], [`${name}: ${a}`], [`${name}: ${b}`], rfc9111))
    assert.not(same([name], [`${name}: ${a}`], [`${name}: ${b}`], fastly))
  })
}

const otherMeanings: readonly (readonly [name: string, a: string, b: string])[] = [
  ['accept-encoding', 'gzip', 'gzip;q=0'],
  ['accept-encoding', 'gzip', 'br'],
  ['accept-language', 'en', 'en-GB'],
  ['accept', 'text/html;p="a, b"', 'text/html;p="a,b"'],
  ['accept', 'a" , b', 'a",b'],
  ['accept-encoding', 'gzip;x=1', 'gzip; x=1'],
  ['accept-encoding', 'br;q=1, br;q=0', 'br;q=0, br;q=1'],
  ['x-list', 'a, b', 'b, a'],
  ['x-list', 'a b', 'ab'],
  ['x-list', '"a, b"', '"a,b"'],
  ['accept-language', 'fr', 'fr\u00a0'],
  ['accept-language', 'fr, en;q=0.5', '\u00a0fr, en;q=0.5'],
  ['accept-encoding', 'gzip', 'gzip\u00a0'],
]

for (const [name, a, b] of otherMeanings) {
  test(`by meaning, ${name} "${a}" still is not "${b}"`, () => {
    assert.not(same([name], [`${name}: ${a}`], [`${name}: ${b}`], rfc9111))
  })
}

const noLists: readonly (readonly [name: string, a: string, b: string])[] = [
  ['user-agent', 'X/1 (Y; Z) W/2 (K, like G)', 'X/1 (Y;Z) W/2 (K, like G)'],
  ['user-agent', 'X/1 (Y; Z) W/2 (K, like G)', 'X/1 (Y; Z) W/2 (K,like G)'],
  ['cookie', 'a=1; b=2', 'a=1 ;b=2'],
  ['authorization', 'Digest a=1, b=2', 'Digest a=1,b=2'],
  ['referer', 'http://x/a,b', 'http://x/a ,b'],
]

for (const [name, a, b] of noLists) {
  test(`RFC 9111 4.1: white space counts in a field that is no list: ${name} "${a}" is not "${b}"`, () => {
    assert.not(same([name], [`${name}: ${a}`], [`${name}: ${b}`], rfc9111))
    assert.ok(same([name], [`${name}: ${a}`], [`${name}: ${a}`], rfc9111))
  })
}

test('two Cookie lines are not one line whose value has a comma', () => {
  assert.not(same(['cookie'], ['cookie: a=1', 'cookie: b=2'], ['cookie: a=1, b=2'], rfc9111))
})

test('white space and strings without an end take time by their length alone to compare', () => {
  const long = ' '.repeat(400_000)
  assert.ok(same(['x'], [`x: a${long},${long}b`], ['x: a,b'], rfc9111))
  assert.not(same(['x'], [`x: a${long}b`], ['x: a b'], rfc9111))
  const open = `"${'\\"'.repeat(200_000)}`
  assert.ok(same(['x'], [`x: ${open}`], [`x: ${open}`], rfc9111))
})

test('a rule of many names looks at each request field once, and tells variants apart as a rule of few does', () => {
  const many = Array.from({ length: 100 }, (_, each) => `x-${each}`)
  let looks = 0
  const fields = many.map(
    (name): Field =>
      new Proxy<Field>([name, 'a'], {
        get(field, place) {
          if (place === '0') looks++
          return Reflect.get(field, place)
        },
      }),
  )
  const request = { method: 'GET', url: 'http://origin/', fields }
  const variant = variantOf(varyRule(many), request, fastly)
  assert.is(looks, many.length)
  const split = (names: readonly string[]) => JSON.parse(variantOf(varyRule(names), request, fastly)) as unknown[]
  assert.equal(
    JSON.parse(variant),
    [...varyRule(many)].flatMap((name) => split([name])),
  )
  assert.ok(same(many, ['X-1: a', 'X-2: b', 'X-1: c'], ['X-2: b', 'X-1: a', 'X-1: c'], fastly))
  assert.not(same(many, ['X-1: a', 'X-1: c'], ['X-1: c', 'X-1: a'], fastly))
  assert.not(same(many, ['X-1: '], [], fastly))
})

test.run()
