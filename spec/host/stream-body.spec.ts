/** The queue of a body: order, ends, readiness and back pressure. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { StreamBody } from '../../lib/host/stream-body.js'

/** A source that notes what it is asked. */
function scripted(length?: number) {
  const asked: string[] = []
  const body = new StreamBody({ resume: () => asked.push('resume'), abandon: () => asked.push('abandon') }, length)
  return { asked, body }
}

const chunk = (text: string) => new TextEncoder().encode(text)
const read = (body: StreamBody) => {
  const bytes = body.read()
  return bytes && new TextDecoder().decode(bytes)
}
const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve))

test('chunks are read in order, then the clean end, then the trailers', () => {
  const { body } = scripted(2)
  body.push(chunk('a'))
  body.push(chunk('b'))
  body.end([['x-check', 'ok']])
  assert.is(body.length, 2)
  assert.is(body.trailers(), undefined)
  assert.equal([read(body), read(body), read(body)], ['a', 'b', undefined])
  assert.equal(body.trailers(), [['x-check', 'ok']])
})

test('a length that is not declared is known once the body has ended cleanly, however much of it was read', () => {
  for (const end of ['whole', 'broken'] as const) {
    const { body } = scripted()
    body.push(chunk('abc'))
    assert.is(read(body), 'abc')
    body.push(chunk('d'))
    assert.is(body.length, undefined)
    if (end === 'whole') body.end()
    else body.fail(new Error('broken'))
    assert.is(body.length, end === 'whole' ? 4 : undefined)
  }
})

test('a body that breaks off gives the bytes before it first, and then its error each time', () => {
  const { body } = scripted()
  const error = new Error('broken')
  body.push(chunk('a'))
  body.fail(error)
  assert.is(read(body), 'a')
  for (const _ of [1, 2])
    assert.throws(
      () => body.read(),
      (thrown: unknown) => thrown === error,
    )
  assert.is(body.trailers(), undefined)
})

test('the rest of a body that has come whole is in hand, up to a limit, with nothing read', () => {
  const { body } = scripted()
  const texts = (limit: number) => body.inHand(limit)?.map((bytes) => new TextDecoder().decode(bytes))
  body.push(chunk('a'))
  body.push(chunk('bc'))
  assert.is(texts(3), undefined)
  body.end()
  assert.equal([texts(3), texts(2)], [['a', 'bc'], undefined])
  assert.is(read(body), 'a')
  assert.equal([texts(2), read(body), texts(0)], [['bc'], 'bc', []])
})

test('a body that breaks off, or that has trailers, is never in hand', () => {
  for (const end of [
    (body: StreamBody) => body.fail(new Error('broken')),
    (body: StreamBody) => body.end([['x-check', 'ok']]),
  ]) {
    const { body } = scripted()
    body.push(chunk('a'))
    end(body)
    assert.is(body.inHand(10), undefined)
    assert.is(read(body), 'a')
  }
})

test('only the first end of a body counts', () => {
  const { body } = scripted()
  body.end()
  body.fail(new Error('too late'))
  body.push(chunk('too late'))
  assert.is(body.read(), undefined)
})

test('reading a body before anything is there throws Busy and takes nothing', () => {
  const { body } = scripted()
  assert.not.ok(body.ready)
  assert.throws(
    () => body.read(),
    (error: { code?: string }) => error.code === 'Busy',
  )
  body.push(chunk('a'))
  assert.ok(body.ready)
  assert.is(read(body), 'a')
})

test('an empty chunk makes no body ready', () => {
  const { body } = scripted()
  assert.ok(body.push(new Uint8Array()))
  assert.not.ok(body.ready)
})

test('a listener of a body is called once, at once where the body is ready, and never after its undo', () => {
  const { body } = scripted()
  const calls: string[] = []
  body.onReady(() => calls.push('undone'))()
  body.onReady(() => calls.push('waiting'))
  body.push(chunk('a'))
  body.push(chunk('b'))
  body.onReady(() => calls.push('ready'))
  assert.equal(calls, ['waiting', 'ready'])
})

test('the end, a failure and a cancel of a body wake its listener', () => {
  for (const end of ['end', 'fail', 'cancel'] as const) {
    const { body } = scripted()
    let calls = 0
    body.onReady(() => calls++)
    if (end === 'fail') body.fail(new Error())
    else body[end]()
    assert.is(calls, 1)
    assert.ok(body.ready)
  }
})

test('the eighth chunk pauses the source, and reading a chunk resumes it, a microtask later', async () => {
  const { asked, body } = scripted()
  const hadRoom = Array.from({ length: 8 }, () => body.push(chunk('x')))
  assert.equal(hadRoom, [true, true, true, true, true, true, true, false])
  body.read()
  body.read()
  assert.equal(asked, [])
  await microtasks()
  assert.equal(asked, ['resume'])
  assert.ok(body.push(chunk('y')))
})

test('a chunk that comes while the source is paused is kept, and pauses it again', async () => {
  const { asked, body } = scripted()
  for (let sent = 0; sent < 8; sent++) body.push(chunk('x'))
  body.read()
  body.push(chunk('late'))
  await microtasks()
  assert.equal(asked, [])
  for (let taken = 0; taken < 7; taken++) assert.is(read(body), 'x')
  assert.is(read(body), 'late')
})

test('a source that has ended is not resumed', async () => {
  const { asked, body } = scripted()
  for (let sent = 0; sent < 8; sent++) body.push(chunk('x'))
  body.end()
  body.read()
  await microtasks()
  assert.equal(asked, [])
})

test('cancelling a body drops what was queued and gives the source up, once', () => {
  const { asked, body } = scripted()
  body.push(chunk('x'))
  body.cancel()
  body.cancel()
  body.push(chunk('x'))
  assert.equal(asked, ['abandon'])
  assert.throws(
    () => body.read(),
    (error: { code?: string }) => error.code === 'Cancelled',
  )
})

test('cancelling a body that is whole asks nothing of its source', () => {
  const { asked, body } = scripted()
  body.push(chunk('x'))
  body.end()
  body.cancel()
  assert.equal(asked, [])
})

test.run()
