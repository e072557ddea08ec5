/** Whole exchanges in a row, as the RFCs have them: what clients ask, what the origin answers, and what each client is told. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/index.js'
import type { HttpAnswer } from '../kit/answer.js'
import { startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

interface Step {
  /** Method and fields of the request: `GET`, without any, by default. */
  readonly ask?: string
  /** What the origin answers if it is asked; by default a failure that would show. */
  readonly answer?: HttpAnswer
  /** Status, body, and source: `hit`, or `fwd=` with the reason. */
  readonly told: string
  /** Seconds before the next one. */
  readonly then?: number
}

/** `status Cache-Control`, further fields, and a body. */
function says(head: string, fields: Readonly<Record<string, string>> = {}, body = 'old'): HttpAnswer {
  const [, status = '', cacheControl = ''] = /^(\d+) ?(.*)$/.exec(head) ?? []
  const directives = cacheControl === '' ? {} : { 'Cache-Control': cacheControl }
  return { status: Number(status), headers: { ...directives, ...fields }, body: status === '304' ? '' : body }
}

const TAG = { ETag: '"1"' }
const part = (range: string, body: string, fields: Readonly<Record<string, string>> = TAG) =>
  says('206 max-age=60', { 'Content-Range': `bytes ${range}`, ...fields }, body)
const renewed = says('304 max-age=60', TAG)
const FRESH = says('200 max-age=60')

const flows: Readonly<Record<string, readonly Step[]>> = {
  'RFC 9111 4.3.4: a 304 renews a redirect': [
    { answer: says('301 max-age=1', TAG), told: '301 old fwd=uri-miss', then: 2 },
    { answer: renewed, told: '301 old fwd=stale' },
    { told: '301 old hit' },
  ],
  'RFC 9110 13.2.1: a stored error is told as that error to a client that has its validator, not as a 304': [
    { answer: says('404 max-age=1', TAG), told: '404 old fwd=uri-miss', then: 2 },
    { ask: 'GET if-none-match: "1"', answer: renewed, told: '404 old fwd=stale' },
  ],
  'RFC 9111 4.4: an object that was invalidated is no stale-if-error answer': [
    { answer: says('200 max-age=60, stale-if-error=600'), told: '200 old fwd=uri-miss' },
    { ask: 'PUT', answer: says('204'), told: '204  fwd=method' },
    { answer: says('500', {}, 'no'), told: '500 no fwd=uri-miss' },
  ],
  'RFC 9111 4.4: an object that was invalidated is no stale-while-revalidate answer': [
    { answer: says('200 max-age=1, stale-while-revalidate=600'), told: '200 old fwd=uri-miss', then: 2 },
    { ask: 'DELETE', answer: says('204'), told: '204  fwd=method' },
    { answer: says('404', {}, 'gone'), told: '404 gone fwd=uri-miss' },
  ],
  'RFC 9111 4.4: an object that was invalidated is no answer to max-stale': [
    { answer: FRESH, told: '200 old fwd=uri-miss' },
    { ask: 'POST', answer: says('200', {}, 'posted'), told: '200 posted fwd=method' },
    { ask: 'GET cache-control: max-stale', answer: says('200', {}, 'new'), told: '200 new fwd=uri-miss' },
  ],
  'RFC 9111 5.2.1.7: only-if-cached takes a stale answer that max-stale allows': [
    { answer: says('200 max-age=1'), told: '200 old fwd=uri-miss', then: 2 },
    { ask: 'GET cache-control: only-if-cached', told: '504  neither' },
    { ask: 'GET cache-control: only-if-cached, max-stale', told: '200 old hit' },
  ],
  'RFC 9111 5.2.1.7: only-if-cached sends nothing, also beside no-store': [
    { ask: 'GET cache-control: no-store, only-if-cached', told: '504  neither' },
    { answer: FRESH, told: '200 old fwd=uri-miss' },
    { ask: 'GET cache-control: no-store, only-if-cached', told: '200 old hit' },
  ],
  'RFC 9111 5.2.1.7: only-if-cached gets no other variant': [
    { ask: 'GET foo: 1', answer: says('200 max-age=60', { Vary: 'Foo' }), told: '200 old fwd=uri-miss' },
    { ask: 'GET foo: 2; cache-control: only-if-cached', told: '504  neither' },
  ],
  'RFC 9111 5.2.1.7: only-if-cached gets a range that a stored part holds, and a 504 for the whole': [
    { ask: 'GET range: bytes=0-1', answer: part('0-1/4', 'ab'), told: '206 ab fwd=uri-miss' },
    { ask: 'GET range: bytes=1-1; cache-control: only-if-cached', told: '206 b hit' },
    { ask: 'GET cache-control: only-if-cached', told: '504  neither' },
  ],
  'RFC 9111 4: of two stored answers that are fresh, the latest is given, whatever else is stored since': [
    { answer: says('200 max-age=60', { Vary: 'Foo' }), told: '200 old fwd=uri-miss', then: 1 },
    { ask: 'GET foo: 1', answer: says('200 max-age=60', {}, 'new'), told: '200 new fwd=vary-miss', then: 1 },
    { told: '200 new hit' },
    {
      ask: 'GET foo: 2; cache-control: no-cache',
      answer: says('200 max-age=60', { Vary: 'Foo' }, '2'),
      told: '200 2 fwd=request',
    },
    { told: '200 new hit' },
  ],
  'RFC 9111 4.3.4: a 304 renews a stored part': [
    {
      ask: 'GET range: bytes=0-1',
      answer: says('206 max-age=1', { 'Content-Range': 'bytes 0-1/4', ...TAG }, 'ab'),
      told: '206 ab fwd=uri-miss',
      then: 2,
    },
    { ask: 'GET range: bytes=0-1', answer: renewed, told: '206 ab fwd=stale' },
    { ask: 'GET range: bytes=1-1', told: '206 b hit' },
  ],
  'RFC 9111 3.4: parts that do not agree on the complete length are not combined': [
    { ask: 'GET range: bytes=0-1', answer: part('0-1/4', 'ab'), told: '206 ab fwd=uri-miss' },
    { ask: 'GET range: bytes=2-4', answer: part('2-4/5', 'xyz'), told: '206 xyz fwd=partial' },
    { ask: 'GET range: bytes=0-1', answer: part('0-1/5', 'vw'), told: '206 vw fwd=partial' },
  ],
  'RFC 9111 3.4: a part with another entity tag is not combined with a stored whole': [
    { answer: says('200 max-age=1', TAG, 'abcd'), told: '200 abcd fwd=uri-miss', then: 2 },
    { ask: 'GET range: bytes=0-1', answer: part('0-1/4', 'xy', { ETag: '"2"' }), told: '206 xy fwd=stale' },
    { answer: says('200 max-age=60', { ETag: '"2"' }, 'xyzw'), told: '200 xyzw fwd=partial' },
  ],
  'RFC 9110 15.5.17: a 416 for one range answers no other request': [
    {
      ask: 'GET range: bytes=20-',
      answer: says('416 max-age=60', { 'Content-Range': 'bytes */3' }, ''),
      told: '416  fwd=uri-miss',
    },
    { answer: FRESH, told: '200 old fwd=uri-miss' },
  ],
  'RFC 9110 14.2: an error that answers a range is passed on as the error it is': [
    { ask: 'GET range: bytes=0-1', answer: says('503', {}, 'busy'), told: '503 busy fwd=uri-miss' },
  ],
  'RFC 9111 3: after an answer that may not be stored, the object before it is not fresh again': [
    { answer: says('200 max-age=1', TAG), told: '200 old fwd=uri-miss', then: 2 },
    { answer: says('200 no-store', {}, 'mine'), told: '200 mine fwd=stale' },
    { answer: says('200 max-age=60', {}, 'new'), told: '200 new fwd=uri-miss' },
    { told: '200 new hit' },
  ],
  'RFC 9111 3.5: an answer to a request with Authorization does not replace a stale object for others': [
    { answer: says('200 max-age=1'), told: '200 old fwd=uri-miss', then: 2 },
    { ask: 'GET authorization: me', answer: says('200 max-age=60', {}, 'mine'), told: '200 mine fwd=stale' },
    { answer: says('200 max-age=60', {}, 'all'), told: '200 all fwd=stale' },
  ],
  'RFC 9111 3.5: no-cache with Authorization leaves the object that is stored for others in its place': [
    { answer: says('200 max-age=60', TAG), told: '200 old fwd=uri-miss' },
    {
      ask: 'GET authorization: me; cache-control: no-cache',
      answer: says('200 max-age=60', {}, 'mine'),
      told: '200 mine fwd=request',
    },
    { told: '200 old hit' },
    {
      ask: 'GET authorization: me; cache-control: no-cache',
      answer: says('304 max-age=60', TAG),
      told: '200 old fwd=request',
    },
    { told: '200 old hit' },
  ],
  'RFC 9110 9.3.2: a HEAD fetches and stores what a later GET is answered with': [
    { ask: 'HEAD', answer: says('200 max-age=60', { Vary: 'Foo' }), told: '200  fwd=uri-miss' },
    { ask: 'GET', told: '200 old hit' },
    { ask: 'GET foo: 1', answer: says('200 max-age=60', { Vary: 'Foo' }, 'new'), told: '200 new fwd=vary-miss' },
  ],
}

for (const [rule, steps] of Object.entries(flows)) {
  test(rule, async () => {
    const clock = new TestClock()
    await using origin = await startOrigin()
    await using cache = openCache({ clock })
    const told: string[] = []
    for (const { ask = 'GET', answer = says('599', {}, 'not to be asked'), then = 0 } of steps) {
      origin.on('/', answer)
      const [, method = '', fields = ''] = /^(\S+) ?(.*)$/.exec(ask) ?? []
      const headers = fields
        .split('; ')
        .flatMap((field) => (field === '' ? [] : [field.split(': ') as [string, string]]))
      const response = await cache.send(origin.url('/'), { method, headers })
      const whence = /;(hit|fwd=[a-z-]+)/.exec(response.headers.get('cache-status') ?? '')?.[1] ?? 'neither'
      told.push(`${response.status} ${await response.text()} ${whence}`)
      clock.advance(1000 * then)
    }
    assert.equal(
      told,
      steps.map((step) => step.told),
    )
    assert.is(cache.stats().transactions.obligations, 0)
  })
}

test.run()
