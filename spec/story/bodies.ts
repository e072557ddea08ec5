/** Bodies: one writer, many readers (T88 to T92). */

import * as assert from 'uvu/assert'
import type { HttpResponse, SendError, SendInit } from '../../lib/index.js'
import { type Answer, CLOSE, RESET } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { both, codeOf, ok, rfc9111, type Story, told, toldAll } from './world.js'

const SUM = [['x-sum', '42']]
const FRESH = { 'Cache-Control': 'max-age=60' }
const UNFRESH = { 'Cache-Control': 'max-age=0' }

/** An answer that is sent in one piece, and whose head does not say how long its body is. */
function atOnce(headers: Readonly<Record<string, string>>, body: string): Answer {
  const fields = Object.entries({ ...headers, Connection: 'close', 'Transfer-Encoding': 'chunked' })
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return { raw: [`HTTP/1.1 200 OK\r\n${head}\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`, CLOSE] }
}

/** How many bytes of a response can be read, and the code of the error that ends it. */
async function brokenOff(response: HttpResponse): Promise<{ bytes: number; code: string }> {
  let bytes = 0
  for (;;) {
    try {
      const chunk = await response.read()
      if (chunk === undefined) return { bytes, code: 'a clean end' }
      bytes += chunk.byteLength
    } catch (failure) {
      return { bytes, code: (failure as { code: string }).code }
    }
  }
}

export const bodies: readonly Story[] = [
  both('T88 a body shorter than declared is an error for each of its readers, and no hit later', async (world) => {
    const sent = new Barrier()
    const page = world.resource({ headers: FRESH, body: ['123456789', sent], declaredLength: 10 })
    const leader = await page.start()
    const follower = await page.start()
    sent.open()
    for (const response of [leader, follower]) {
      assert.equal(await brokenOff(response), { bytes: 9, code: 'HttpIncompleteResponse' })
    }
    page.answers(ok('max-age=60', 'whole'))
    const { body, response } = await page.get()
    assert.equal([body, response.wasCached, page.fetches], ['whole', false, 2])
  }),

  both('T89 a body that breaks off gives all its followers the bytes that came, then the failure', async (world) => {
    const sent = new Barrier()
    const page = world.resource({ headers: FRESH, body: ['x'.repeat(1024), sent, RESET] })
    const responses = [await page.start(), await page.start(), await page.start()]
    const read = responses.map(async (response) => {
      const first = await response.read()
      assert.is(first?.byteLength, 1024)
    })
    await Promise.all(read)
    sent.open()
    for (const response of responses) assert.is(await codeOf(response.read()), 'ConnectionTerminated')
    page.answers(ok('max-age=60', 'whole'))
    assert.is((await page.get()).response.wasCached, false)
  }),

  both('T89 each reader of a body that breaks off is told of its own request, not of another user', async (world) => {
    const sent = new Barrier()
    const page = world.resource({ headers: FRESH, body: ['begin', sent, RESET] })
    const responses: (readonly [HttpResponse, string])[] = []
    for (const cookie of ['of the leader', 'of a follower'])
      responses.push([await page.start({ headers: { cookie } }), cookie])
    sent.open()
    for (const [response, cookie] of responses) {
      const failure = await failureOf<SendError>(response.text())
      assert.equal([failure.code, failure.blame], ['ConnectionTerminated', 'origin'])
      assert.equal(
        failure.request.fields.filter(([name]) => name === 'cookie'),
        [['cookie', cookie]],
      )
    }
  }),

  both(
    'T90 trailers are there after the end of the body and not before, for leader and follower alike',
    async (world) => {
      const end = new Barrier()
      const page = world.resource({ headers: FRESH, body: ['body', end], trailers: { 'X-Sum': '42' } })
      const responses = [await page.start(), await page.start()]
      for (const response of responses) {
        await response.read()
        assert.is(response.trailers, undefined)
      }
      end.open()
      for (const response of responses) {
        assert.is(await response.read(), undefined)
        assert.equal(response.trailers, SUM)
      }
      const later = await page.get()
      assert.equal(later.response.trailers, SUM)
      assert.is(page.fetches, 1)
    },
  ),

  both('T90 a Set-Cookie in the trailers reaches no client, and is not stored', async (world) => {
    const page = world.resource({ headers: FRESH, body: 'body', trailers: { 'Set-Cookie': 'a=1', 'X-Sum': '42' } })
    for (const { response } of [await page.get(), await page.get()]) assert.equal(response.trailers, SUM)
  }),

  both(
    'T90 a trailer that `private` or `no-cache` names is stored for nobody, as a field of the head is not',
    async (world) => {
      for (const directive of ['private', 'no-cache']) {
        const page = world.resource({
          headers: { 'Cache-Control': `max-age=60, ${directive}="X-Own"`, 'X-Own': 'head' },
          body: 'body',
          trailers: { 'X-Own': 'trailer', 'X-Sum': '42' },
        })
        await page.get()
        const { response, headers } = await page.get()
        assert.equal([response.wasCached, headers.get('x-own'), response.trailers], [true, null, SUM])
      }
    },
  ),

  both('T90 a trailer that a 304 declares private is kept no longer', async (world) => {
    const page = world.resource({
      headers: { 'Cache-Control': 'max-age=1', ETag: '"1"' },
      body: 'body',
      trailers: { 'X-Own': 'trailer', 'X-Sum': '42' },
    })
    assert.is((await page.get()).response.trailers?.length, 2)
    await world.advance(2000)
    page.answers({ status: 304, headers: { 'Cache-Control': 'max-age=60, private="X-Own"', ETag: '"1"' } })
    for (const { body, response } of [await page.get(), await page.get()])
      assert.equal([body, response.trailers], ['body', SUM])
  }),

  both('T90 a response of a part has no trailers, whether the rest of the body has come or not', async (world) => {
    const end = new Barrier()
    const page = world.resource({ headers: FRESH, body: ['body', end], trailers: { 'X-Sum': '42' } })
    const whole = await page.start()
    const part = { headers: { range: 'bytes=0-1' } }
    const early = await page.get(part)
    end.open()
    await whole.text()
    for (const { status, body, response } of [early, await page.get(part)])
      assert.equal([status, body, response.trailers], [206, 'bo', []])
  }),

  both('T91 a leader that does not read its body holds up neither the insert nor a follower', async (world) => {
    const body = 'x'.repeat(1 << 20)
    const page = world.resource({ headers: FRESH, body: Array.from({ length: 12 }, () => body) })
    const stalled = await page.start()
    const follower = await told(page.start())
    assert.is(follower.body.length, 12 << 20)
    assert.is(page.fetches, 1)
    assert.is((await told(Promise.resolve(stalled))).body.length, 12 << 20)
  }),

  both(
    'T91 a HEAD that leads reads nothing: a body of no use to later requests is kept if it has come by then',
    async (world) => {
      const rest = new Barrier()
      for (const [page, objects] of [
        [world.resource({ headers: UNFRESH, body: ['body', rest] }), 0],
        [world.resource(atOnce(UNFRESH, 'body')), 1],
      ] as const) {
        assert.is((await page.get({ method: 'HEAD' })).status, 200)
        await world.until(({ transactions, handles }) => transactions.obligations + handles === 0)
        assert.is(world.stats.transactions.objects, objects)
      }
      rest.open()
    },
  ),

  rfc9111(
    '10.3 a body that comes whole with its head has a length, whether the head declares it or not',
    async (world) => {
      const asked: readonly SendInit[] = [{}, { method: 'HEAD' }, { headers: { range: 'bytes=1-2' } }]
      for (const headers of [UNFRESH, FRESH])
        for (const [nth, init] of asked.entries()) {
          const { headers: told } = await world.resource(atOnce(headers, 'body')).get(init)
          assert.is(told.get('content-length'), ['4', '4', '2'][nth])
        }
    },
  ),

  rfc9111('8.3b a range of a body that is not stored is given only if the head declares the length', async (world) => {
    const headers = { 'Cache-Control': 'no-store' }
    for (const [answer, told] of [
      [atOnce(headers, 'body'), [200, 'body']],
      [{ headers, body: 'body' }, [206, 'od']],
    ] as const) {
      const { status, body } = await world.resource(answer).get({ headers: { range: 'bytes=1-2' } })
      assert.equal([status, body], told)
    }
  }),

  both('T92 a request after the end of the body gets the body from its beginning', async (world) => {
    const page = world.resource({ headers: FRESH, body: ['one ', 'two ', 'three'] })
    assert.is((await page.get()).body, 'one two three')
    for (const { body, headers } of await toldAll(page.starts(2))) {
      assert.equal([body, headers.get('content-length')], ['one two three', '13'])
    }
    assert.is(page.fetches, 1)
  }),
]
