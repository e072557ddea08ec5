/** The access log where its reader is slow: what waits for it, what is lost, and what is said of that. */

import { PassThrough, Writable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { logTo, MOST_WAITING_BYTES } from '../../../lib/cli/kit/log.js'
import type { AccessRecord } from '../../../lib/proxy/index.js'

const RECORD: AccessRecord = {
  startedAtMs: 0,
  client: '127.0.0.1',
  method: 'GET',
  target: `/${'long'.repeat(4000)}`,
  httpVersion: '1.1',
  status: 200,
  bytes: 5,
  durationMs: 1,
  outcome: 'hit',
  end: 'whole',
}

/** A stream whose reader stands still until `read` is called; then it reads all that waits. */
function stuckPipe(): { pipe: Writable; lines: () => number; read: () => Promise<void> } {
  let lines = 0
  const held: (() => void)[] = []
  const pipe = new Writable({
    decodeStrings: false,
    write(_line, _encoding, done) {
      lines += 1
      held.push(done)
    },
  })
  const read = async () => {
    while (pipe.writableLength > 0) {
      for (const done of held.splice(0)) done()
      await new Promise(setImmediate)
    }
  }
  return { pipe, lines: () => lines, read }
}

test('a log whose reader stands still holds 16 MiB, loses further lines, and says so once', () => {
  const { pipe } = stuckPipe()
  const said: string[] = []
  const log = logTo(pipe, (sentence) => said.push(sentence))
  for (let times = 0; times < 3000; times++) log(RECORD)
  assert.ok(pipe.writableLength >= MOST_WAITING_BYTES)
  assert.ok(pipe.writableLength < MOST_WAITING_BYTES + 20_000)
  assert.equal(said, ['the reader of the access log is too slow: lines are lost'])
})

test('a log whose reader has caught up goes on, and says how many lines were lost', async () => {
  const { pipe, lines, read } = stuckPipe()
  const said: string[] = []
  const log = logTo(pipe, (sentence) => said.push(sentence))
  for (let times = 0; times < 3000; times++) log(RECORD)
  await read()
  const written = lines()
  assert.is(said[1], `the access log goes on, after ${3000 - written} lost lines`)
  log(RECORD)
  assert.is(lines(), written + 1)
  assert.is(said.length, 2)
})

test('a log whose reader goes away while lines are lost says that, and no more', async () => {
  const { pipe } = stuckPipe()
  const said: string[] = []
  const log = logTo(pipe, (sentence) => said.push(sentence))
  for (let times = 0; times < 3000; times++) log(RECORD)
  pipe.destroy(new Error('write EPIPE'))
  await new Promise(setImmediate)
  log(RECORD)
  assert.equal(said.slice(1), ['no access log any more: write EPIPE'])
})

test('a log whose reader keeps up loses nothing', async () => {
  const pipe = new PassThrough().resume()
  const log = logTo(pipe, (sentence) => assert.unreachable(sentence))
  for (let times = 0; times < 3000; times++) {
    log(RECORD)
    if (pipe.writableNeedDrain) await new Promise((resolve) => pipe.once('drain', resolve))
  }
})

test.run()
