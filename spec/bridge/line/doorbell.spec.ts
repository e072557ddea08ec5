/** No wake-up is lost, in whichever order two threads take their steps: in a model of all orders, and in the code itself. */

import type { MessagePort } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Line, lineMemory } from '../../../lib/bridge/line/line.js'
import { explore, type Fault } from './interleavings.js'

const faults: Exclude<Fault, 'none'>[] = [
  'looks before it goes to rest',
  'looks before it says that it blocks',
  'wakes before it writes',
  'answers the bell after it looked',
  'never answers the bell',
  'does not notify',
  'rings only while there is more to write',
]

test('in no order of steps does a reader sleep beside unread mail', () => {
  for (const messages of [1, 2, 3, 4]) {
    const { lost, states } = explore(messages)
    assert.is(lost, undefined, lost?.join('\n'))
    assert.ok(states > 30 * messages)
  }
})

for (const fault of faults) {
  test(`the model finds the order in which a doorbell that ${fault} loses a wake-up`, () => {
    assert.type(explore(3, fault).lost, 'object')
  })
}

test('at most one ring is on its way, however often a reader sleeps', () => {
  assert.is(explore(4).mostRings, 1)
})

/** A port whose rings are delivered by hand. */
class HandPort {
  rings = 0
  #deliver: (data: unknown) => void = () => {}

  on(event: string, listener: (data: unknown) => void): this {
    if (event === 'message') this.#deliver = listener
    return this
  }

  postMessage(): void {
    this.rings++
  }

  deliver(): void {
    this.rings--
    this.#deliver(0)
  }

  ref(): void {}
  unref(): void {}
  close(): void {}
}

type Way = 'rest' | 'block'
const atomics = { ...pick('add', 'compareExchange', 'exchange', 'load', 'notify', 'store', 'wait') }

function pick<K extends keyof Atomics>(...names: K[]): Pick<Atomics, K> {
  return Object.fromEntries(names.map((name) => [name, Atomics[name]])) as unknown as Pick<Atomics, K>
}

/**
 * Calls `interrupt` before the `nth` atomic step of `work`, or while it sleeps, which counts as a step: the sleeper is woken
 * by a notification only. How many steps there were, and whether it slept on after the interruption, not being served.
 */
function interrupted(
  nth: number,
  work: () => void,
  interrupt: () => void,
  isServed: () => boolean,
): { steps: number; starved: boolean } {
  let steps = 0
  let starved = false
  let state: 'before' | 'within' | 'after' = 'before'
  let notified = 0
  const before = () => {
    if (state === 'within' || steps++ !== nth) return
    state = 'within'
    interrupt()
    state = 'after'
  }
  for (const name of ['add', 'exchange', 'load', 'store'] as const) {
    const original = atomics[name] as (...args: unknown[]) => unknown
    Object.assign(Atomics, {
      [name]: (...args: unknown[]) => {
        before()
        return original(...args)
      },
    })
  }
  const notify = () => ++notified
  const wait = (words: Int32Array, index: number, value: number) => {
    before()
    if (atomics.load(words, index) !== value) return 'not-equal'
    if (state === 'after' && !isServed()) starved = true
    before()
    if (notified > 0) return 'ok'
    if (state === 'after' && !isServed()) starved = true
    return 'timed-out'
  }
  Object.assign(Atomics, { notify, wait })
  try {
    work()
  } finally {
    Object.assign(Atomics, atomics)
  }
  return { steps, starved }
}

class Pair {
  readonly port = new HandPort()
  readonly reader: Line<string, string>
  readonly writer: Line<string, string>
  received = 0

  constructor() {
    const memory = lineMemory()
    this.reader = new Line(this.port as unknown as MessagePort, memory, 'guest')
    this.writer = new Line(this.port as unknown as MessagePort, memory, 'host')
    // The last to listen gets what is delivered.
    this.reader = new Line(this.port as unknown as MessagePort, memory, 'guest')
    this.reader.onMail(() => this.look())
    this.look()
  }

  /** As at the end of a turn of its event loop. */
  send(say: string): void {
    this.writer.send({ say })
    this.writer.flush()
  }

  look(): void {
    do while (this.reader.receive() !== undefined) this.received++
    while (!this.reader.rest())
  }

  /** What a reader does until it sleeps. */
  sleep(way: Way): void {
    this.look()
    if (way === 'block' && this.reader.block(1000) === 'mail') this.look()
  }

  /** What the event loop does once it has its turn. */
  turn(): void {
    while (this.port.rings > 0) this.port.deliver()
  }
}

for (const way of ['rest', 'block'] as const) {
  test(`a message sent before any atomic step of a reader that is about to ${way} is received without a second message`, () => {
    let steps = Number.POSITIVE_INFINITY
    let interrupts = 0
    for (let nth = 0; nth < steps; nth++) {
      const pair = new Pair()
      let sent = false
      const outcome = interrupted(
        nth,
        () => pair.sleep(way),
        () => {
          sent = true
          pair.send('wake')
        },
        () => pair.received > 0,
      )
      steps = outcome.steps
      assert.not(outcome.starved, `slept beside what was sent before step ${nth}`)
      pair.turn()
      if (sent) assert.is(pair.received, 1, `before step ${nth} of ${steps}`)
      interrupts += Number(sent)
    }
    assert.ok(interrupts > 5, `${interrupts} steps`)
  })
}

test('a reader that looks and rests before any atomic step of a sender receives its message without a second one', () => {
  for (const before of ['asleep', 'rung for'] as const) {
    let steps = Number.POSITIVE_INFINITY
    for (let nth = 0; nth < steps; nth++) {
      const pair = new Pair()
      if (before === 'rung for') pair.send('earlier')
      const look = () => {
        pair.turn()
        pair.look()
      }
      steps = interrupted(
        nth,
        () => pair.send('wake'),
        look,
        () => true,
      ).steps
      pair.turn()
      assert.is(pair.received, before === 'rung for' ? 2 : 1, `before step ${nth} of ${steps}, ${before}`)
    }
  }
})

test('a host rings once for all that it sends in one turn', async () => {
  const pair = new Pair()
  for (const say of ['one', 'two', 'three']) pair.writer.send({ say })
  assert.is(pair.port.rings, 0)
  await Promise.resolve()
  assert.is(pair.port.rings, 1)
  pair.turn()
  assert.equal([pair.received, pair.port.rings], [3, 0])
})

test('a host that sends much in one turn rings before that turn is over', () => {
  const pair = new Pair()
  for (let message = 0; message < 100 && pair.port.rings === 0; message++) pair.writer.send({ say: 'more' })
  assert.is(pair.port.rings, 1)
})

test('a reader that only polls has one ring on its way, however many messages it reads', () => {
  const pair = new Pair()
  for (let message = 0; message < 10_000; message++) {
    pair.send('again')
    pair.look()
  }
  assert.equal([pair.received, pair.port.rings], [10_000, 1])
})

test.run()
