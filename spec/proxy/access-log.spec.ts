/** A record of each request, once its answer has ended, in whichever way. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AccessRecord, accessLine } from '../../lib/proxy/index.js'
import { CLOSE, closesBeforeHeaders } from '../kit/answer.js'
import { Tally } from '../kit/barrier.js'
import { get, request, type Serving, serving } from './fixture.js'
import { Log } from './log.js'

/** The records of requests that are sent one after another. */
async function told(served: Serving, log: Log, asked: readonly string[]): Promise<AccessRecord[]> {
  for (const [before, octets] of asked.entries()) {
    await served.exchange(octets)
    await log.until(before + 1)
  }
  return log.records
}

async function recorded(asked: readonly string[]): Promise<AccessRecord[]> {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' }).on('/dead', closesBeforeHeaders)
  return await told(served, log, asked)
}

test('the access log has each request once, with what the cache did for it', async () => {
  const records = await recorded([get('/'), get('/'), request('DELETE /'), get('/dead'), request('TRACE /')])
  assert.equal(
    records.map(({ status, outcome, end }) => `${status} ${outcome} ${end}`),
    ['200 insert whole', '200 hit whole', '200 direct whole', '502 failed whole', '501 refused whole'],
  )
  const [first] = records
  assert.equal([first?.method, first?.target, first?.httpVersion, first?.client], ['GET', '/', '1.1', '127.0.0.1'])
  assert.ok((first?.bytes ?? 0) > 'hello'.length)
})

test('the record of a failed fetch says why, also behind a stale answer and past the cache', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', [
    { headers: { 'Cache-Control': 'max-age=0, stale-if-error=60', ETag: '"1"' }, body: 'hello' },
    closesBeforeHeaders,
  ])
  served.origin.on('/dead', closesBeforeHeaders)
  const records = await told(served, log, [get('/'), get('/'), get('/dead'), request('POST /dead')])
  assert.equal(
    records.map(({ outcome, error }) => `${outcome} ${error}`),
    [
      'insert undefined',
      'stale-if-error ConnectionTerminated',
      'failed ConnectionTerminated',
      'failed ConnectionTerminated',
    ],
  )
  assert.match(accessLine(records[2] as AccessRecord), / failed whole ConnectionTerminated$/)
})

test('the record of an answer that never began has status 0, and failed for its outcome', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', { body: 'hello' })
  const held = served.origin.hold('/')
  const client = await served.client()
  client.write(get('/'))
  await served.origin.arrived('/')
  client.leave()
  const [record] = await log.until(1)
  held.open()
  assert.equal([record?.status, record?.bytes, record?.outcome, record?.end], [0, 0, 'failed', 'cut'])
})

test('the record of an answer that gives way to a 502 of the proxy says that the fetch failed, and why', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: ['abc', CLOSE] })
  // The answer waits until byte 5 has come, or never will.
  const [record] = await told(served, log, [get('/', 'Range: bytes=5-6')])
  const { status, outcome, end, error } = record as AccessRecord
  assert.equal([status, outcome, end, error], [502, 'failed', 'whole', 'HttpIncompleteResponse'])
})

for (const [what, status, octets] of [
  ['is too long', 413, `${request('POST /', 'Content-Length: 20')}${'x'.repeat(20)}`],
  ['turns out too long', 413, `${request('POST /', 'Transfer-Encoding: chunked')}14\r\n${'x'.repeat(20)}\r\n0\r\n\r\n`],
  ['breaks the rules of framing', 400, `${request('POST /', 'Transfer-Encoding: chunked')}zz\r\n`],
] as const)
  test(`a request whose body ${what} is recorded as refused`, async () => {
    const log = new Log()
    await using served = await serving({ accessLog: log.accessLog, maxBodyBytes: 10 })
    const client = await served.client()
    client.write(octets)
    await client.rest()
    const [record] = await log.until(1)
    assert.equal([record?.status, record?.outcome, record?.end, record?.error], [status, 'refused', 'whole', undefined])
  })

test('a request with an unknown expectation is refused, and recorded like any other', async () => {
  const records = await recorded([get('/', 'Expect: tides'), get('/')])
  assert.equal(
    records.map(({ status, outcome, end }) => `${status} ${outcome} ${end}`),
    ['417 refused whole', '200 insert whole'],
  )
})

for (const [what, line, octets] of [
  ['no HTTP', '400 -', 'no HTTP at all\r\n\r\n'],
  ['a method that is not known', '501 BREW /pot HTTP/1.1', request('BREW /pot')],
  ['two lengths', '400 -', request('POST /', 'Content-Length: 1', 'Content-Length: 2')],
  ['a head beyond its limit', '431 -', get('/', `X: ${'x'.repeat(20_000)}`)],
  ['a tunnel', '501 CONNECT a:1 HTTP/1.1', request('CONNECT a:1')],
] as const) {
  test(`the answer to what is no request is recorded as well: ${what}`, async () => {
    const log = new Log()
    await using served = await serving({ accessLog: log.accessLog })
    const client = await served.client()
    client.write(octets)
    const answer = await client.rest()
    const [record] = await log.until(1)
    assert.ok(record)
    const { client: address, bytes, outcome, end } = record
    assert.equal([address, bytes, outcome, end], ['127.0.0.1', answer.length, 'refused', 'whole'])
    const [, requestLine] = /"(.*)"/.exec(accessLine(record)) ?? []
    assert.is(`${record.status} ${requestLine}`, line)
  })
}

test('a connection beyond the limit is recorded, with its 503', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog, maxConnections: 1 })
  served.origin.on('/', { body: 'hello' })
  const first = await served.client()
  first.write(get('/'))
  await first.until(/hello$/)
  const second = await served.client()
  const answer = await second.rest()
  second.leave()
  const [, record] = await log.until(2)
  assert.ok(record)
  const { status, method, client, bytes, outcome, end } = record
  assert.equal(
    [status, method, client, bytes, outcome, end],
    [503, '-', '127.0.0.1', answer.length, 'refused', 'whole'],
  )
})

test('what is no HTTP behind a request is recorded once, after that request', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  client.write(get('/'))
  await client.until(/hello$/)
  client.write('no HTTP at all\r\n\r\n')
  const answer = await client.rest()
  const [first, second] = await log.until(2)
  assert.equal([first?.status, second?.status], [200, 400])
  assert.is((first?.bytes ?? 0) + (second?.bytes ?? 0), answer.length)
})

const failures: Record<string, (failure: Error) => void | Promise<void>> = {
  throws: (failure) => {
    throw failure
  },
  rejects: async (failure) => {
    throw failure
  },
}

for (const [how, fail] of Object.entries(failures)) {
  test(`an access log that ${how} is a warning when it begins to fail, and clients notice nothing`, async () => {
    const logged = new Tally()
    const accessLog = () => (logged.add() % 3 === 0 ? undefined : fail(new Error(`not logged ${logged.count}`)))
    const warnings: Error[] = []
    const warned = new Tally()
    const listener = (warning: Error) => {
      warnings.push(warning)
      warned.add()
    }
    process.on('warning', listener)
    await using served = await serving({ accessLog })
    served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
    const client = await served.client()
    for (let count = 1; count <= 5; count++) {
      client.write(get('/'))
      await client.until(new RegExp(`(hello.*){${count}}`, 's'))
      await logged.reached(count)
    }
    await warned.reached(2)
    process.off('warning', listener)
    assert.equal(
      warnings.map(({ name, message }) => `${name}: ${message}`),
      ['TidewaitWarning: the access log failed: not logged 1', 'TidewaitWarning: the access log failed: not logged 4'],
    )
    assert.is((warnings[0] as Error & { cause: Error }).cause.message, 'not logged 1')
  })
}

test('a line of the log has its fields in fixed places, and nothing a client sends begins another line', () => {
  const record: AccessRecord = {
    startedAtMs: 0,
    client: '127.0.0.1',
    method: 'GET',
    target: '/"a\\b\u0085\n',
    httpVersion: '1.1',
    status: 200,
    bytes: 12,
    durationMs: 1.26,
    outcome: 'hit',
    end: 'whole',
  }
  assert.is(
    accessLine(record),
    '1970-01-01T00:00:00.000Z 127.0.0.1 "GET /\\"a\\\\b\\x85\\x0a HTTP/1.1" 200 12 1.3ms hit whole',
  )
})

test.run()
