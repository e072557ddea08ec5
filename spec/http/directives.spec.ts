/** What `Cache-Control` and the fields like it say, however they are written (RFC 9111 5.2, RFC 9213). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { demandedBy, parseDirectives, requestDirectives, responseDirectives } from '../../lib/http/directives.js'
import { fastly, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import { lines } from './heads.js'

const maxAges: readonly (readonly [lines: readonly string[], seconds: number | undefined])[] = [
  [['max-age=60'], 60],
  [['MAX-AGE=60'], 60],
  [['max-age="60"'], 60],
  [['max-age=060'], 60],
  [['public,max-age=60 ,\tunknown=1'], 60],
  [[',, max-age=60,,'], 60],
  [['public', 'max-age=60'], 60],
  [['max-age=60, max-age=70'], 60],
  [['max-age=x, max-age=70'], 70],
  [['max-age=99999999999'], 2 ** 32 - 1],
  [['max-age=-60'], undefined],
  [['max-age=6.0'], undefined],
  [['max-age=60s'], undefined],
  [["max-age='60'"], undefined],
  [['max-age'], undefined],
  [['max-age='], undefined],
  [['max-age=""'], undefined],
  [['x-max-age=60'], undefined],
  [['x="a, max-age=60"'], undefined],
  [['x="a\\", max-age=60"'], undefined],
]

for (const [set, seconds] of maxAges) {
  test(`RFC 9111 5.2: ${JSON.stringify(set)} has ${seconds === undefined ? 'no max-age' : `max-age ${seconds}`}`, () => {
    const directives = parseDirectives(set)
    assert.ok(directives !== undefined)
    assert.is(directives?.seconds('max-age'), seconds)
  })
}

const malformed = [
  '',
  ' ',
  'max-age =60',
  'max-age= 60',
  'a b',
  'private="set-cookie',
  'x=a"b"',
  '=1',
  'max-age=60;public',
  '"x"',
]

for (const line of malformed) {
  test(`"${line}" breaks the grammar of directives, and with it the whole set`, () => {
    assert.is(parseDirectives([line]), undefined)
    assert.is(parseDirectives(['max-age=60', line]), undefined)
  })
}

test('where malformed directives are ignored, only the malformed member is left out', () => {
  const directives = parseDirectives(['a b, max-age=60', '', 'no store', 'private="x'], 'ignore')
  assert.is(directives?.seconds('max-age'), 60)
  assert.not(directives?.has('no-store'))
  assert.not(directives?.has('private'))
})

test('RFC 9111 5.2.2.4, 5.2.2.7: a qualified directive names fields, and an unqualified one speaks of the response', () => {
  const qualified = parseDirectives(['private="Set-Cookie, X", private=y, no-cache'])
  assert.equal(qualified?.qualified('private'), ['set-cookie', 'x', 'y'])
  assert.not(qualified?.unqualified('private'))
  assert.ok(qualified?.unqualified('no-cache'))
  assert.ok(parseDirectives(['private="x", private'])?.unqualified('private'))
  assert.ok(parseDirectives(['private=""'])?.unqualified('private'))
})

test('no field at all is an empty set of directives, and not a malformed one', () => {
  const directives = parseDirectives([])
  assert.ok(directives !== undefined)
  assert.not(directives?.has('no-store'))
})

const chosen: readonly (readonly [fields: readonly string[], rfc: number | undefined, fastly: number | undefined])[] = [
  [['Cache-Control: max-age=1'], 1, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: max-age=2'], 2, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: max-age=2', 'Surrogate-Control: max-age=3'], 3, 3],
  [['Cache-Control: max-age=1', 'Surrogate-Control: content="ESI/1.0"'], undefined, undefined],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control:'], 1, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: max-age=2,'], 1, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: Max-Age=2'], 1, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: max-age=2;x=y, unknown=(1 2)'], 2, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: public', 'CDN-Cache-Control: max-age=2'], 2, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: max-age=-2'], undefined, 1],
  [['Cache-Control: max-age=1', 'CDN-Cache-Control: max-age=?0'], undefined, 1],
]

for (const [fields, rfc, underFastly] of chosen) {
  test(`RFC 9213 2.2: ${JSON.stringify(fields)} have max-age ${rfc}, under fastly ${underFastly}`, () => {
    const seconds = (policy: typeof rfc9111) =>
      responseDirectives(lines(...fields), policy)?.directives.seconds('max-age')
    assert.is(seconds(rfc9111), rfc)
    assert.is(seconds(fastly), underFastly)
  })
}

const targeted: readonly (readonly [surrogateControl: string, seconds: number])[] = [
  ['max-age=2;tidewait', 2],
  ['max-age=2 ; tidewait', 2],
  ['max-age=2;another', 1],
  ['max-age=3, max-age=2;tidewait', 2],
  ['max-age=4;another, max-age=3', 3],
  ['max-age=3, x="a;tidewait"', 3],
]

for (const [value, seconds] of targeted) {
  test(`Edge Architecture 2.2: of Surrogate-Control: ${value}, a max-age of ${seconds} is for this cache`, () => {
    const fields = lines('Cache-Control: max-age=1', `Surrogate-Control: ${value}`)
    assert.is(responseDirectives(fields, rfc9111)?.directives.seconds('max-age'), seconds)
  })
}

test('RFC 9213 2.1: a directive with the value false is absent, and a string argument is an argument', () => {
  const said = responseDirectives(lines('CDN-Cache-Control: no-store=?0, private="x", no-cache'), rfc9111)?.directives
  assert.not(said?.has('no-store'))
  assert.equal(said?.qualified('private'), ['x'])
  assert.ok(said?.unqualified('no-cache'))
})

test('RFC 9213 2.2: CDN-Cache-Control replaces Expires too, and Surrogate-Control does not', () => {
  assert.is(responseDirectives(lines('CDN-Cache-Control: public'), rfc9111)?.expires, 'replaced')
  assert.is(responseDirectives(lines('Surrogate-Control: public'), rfc9111)?.expires, 'counts')
})

test('T69: a malformed set of directives is refused, unless the policy ignores it', () => {
  const empty = lines('Cache-Control:')
  assert.is(responseDirectives(empty, rfc9111), undefined)
  assert.is(responseDirectives(empty, fastly), undefined)
  assert.ok(responseDirectives(empty, resolvePolicy({ malformedDirectives: 'ignore' })))
})

test('RFC 9111 5.4: Pragma counts only where there is no Cache-Control', () => {
  assert.ok(requestDirectives(lines('Pragma: x, No-Cache')).has('no-cache'))
  assert.not(requestDirectives(lines('Pragma: no-cache', 'Cache-Control: max-age=5')).has('no-cache'))
  assert.not(requestDirectives(lines('Pragma: x')).has('no-cache'))
})

test('demands of the program count under every policy, in place of the directives of the client', () => {
  const asked = { method: 'GET', url: 'http://a/', fields: lines('Cache-Control: no-cache') }
  assert.equal(
    [rfc9111, fastly].map((policy) => demandedBy(asked, policy).has('no-cache')),
    [true, false],
  )
  for (const policy of [rfc9111, fastly]) {
    const directives = demandedBy({ ...asked, demands: 'only-if-cached' }, policy)
    assert.equal([directives.has('only-if-cached'), directives.has('no-cache')], [true, false])
  }
})

test('a malformed request directive is ignored, and the others count', () => {
  const directives = requestDirectives(lines('Cache-Control: max-age =1, only-if-cached'))
  assert.ok(directives.has('only-if-cached'))
  assert.is(directives.seconds('max-age'), undefined)
})

test('directives with much white space take time by its length alone', () => {
  const long = ' '.repeat(400_000)
  assert.is(parseDirectives([`a,${long}b c`]), undefined)
  assert.is(parseDirectives([`a${long}b`]), undefined)
  assert.is(parseDirectives([`${long}max-age${long},${long}max-age=5${long}`])?.seconds('max-age'), 5)
})

test('a directive with a quoted string without an end takes time by its length alone', () => {
  const line = `max-age=5;tidewait, x="${'\\"'.repeat(400_000)}`
  assert.is(responseDirectives(lines(`Surrogate-Control: ${line}`), rfc9111), undefined)
})

test.run()
