/** Whether a connection is between two requests: never believed where it is not so, and known where it can be. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Boundary } from '../../lib/proxy/boundary.js'
import { get, request } from './fixture.js'

const passed = (...chunks: string[]) => {
  const boundary = new Boundary()
  for (const chunk of chunks) boundary.passed(Buffer.from(chunk))
  return boundary
}

/** One request and its answer, from boundary to boundary. */
function whole(bodyOctets: number | undefined, ...chunks: string[]): Boundary {
  const boundary = passed(...chunks)
  boundary.taken(bodyOctets)
  boundary.answered()
  return boundary
}

test('a fresh connection is between two requests, and no longer once anything has come', () => {
  const boundary = new Boundary()
  assert.ok(boundary.isBetween)
  boundary.passed(Buffer.from('G'))
  assert.not(boundary.isBetween)
})

test('a request is over when all of it came and its answer has ended, however it was cut into chunks', () => {
  const post = `${request('POST /', 'Content-Length: 3')}abc`
  assert.ok(whole(0, get('/')).isBetween)
  assert.ok(whole(0, ...get('/')).isBetween)
  assert.ok(whole(3, post).isBetween)
  assert.ok(whole(3, ...post).isBetween)
})

test('a request is not over before its answer has ended', () => {
  const boundary = passed(get('/'))
  boundary.taken(0)
  assert.not(boundary.isBetween)
})

for (const [what, bodyOctets, chunks] of [
  ['octets of the body are missing', 3, [`${request('POST /', 'Content-Length: 3')}ab`]],
  ['more came than the body has', 3, [`${request('POST /', 'Content-Length: 3')}abc`, 'G']],
  ['more came than the head', 0, [`${get('/')}G`]],
  ['the length of the body is in the body', undefined, [`${request('POST /', 'Transfer-Encoding: chunked')}0\r\n\r\n`]],
  ['the parser saw the end of a head that had not ended', 0, ['GET / HTTP/1.1\nHost: a\n\n']],
  ['an LF stood alone in the head', 0, [get('/', 'X: a\nb')]],
  ['a CR stood alone in the head', 0, [get('/', 'X: a\rb')]],
  ['an LF stood alone at the end of a piece of the head', 0, ['GET / HTTP/1.1\r\nX: a\n', 'b\r\nHost: a\r\n\r\n']],
  ['a CR stood alone between two pieces of the head', 0, ['GET / HTTP/1.1\r\nX: a\r', 'b', '\r\nHost: a\r\n\r\n']],
  ['empty lines came before the request', 0, [`\r\n\r\n${get('/')}`]],
] as const) {
  test(`where ${what}, nothing that comes later is taken for the begin of a request`, () => {
    const boundary = whole(bodyOctets, ...chunks)
    assert.not(boundary.isBetween)
    boundary.passed(Buffer.from(get('/')))
    boundary.taken(0)
    boundary.answered()
    assert.not(boundary.isBetween)
  })
}

test('once the parser sees two requests in what seemed to be one, the connection is never known to be between two', () => {
  const boundary = passed(get('/'))
  boundary.taken(0)
  boundary.taken(0)
  boundary.answered()
  assert.not(boundary.isBetween)
})

test('a head is alone if it came in one chunk with nothing behind it', () => {
  const alone = (...chunks: string[]) => {
    const boundary = passed(...chunks)
    boundary.taken(0)
    return boundary.isHeadAlone
  }
  assert.ok(alone(get('/')))
  assert.not(alone(get('/').slice(0, 5), get('/').slice(5)))
  assert.not(alone(`${get('/')}G`))
})

test('a head may be alone behind other requests on its connection, in whatever chunks those came', () => {
  const boundary = whole(0, ...get('/'))
  boundary.passed(Buffer.from(get('/a')))
  boundary.taken(0)
  assert.ok(boundary.isHeadAlone)
})

interface Sent {
  readonly octets: string
  readonly head: number
  readonly body: number | undefined
}

const sent: fc.Arbitrary<Sent> = fc.oneof(
  fc.constantFrom(get('/'), get('/a', 'X: y')).map((octets) => ({ octets, head: octets.length, body: 0 })),
  fc.string({ unit: fc.constantFrom('a', '\r', '\n'), maxLength: 9 }).map((body) => {
    const head = request('POST /', `Content-Length: ${body.length}`)
    return { octets: head + body, head: head.length, body: body.length }
  }),
  fc.constant(request('POST /', 'Transfer-Encoding: chunked')).map((head) => {
    return { octets: `${head}1\r\na\r\n0\r\n\r\n`, head: head.length, body: undefined }
  }),
)

test('whatever is sent, however cut and whenever answered, a connection is between two requests only where it truly is', () => {
  const run = fc.property(
    fc.array(sent, { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 }),
    fc.array(fc.boolean(), { minLength: 1 }),
    (requests, cuts, eager) => {
      const boundary = new Boundary()
      const stream = requests.map(({ octets }) => octets).join('')
      const ends = requests.map((_, at) =>
        requests.slice(0, at + 1).reduce((sum, { octets }) => sum + octets.length, 0),
      )
      let [at, taken, answered, steps] = [0, 0, 0, 0]
      while (at < stream.length) {
        const cut = Math.min(at + (cuts[steps % cuts.length] as number), stream.length)
        boundary.passed(Buffer.from(stream.slice(at, cut)))
        at = cut
        for (; taken < requests.length; taken++) {
          const begin = taken === 0 ? 0 : (ends[taken - 1] as number)
          if (begin + (requests[taken] as Sent).head > at) break
          boundary.taken((requests[taken] as Sent).body)
        }
        const answers = () => answered < taken && (ends[answered] as number) <= at
        for (; answers() && eager[steps % eager.length]; answered++) boundary.answered()
        steps++
        if (boundary.isBetween) assert.ok(answered === taken && ends[answered - 1] === at)
      }
    },
  )
  fc.assert(run, { numRuns: 2000 })
})

test.run()
