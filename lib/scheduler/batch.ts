/** Many pendings at once: the first to finish, or all of them in the order they finish. */

import { InvalidArgumentError } from '../base/errors.js'
import { Fifo } from '../base/fifo.js'
import { Coroutine, type Driver } from './coroutine.js'
import type { Pending, Selected, Settled, WaitOptions } from './pending.js'

/** As many as one select takes (semantics 1.4). */
const MOST_PENDINGS = 16_384

export function select<T, P extends Pending<T>>(
  engine: Driver,
  pendings: readonly P[],
  options: WaitOptions,
): Selected<T, P> {
  checkList(pendings)
  if (pendings.length === 0) throw new InvalidArgumentError('select takes at least one pending')
  if (pendings.length > MOST_PENDINGS)
    throw new InvalidArgumentError(`select takes at most ${MOST_PENDINGS} pendings, not ${pendings.length}`)
  const coroutines = pendings.map((pending) => own(engine, pending))
  const index = firstFinished(engine, coroutines, options)
  const value = (coroutines[index] as Coroutine<T>).answer()
  return { index, value, rest: pendings.toSpliced(index, 1) }
}

/**
 * What has finished is asked for before anything moves, so that the lowest index wins whenever several have. They may be many,
 * and each of them may be woken often before it finishes: who has is looked for only after somebody did.
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
  return blocking(engine, ownAll(engine, pendings))
}

function* blocking<T>(engine: Driver, coroutines: readonly Coroutine<T>[]): Generator<Settled<T>, void> {
  const finishers = new Finishers(coroutines)
  try {
    for (let left = finishers.size; left > 0; left--) {
      engine.driveUntil(() => {
        if (!finishers.some) engine.turn()
        return finishers.some
      }, {})
      yield finishers.take()
    }
  } finally {
    finishers.dismiss()
  }
}

export function asCompleted<T>(engine: Driver, pendings: Iterable<Pending<T>>): AsyncGenerator<Settled<T>, void> {
  return awaiting(engine, ownAll(engine, pendings))
}

async function* awaiting<T>(engine: Driver, coroutines: readonly Coroutine<T>[]): AsyncGenerator<Settled<T>, void> {
  const finishers = new Finishers(coroutines)
  for (const coroutine of coroutines) engine.attach(coroutine)
  try {
    for (let left = finishers.size; left > 0; left--) {
      if (!finishers.some) await finishers.next()
      yield finishers.take()
    }
  } finally {
    for (const coroutine of coroutines) engine.detach(coroutine)
    finishers.dismiss()
  }
}

/** Pendings in the order they finish. */
class Finishers<T> {
  readonly size: number
  readonly #order = new Fifo<Settled<T>>()
  readonly #undo: (() => void)[]
  #arrived: (() => void) | undefined

  constructor(coroutines: readonly Coroutine<T>[]) {
    this.size = coroutines.length
    this.#undo = coroutines.map((coroutine, index) =>
      coroutine.onFinish(() => {
        this.#order.push(settled(coroutine, index))
        this.#arrived?.()
      }),
    )
  }

  get some(): boolean {
    return this.#order.size > 0
  }

  take(): Settled<T> {
    return this.#order.shift() as Settled<T>
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve
    })
  }

  dismiss(): void {
    for (const undo of this.#undo) undo()
  }
}

function settled<T>(pending: Coroutine<T>, index: number): Settled<T> {
  return pending.state === 'returned'
    ? { index, pending, status: 'fulfilled', value: pending.content as T }
    : { index, pending, status: 'rejected', reason: pending.content }
}

function checkList(pendings: unknown): void {
  if (!Array.isArray(pendings)) throw new InvalidArgumentError('select takes a list of pendings')
}

function ownAll<T>(engine: Driver, pendings: Iterable<Pending<T>>): Coroutine<T>[] {
  if (typeof pendings?.[Symbol.iterator] !== 'function') throw new InvalidArgumentError('not a list of pendings')
  return Array.from(pendings, (pending) => own(engine, pending))
}

function own<T>(engine: Driver, pending: Pending<T>): Coroutine<T> {
  if (pending instanceof Coroutine && pending.engine === engine) return pending
  throw new InvalidArgumentError('not a pending of this scheduler')
}
