/** How the iterator of an operation is moved: the one place that calls `next`, `throw` and `return`. */

import type { Effect, Operation } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import { isPromise } from '../base/realms.js'

/** The iterator of an operation. */
export type Steps = Iterator<Effect<unknown>, unknown, unknown>

/** How to go on: what to call on the iterator, with what. */
export interface Resumption {
  readonly method: 'next' | 'throw' | 'return'
  readonly value: unknown
}

/** The way down: run the `finally` blocks. */
export const UNWIND: Resumption = Object.freeze({ method: 'return', value: undefined })

/**
 * Every closure that is a generator function has a prototype of its own, so its generators have a hidden class of their
 * own, and looking up `next` on them misses every cache. All of them inherit from this object, and what it calls is what
 * they would call. Measured: half the time of the whole work at 1,000 coroutines.
 */
const generatorFunctions: object = Object.getPrototypeOf(function* () {})
const generators: Steps = (generatorFunctions as { readonly prototype: Steps }).prototype
const generatorNext = generators.next

/** What all generators are instances of. Unlike a call of `isPrototypeOf`, `instanceof` is compiled in place. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generators

/** Nobody can add to it, for whoever did would add to all. */
const plain: object = Object.freeze(Object.create(generators))

/**
 * A generator function that nobody has given a prototype gets the one of all. A closure that is spawned once,
 * `spawn(function* () { ... })`, has its own made when it is called, with hidden classes for it, and nobody ever looks at it.
 * Measured: of the bytes of such a coroutine a quarter.
 */
function lighten(operation: object): void {
  if (Object.getPrototypeOf(operation) !== generatorFunctions) return
  // By `Reflect`: an inline cache would miss for each new closure.
  const prototype: unknown = Reflect.get(operation, 'prototype')
  if (prototype !== plain && isUntouched(prototype)) Reflect.set(operation, 'prototype', plain)
}

function isUntouched(prototype: unknown): boolean {
  if (typeof prototype !== 'object' || prototype === null) return false
  return Object.getPrototypeOf(prototype) === generators && Reflect.ownKeys(prototype).length === 0
}

export function start(operation: () => Operation<unknown>): Steps {
  lighten(operation)
  const operable = operation()
  if (isGenerator(operable)) return operable
  if (typeof (operable as Partial<Operation<unknown>> | undefined)?.[Symbol.iterator] !== 'function')
    throw notAnOperation(operable)
  const steps = operable[Symbol.iterator]()
  if (typeof (steps as Partial<Steps> | undefined)?.next !== 'function')
    throw new InvalidArgumentError('what was spawned returned no operation: its iterator has no next')
  return steps
}

/** Whoever spawns an async function has this failure to read. That of its promise would be nobody's. */
function notAnOperation(returned: unknown): InvalidArgumentError {
  const rule = 'spawn takes a function that returns an operation, such as a generator function'
  if (isPromise(returned)) {
    returned.catch(() => {})
    return new InvalidArgumentError(`${rule}, and this one returned a promise: yield* promised(it) in a generator`)
  }
  const isAsync =
    typeof (returned as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator] === 'function'
  return new InvalidArgumentError(isAsync ? `${rule}; this one is asynchronous` : rule)
}

export function next(steps: Steps, sent: unknown): IteratorResult<Effect<unknown>, unknown> {
  return isGenerator(steps) ? generatorNext.call(steps, sent) : steps.next(sent)
}

export function resume(steps: Steps, { method, value }: Resumption): IteratorResult<Effect<unknown>, unknown> {
  if (method === 'next') return next(steps, value)
  if (method === 'return') return steps.return?.() ?? { done: true, value: undefined }
  if (steps.throw === undefined) throw value
  return steps.throw(value)
}

function isGenerator(value: unknown): value is Generator<Effect<unknown>> {
  return value instanceof AnyGenerator
}
