/** Invalid arguments are refused at the call, before anything moves. */

import { runInNewContext } from 'node:vm'
import type { Operation } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  BadHandleError,
  type Handle,
  lowestReady,
  ManualReadiness,
  promised,
  type Readiness,
  ready,
  Scheduler,
} from '../../lib/scheduler/index.js'
import { type Call, refuses } from '../kit/refused.js'
import { microtasks, stand } from './fixture.js'

test('Scheduler and ManualReadiness refuse an invalid source and unknown options', () => {
  const sources = [undefined, null, 5, {}, { isReady() {}, select() {} }, { isReady() {}, select: 5, watch() {} }]
  const whole = { isReady() {}, select() {}, watch: () => () => {} }
  for (const source of [...sources, { ...whole, react: 5 }, { ...whole, describe: 'words' }, { ...whole, react: null }])
    refuses(() => Reflect.construct(Scheduler, [source]))
  for (const options of [null, 5, [], { scopes: 1 }, { scope: 5 }, { scope: null }, { scope: {} }])
    refuses(() => Reflect.construct(Scheduler, [new ManualReadiness(), options]))
  for (const options of [{ bases: 1 }, { base: 'a' }, { base: -1 }, { base: 0.5 }, { base: 2 ** 32 }])
    refuses(() => Reflect.construct(ManualReadiness, [options]))
})

test('a source whose select gives no index, or whose watch gives no undo, is refused', () => {
  const source = (gives: unknown): Readiness => ({
    isReady: () => false,
    select: () => gives as number,
    watch: () => () => {},
  })
  for (const gives of [undefined, null, 1, -2, 0.5, Number.NaN, 'first'])
    refuses(() => new Scheduler(source(gives)).spawn(() => ready(0)).wait())
  for (const undo of [undefined, null, 5, {}])
    refuses(() => new Scheduler({ ...source(-1), watch: () => undo as unknown as () => void }))
})

test('a listener is told of handles only: anything else is thrown back at the source, and nobody is lost by it', () => {
  let tell: (handle: Handle) => void = () => {}
  const open = new Set<Handle>()
  const scheduler = new Scheduler({
    // Takes the keys of an object, too.
    isReady: (handle) => open.has(Number(handle)),
    select: () => -1,
    watch: (listener) => {
      tell = listener
      return () => {}
    },
    react: () => 'never',
  })
  const pendings = [0, 1, 2].map((handle) => scheduler.spawn(() => ready(handle)))
  scheduler.turn()
  for (const handle of [0, 1, 2]) open.add(handle)
  for (const told of ['0', 0.5, 1.5, -1, Number.NaN, 2 ** 32, undefined])
    assert.throws(
      () => tell(told as Handle),
      (error: unknown) => error instanceof BadHandleError,
    )
  for (const handle of [0, 1, 2]) tell(handle)
  assert.is(scheduler.turn(), 3)
  assert.equal(pendings.map(stand), ['returned undefined', 'returned undefined', 'returned undefined'])
})

test('watch refuses a listener that is no function', () => {
  const watch = ManualReadiness.prototype.watch.bind(new ManualReadiness()) as Call
  for (const listener of [undefined, null, 5, {}]) refuses(() => watch(listener))
})

test('a spawned function that returns no operation fails its own pending', () => {
  const scheduler = new Scheduler(new ManualReadiness())
  const spawn = scheduler.spawn.bind(scheduler) as (operation: unknown) => { poll(): unknown }
  for (const returned of [undefined, 5, {}, { [Symbol.iterator]: 5 }, { [Symbol.iterator]: () => 5 }])
    refuses(() => spawn(() => returned).poll())
})

test('wait, select and completed refuse invalid options and lists, and nothing has moved then', () => {
  const readiness = new ManualReadiness()
  const scheduler = new Scheduler(readiness)
  const handle = readiness.open()
  readiness.settle(handle)
  let started = 0
  const pending = scheduler.spawn(function* () {
    started++
    yield* ready(handle)
  })
  const wait = pending.wait.bind(pending) as Call
  const select = scheduler.select.bind(scheduler) as Call
  for (const options of [null, 5, { timeout: 1 }, { timeoutMs: -1 }, { timeoutMs: Number.NaN }, { timeoutMs: '1' }]) {
    refuses(() => wait(options))
    refuses(() => select([pending], options))
  }
  for (const list of [undefined, 5, [], [5], 'pendings', new Set([pending])]) refuses(() => select(list))
  for (const list of [undefined, 5, [5], [Promise.resolve()]]) {
    refuses(() => (scheduler.completed as Call).call(scheduler, list))
    refuses(() => (scheduler.asCompleted as Call).call(scheduler, list))
  }
  assert.is(started, 0)
  pending.wait({ timeoutMs: Number.POSITIVE_INFINITY })
})

test('select of a source, and lowestReady, refuse an invalid timeout or list', () => {
  const readiness = new ManualReadiness()
  const select = readiness.select.bind(readiness) as Call
  const handles = [readiness.open()]
  for (const timeoutMs of [Number.NaN, -1, '1', null, () => {}]) refuses(() => select(handles, timeoutMs))
  for (const list of [undefined, null, 5, {}]) {
    refuses(() => select(list, 1))
    refuses(() => (lowestReady as Call)(readiness, list))
  }
  assert.throws(() => select(handles, Number.POSITIVE_INFINITY), /would block for ever/)
})

test('waiting for what is no handle, or no promise, fails the coroutine', () => {
  const scheduler = new Scheduler(new ManualReadiness())
  const waitFor = (effect: (given: never) => Operation<unknown>, given: unknown) =>
    scheduler.spawn(() => effect(given as never)).poll()
  for (const given of [5n, '0', null, Symbol('handle')]) {
    refuses(() => waitFor((handle) => wait(ready, handle), given))
    refuses(() => waitFor(promised, given))
  }
})

test('a number that is no unsigned 32-bit integer is a bad handle, even where the source would park on it', () => {
  const anything = { isReady: () => false, select: () => -1, watch: () => () => {} }
  const scheduler = new Scheduler(anything)
  for (const handle of [2 ** 32, 2 ** 32 + 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(
      () => scheduler.spawn(() => wait(ready, handle as never)).poll(),
      (error: unknown) => error instanceof BadHandleError,
    )
})

/** Made inside the coroutine, as programs make it. */
function* wait(effect: (given: never) => Operation<unknown>, given: never): Operation<unknown> {
  return yield* effect(given)
}

test('an asynchronous function that is spawned fails its own pending, which says what to do instead', async () => {
  const unhandled: unknown[] = []
  const listener = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listener)
  const scheduler = new Scheduler(new ManualReadiness())
  const spawn = scheduler.spawn.bind(scheduler) as (operation: unknown) => { poll(): unknown }
  const promises = spawn(async () => {
    throw new RangeError('nobody hears of this')
  })
  assert.throws(() => promises.poll(), /returned a promise: yield\* promised\(it\) in a generator/)
  const ofAnotherRealm = spawn(runInNewContext("(async () => { throw new RangeError('nor of this') })"))
  assert.throws(() => ofAnotherRealm.poll(), /returned a promise: yield\* promised\(it\) in a generator/)
  assert.throws(() => spawn(async function* () {}).poll(), /asynchronous/)
  await microtasks()
  process.off('unhandledRejection', listener)
  assert.equal(unhandled, [])
})

test('a source whose react gives none of its three words is refused', () => {
  for (const gives of [undefined, null, true, 'soon']) {
    const source: Readiness = {
      isReady: () => false,
      select: () => -1,
      watch: () => () => {},
      react: (timeoutMs) => (timeoutMs === 0 ? 'timeout' : (gives as never)),
    }
    refuses(() => new Scheduler(source).spawn(() => ready(0)).wait({ timeoutMs: 50 }))
  }
})

test('isReady of a scheduler refuses a number that is no unsigned 32-bit integer', () => {
  const scheduler = new Scheduler(new ManualReadiness())
  for (const handle of [2 ** 32, 2 ** 32 + 1, -1, 0.5, Number.NaN])
    assert.throws(
      () => scheduler.isReady(handle),
      (error: unknown) => error instanceof BadHandleError,
    )
})

test.run()
