/** Waits for several pendings: for the first to finish, or for all in the order they finish. */

import { InvalidArgumentError } from '../base/errors.js'
import { Fifo } from '../base/fifo.js'
import { Coroutine, type Driver } from './coroutine.js'
import type { Pending, Selected, Settled, WaitOptions } from './pending.js'

/** The most pendings that one select takes (semantics 1.4). */
const MOST_PENDINGS = 16_384

export function select<T, P extends Pending<T>>(
  engine: Driver,
  pendings: readonly P[],
  options: WaitOptions,
): Selected<T, P> {
  if (!Array.isArray(pendings)) throw new InvalidArgumentError('select takes a list of pendings')
  if (pendings.length === 0) throw new InvalidArgumentError('select takes at least one pending')
  if (pendings.length > MOST_PENDINGS)
    throw new InvalidArgumentError(`select takes at most ${MOST_PENDINGS} pendings, not ${pendings.length}`)
  const coroutines = pendings.map((pending) => coroutineOf(engine, pending))
  const index = firstFinished(engine, coroutines, options)
  const value = (coroutines[index] as Coroutine<T>).answer()
  return { index, value, rest: pendings.toSpliced(index, 1) }
}

/**
 * The coroutines are searched before any is stepped, so that the lowest index wins when several have finished already. There may
 * be many, each woken often before it finishes, so they are searched again only after some coroutine has finished.
 */
function firstFinished(engine: Driver, coroutines: readonly Coroutine<unknown>[], options: WaitOptions): number {
  let ended = -1
  const look = () => {
    if (engine.ended === ended) return -1
    ended = engine.ended
    return coroutines.findIndex((coroutine) => coroutine.finished)
  }
  let index = -1
  engine.driveUntil(() => {
    index = look()
    if (index < 0) {
      engine.turn()
      index = look()
    }
    return index >= 0
  }, options)
  return index
}

export function completed<T>(engine: Driver, pendings: Iterable<Pending<T>>): Generator<Settled<T>, void> {
  return blocking(engine, coroutinesOf(engine, pendings))
}

function* blocking<T>(engine: Driver, coroutines: readonly Coroutine<T>[]): Generator<Settled<T>, void> {
  const finishers = new Finishers(coroutines)
  try {
    for (let left = finishers.size; left > 0; left--) {
      engine.driveUntil(() => {
        if (!finishers.hasNext) engine.turn()
        return finishers.hasNext
      }, {})
      yield finishers.take()
    }
  } finally {
    finishers.stopListening()
  }
}

export function asCompleted<T>(engine: Driver, pendings: Iterable<Pending<T>>): AsyncGenerator<Settled<T>, void> {
  return awaiting(engine, coroutinesOf(engine, pendings))
}

async function* awaiting<T>(engine: Driver, coroutines: readonly Coroutine<T>[]): AsyncGenerator<Settled<T>, void> {
  const finishers = new Finishers(coroutines)
  for (const coroutine of coroutines) engine.attach(coroutine)
  try {
    for (let left = finishers.size; left > 0; left--) {
      if (!finishers.hasNext) await finishers.next()
      yield finishers.take()
    }
  } finally {
    for (const coroutine of coroutines) engine.detach(coroutine)
    finishers.stopListening()
  }
}

/** Queues coroutines in the order they finish. */
class Finishers<T> {
  readonly size: number
  readonly #order = new Fifo<Settled<T>>()
  readonly #undo: (() => void)[]
  #onNext: (() => void) | undefined

  constructor(coroutines: readonly Coroutine<T>[]) {
    this.size = coroutines.length
    this.#undo = coroutines.map((coroutine, index) =>
      coroutine.onFinish(() => {
        this.#order.push(settled(coroutine, index))
        this.#onNext?.()
      }),
    )
  }

  get hasNext(): boolean {
    return this.#order.size > 0
  }

  take(): Settled<T> {
    return this.#order.shift() as Settled<T>
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#onNext = resolve
    })
  }

  stopListening(): void {
    for (const undo of this.#undo) undo()
  }
}

function settled<T>(pending: Coroutine<T>, index: number): Settled<T> {
  return pending.state === 'returned'
    ? { index, pending, status: 'fulfilled', value: pending.content as T }
    : { index, pending, status: 'rejected', reason: pending.content }
}

function coroutinesOf<T>(engine: Driver, pendings: Iterable<Pending<T>>): Coroutine<T>[] {
  if (typeof pendings?.[Symbol.iterator] !== 'function') throw new InvalidArgumentError('not a list of pendings')
  return Array.from(pendings, (pending) => coroutineOf(engine, pending))
}

function coroutineOf<T>(engine: Driver, pending: Pending<T>): Coroutine<T> {
  if (pending instanceof Coroutine && pending.engine === engine) return pending
  throw new InvalidArgumentError('not a pending of this scheduler')
}
