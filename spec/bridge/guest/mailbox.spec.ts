/** A guest's thread goes on, on its event loop or blocked, for as long as its host may still bring what it waits for. */

import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HostLostError } from '../../../lib/base/errors.js'
import { sleepThread } from '../../../lib/base/thread.js'
import type { Addressee } from '../../../lib/bridge/guest/addressees.js'
import { Mailbox } from '../../../lib/bridge/guest/mailbox.js'
import { Life, lifeMemory } from '../../../lib/bridge/life.js'
import type { Waking } from '../../../lib/bridge/line/doorbell.js'
import { Line, lineMemory } from '../../../lib/bridge/line/line.js'
import type { ToGuest, ToHost } from '../../../lib/bridge/line/protocol.js'
import { TestClock } from '../../kit/test-clock.js'
import { microtasks } from '../../scheduler/fixture.js'

const MOST_UNREAD = 1024 * 1024
/** How long a blocked thread waits for a host that shows no pulse, and how often it looks for one. */
const PATIENCE_MS = 10_000
const LOOK_MS = 250

const nobody: Addressee = { answered() {}, failed() {} }

/** The mailbox of a guest whose host is a bare line. */
function pair() {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory()
  let loop: 'goes on' | 'may end' = 'may end'
  port1.ref = () => {
    loop = 'goes on'
  }
  port1.unref = () => {
    loop = 'may end'
  }
  const host = new Line<ToGuest, ToHost>(port2, memory, 'host')
  const mailbox = new Mailbox(new Line<ToHost, ToGuest>(port1, memory, 'guest'), new Life(lifeMemory()))
  return {
    host,
    mailbox,
    get loop() {
      return loop
    },
    [Symbol.dispose]() {
      mailbox.close()
      host.close()
    },
  }
}

test('the event loop goes on while an answer or a background fetch is awaited, and no longer', () => {
  using line = pair()
  assert.is(line.loop, 'may end')
  line.mailbox.expect(1, nobody)
  assert.is(line.loop, 'goes on')
  line.mailbox.forget(1)
  assert.is(line.loop, 'may end')
  line.mailbox.expectRevalidation(1, nobody)
  assert.is(line.loop, 'goes on')
  line.mailbox.forgetRevalidation(1)
  assert.is(line.loop, 'may end')
})

test('the event loop goes on while an upload waits for room, though its answer has come', async () => {
  using line = pair()
  async function* source() {
    yield new Uint8Array(MOST_UNREAD)
  }
  line.mailbox.expect(1, nobody)
  line.mailbox.upload(1, source(), (cause) => cause)
  await microtasks()
  line.host.send({ say: { is: 'pong', call: 1 } })
  line.mailbox.poll()
  assert.is(line.loop, 'goes on')
  line.host.send({ say: { is: 'upload-credit', call: 1, bytes: MOST_UNREAD } })
  line.mailbox.poll()
  await microtasks()
  assert.is(line.loop, 'may end')
})

test('when the host is lost, each upload source ends, and each waiting call fails once', async () => {
  using line = pair()
  const ended: number[] = []
  async function* source(call: number) {
    try {
      for (;;) yield new Uint8Array(MOST_UNREAD)
    } finally {
      ended.push(call)
    }
  }
  const failures: unknown[] = []
  for (const call of [1, 2]) {
    line.mailbox.expect(call, { ...nobody, failed: (failure) => failures.push(failure) })
    line.mailbox.upload(call, source(call), (cause) => cause)
  }
  await microtasks()
  line.mailbox.loseHost()
  line.mailbox.loseHost()
  await microtasks()
  assert.equal(ended, [1, 2])
  assert.ok(failures.length === 2 && failures.every((failure) => failure instanceof HostLostError))
  assert.is(line.loop, 'may end')
})

/** A mailbox whose line brings nothing, and blocks as `block` says. */
function silentMailbox(
  block: (timeoutMs: number) => Waking,
  life = new Life(lifeMemory()),
  clock?: TestClock,
  isCut = () => false,
) {
  const silent = { onMail() {}, onClose() {}, hold() {}, turn() {}, receive() {}, rest: () => true, block, isCut }
  return new Mailbox(silent as unknown as Line<ToHost, ToGuest>, life, clock)
}

test('a blocked thread takes a host without a pulse for lost by the time it has waited, not by how often it was woken', () => {
  const wakings: Waking[] = []
  const mailbox = silentMailbox(() => {
    const waking = wakings.length % 2 === 0 ? 'woken' : 'timeout'
    wakings.push(waking)
    return waking
  })
  const failures: unknown[] = []
  mailbox.expect(1, { ...nobody, failed: (failure) => failures.push(failure) })
  assert.is(mailbox.react(undefined), 'ready')
  assert.is(wakings.filter((waking) => waking === 'timeout').length, PATIENCE_MS / LOOK_MS)
  assert.equal(
    failures.map((failure) => failure instanceof HostLostError),
    [true],
  )
})

test('a thread that only polls takes a host without a pulse for lost after ten seconds, too', () => {
  const clock = new TestClock()
  const memory = lifeMemory()
  const mailbox = silentMailbox(() => assert.unreachable() as never, new Life(memory), clock)
  const failures: unknown[] = []
  mailbox.expect(1, { ...nobody, failed: (failure) => failures.push(failure) })
  const lookFor = (ms: number) => {
    for (let sinceMs = 0; sinceMs < ms; sinceMs++) {
      clock.advance(1)
      mailbox.poll()
    }
  }
  lookFor(PATIENCE_MS - 1)
  new Life(memory).beat()
  lookFor(PATIENCE_MS - 1)
  assert.equal(failures, [], 'its pulse went on meanwhile')
  lookFor(1)
  assert.equal(
    failures.map((failure) => failure instanceof HostLostError),
    [true],
  )
})

test('a thread that blocks or polls sees at its next look that its line was cut, however good the pulse', () => {
  for (const way of ['blocks', 'polls'] as const) {
    const clock = new TestClock()
    const memory = lifeMemory()
    const elapse = (ms: number): Waking => {
      new Life(memory).beat()
      clock.advance(ms)
      return 'timeout'
    }
    let asked = 0
    const mailbox = silentMailbox(elapse, new Life(memory), clock, () => ++asked === 3)
    const failures: unknown[] = []
    mailbox.expect(1, { ...nobody, failed: (failure) => failures.push(failure) })
    if (way === 'blocks') assert.is(mailbox.react(undefined), 'ready')
    else {
      for (let sinceMs = 0; sinceMs < 3 * LOOK_MS; sinceMs++) {
        elapse(1)
        mailbox.poll()
      }
    }
    assert.equal(
      failures.map((failure) => failure instanceof HostLostError),
      [true],
      way,
    )
    assert.is(asked, 3)
  }
})

test('a thread that was stopped together with its host does not take it for lost at its next poll', () => {
  const clock = new TestClock()
  const mailbox = silentMailbox(() => assert.unreachable() as never, new Life(lifeMemory()), clock)
  mailbox.expect(1, { ...nobody, failed: () => assert.unreachable() })
  for (let look = 0; look < PATIENCE_MS / LOOK_MS - 1; look++) {
    clock.advance(10 * PATIENCE_MS)
    mailbox.poll()
  }
})

test('a thread that sleeps between its looks for a pulse does not count that time twice', () => {
  const clock = new TestClock()
  const asleep = (timeoutMs: number): Waking => {
    clock.advance(timeoutMs)
    return 'timeout'
  }
  const mailbox = silentMailbox(asleep, new Life(lifeMemory()), clock)
  let failed = 0
  mailbox.expect(1, { ...nobody, failed: () => failed++ })
  for (let sinceMs = 0; sinceMs < PATIENCE_MS - LOOK_MS; sinceMs += 100) {
    assert.is(mailbox.react(100), 'timeout')
    assert.is(failed, 0)
  }
})

test('a thread that blocks with a timeout blocks in one piece, and no longer than that', () => {
  const blockedMs: number[] = []
  const mailbox = silentMailbox((timeoutMs) => {
    blockedMs.push(timeoutMs)
    sleepThread(timeoutMs)
    return 'timeout'
  })
  mailbox.expect(1, nobody)
  assert.is(mailbox.react(20), 'timeout')
  const [first = 0, ...rest] = blockedMs
  assert.ok(first > 0 && first <= 20, `blocked for ${first} ms`)
  assert.ok(
    rest.every((ms) => ms < 5),
    `and for ${rest} more`,
  )
})

test('a thread for which nothing can come does not block', () => {
  const mailbox = silentMailbox(() => assert.unreachable() as never)
  assert.equal([mailbox.react(undefined), mailbox.react(5), mailbox.react(0)], ['never', 'never', 'timeout'])
})

test.run()
