/** Chunks go together, in few messages, and come out in the order they went in. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Chunks } from '../../lib/bridge/hosting/chunks.js'
import type { Line } from '../../lib/bridge/line/line.js'
import type { Message } from '../../lib/bridge/line/messages.js'

function recorded() {
  const messages: Message<string>[] = []
  const line = { send: (message: Message<string>) => messages.push(message) } as unknown as Line<string, string>
  return { messages, chunks: new Chunks(line, 'chunk') }
}

const shared = (bytes: number) => new Uint8Array(new SharedArrayBuffer(bytes))

test('small chunks are copied into one message of up to 16 KiB, and a larger chunk has a message of its own', () => {
  const { messages, chunks } = recorded()
  for (const bytes of [6000, 6000, 6000, 100, 40_000, 1, 16_383, 1]) chunks.add(new Uint8Array(bytes))
  chunks.flush()
  assert.equal(
    messages.map(({ bytes }) => bytes?.byteLength),
    [12_000, 6100, 40_000, 16_384, 1],
  )
})

test('shared chunks are sent as they are, 64 in a message', () => {
  const { messages, chunks } = recorded()
  const all = Array.from({ length: 130 }, () => shared(100_000))
  for (const chunk of all) chunks.add(chunk)
  chunks.flush()
  assert.equal(
    messages.map((message) => message.shared?.length),
    [64, 64, 2],
  )
  assert.ok(messages.flatMap((message) => message.shared ?? []).every((chunk, nth) => chunk === all[nth]))
})

test('chunks keep their order where shared ones and others take turns', () => {
  const { messages, chunks } = recorded()
  const add = (chunk: Uint8Array, mark: number) => chunks.add(chunk.fill(mark))
  add(new Uint8Array(1), 1)
  add(new Uint8Array(1), 2)
  add(shared(1), 3)
  add(new Uint8Array(1), 4)
  chunks.flush()
  chunks.flush()
  const marks = messages.map(({ bytes, shared: several }) => [...(bytes ?? several?.[0] ?? [])])
  assert.equal(marks, [[1, 2], [3], [4]])
})

test.run()
