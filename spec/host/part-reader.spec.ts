/** A part of a body that is not stored has its own bytes and no others, as they come, and the rest is not read. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PartReader } from '../../lib/host/part-reader.js'
import { StreamBody } from '../../lib/host/stream-body.js'
import { thrownBy } from '../kit/failures.js'

/** A part of a body of which nothing has come yet. */
function part(start: number, end?: number, length?: number) {
  const asked: string[] = []
  const whole = new StreamBody({ resume: () => {}, abandon: () => asked.push('abandon') }, length)
  const reader = new PartReader(whole, { start, end })
  const read = () => {
    const chunk = reader.read()
    return chunk && new TextDecoder().decode(chunk)
  }
  return { asked, whole, reader, read, push: (text: string) => whole.push(new TextEncoder().encode(text)) }
}

test('a part has the bytes from its start up to its end, however they are cut into chunks', () => {
  const texts = ['0123456789', '012 3456789', '0 1 2 3 4 5 6 7 8 9', '01234 56789']
  for (const text of texts) {
    const { push, whole, read } = part(2, 6)
    for (const chunk of text.split(' ')) push(chunk)
    whole.end()
    let all = ''
    for (let chunk = read(); chunk !== undefined; chunk = read()) all += chunk
    assert.is(all, '2345', text)
  }
})

test('a part without an end goes to the end of the whole', () => {
  const { push, whole, read } = part(3)
  push('0123')
  push('45')
  whole.end()
  assert.equal([read(), read(), read()], ['3', '45', undefined])
})

test('a part is ready with its own first byte, and not with bytes before it', () => {
  const { push, reader } = part(4, 6)
  const told: string[] = []
  reader.onReady(() => told.push('ready'))
  push('01')
  push('23')
  assert.equal([reader.ready, told], [false, []])
  push('4')
  assert.equal([reader.ready, told], [true, ['ready']])
  reader.onReady(() => told.push('at once'))
  assert.equal(told, ['ready', 'at once'])
})

test('a listener that was undone is not called, though bytes before the part have come meanwhile', () => {
  const { push, reader } = part(2, 4)
  const told: string[] = []
  const undo = reader.onReady(() => told.push('ready'))
  push('0')
  undo()
  push('123')
  assert.equal([reader.ready, told], [true, []])
})

test('with the last byte of a part, the rest of the body is given up', () => {
  const { push, asked, read, reader } = part(0, 3)
  push('012345')
  assert.equal([read(), asked], ['012', ['abandon']])
  assert.equal([reader.ready, read()], [true, undefined])
})

test('cancelling a part gives up the rest of the body', () => {
  const { asked, reader } = part(0, 3)
  reader.cancel()
  assert.equal(asked, ['abandon'])
})

test('reading a part before its first byte is there throws Busy', () => {
  const { push, read } = part(2, 4)
  push('0')
  assert.is(thrownBy(read).code, 'Busy')
})

test('a body that breaks off fails its part each time, after the bytes before', () => {
  const error = new Error('broken')
  const { push, whole, read, reader } = part(1, 5)
  push('01')
  whole.fail(error)
  assert.is(read(), '1')
  assert.is(reader.ready, true)
  for (const _ of [1, 2]) assert.is(thrownBy(read), error)
})

test('the length of a part is what the whole has of it, and a part that was read has no trailers', () => {
  assert.equal(
    [part(2, 6, 10), part(2, 60, 10), part(2, undefined, 10), part(2, 6)].map(({ reader }) => reader.length),
    [4, 8, 8, undefined],
  )
  const { push, whole, read, reader } = part(0)
  push('0')
  whole.end([['x-sum', '1']])
  assert.equal([read(), reader.trailers(), read(), reader.trailers()], ['0', undefined, undefined, []])
})

test.run()
