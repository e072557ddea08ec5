/** Starts and resumes the iterator of an operation: the only file that calls `next`, `throw` and `return` on it. */

import type { Effect, Operation } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import { isPromise } from '../base/realms.js'
import { START, STARTED } from './ready.js'

/** The iterator of an operation. */
export type Steps = Iterator<Effect<unknown>, unknown, unknown>

/** How to resume an iterator: which method to call, and with what. */
export interface Resumption {
  readonly method: 'next' | 'throw' | 'return'
  readonly value: unknown
}

/** Has an iterator run its `finally` blocks and end. */
export const UNWIND: Resumption = Object.freeze({ method: 'return', value: undefined })

/**
 * The object from which all generators inherit `next`. Every closure that is a generator function has its own prototype, and
 * its generators so have their own hidden class: a lookup of `next` on them misses every inline cache. Calling the `next` of
 * this object directly does the same without that lookup. Measured: it halves the time of the whole work at 1,000 coroutines.
 */
const generatorFunctions: object = Object.getPrototypeOf(function* () {})
const generators: Steps = (generatorFunctions as { readonly prototype: Steps }).prototype
const generatorNext = generators.next

/** All generators of this realm are instances of this. `instanceof` is compiled inline, a call of `isPrototypeOf` is not. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generators

/** The prototype that `sharePrototype` gives out. Frozen, because what one function added to it all others would have. */
const shared: object = Object.freeze(Object.create(generators))

/**
 * Gives a generator function the shared prototype, unless its own was changed. A closure that is spawned once,
 * `spawn(function* () { ... })`, otherwise has a prototype of its own made when it is called, and hidden classes for that.
 * Measured: this saves a quarter of the memory of such a coroutine.
 */
function sharePrototype(operation: object): void {
  if (Object.getPrototypeOf(operation) !== generatorFunctions) return
  // `Reflect`, because an inline cache would miss for each new closure.
  const prototype: unknown = Reflect.get(operation, 'prototype')
  if (prototype !== shared && isUntouched(prototype)) Reflect.set(operation, 'prototype', shared)
}

function isUntouched(prototype: unknown): boolean {
  if (typeof prototype !== 'object' || prototype === null) return false
  return Object.getPrototypeOf(prototype) === generators && Reflect.ownKeys(prototype).length === 0
}

/** Makes the iterator of an operation. */
export function open(operation: () => Operation<unknown>): Steps {
  sharePrototype(operation)
  const operable = operation()
  if (isGenerator(operable)) return operable
  if (typeof (operable as Partial<Operation<unknown>> | undefined)?.[Symbol.iterator] !== 'function')
    throw notAnOperation(operable)
  const steps = operable[Symbol.iterator]()
  if (typeof (steps as Partial<Steps> | undefined)?.next !== 'function')
    throw new InvalidArgumentError('what was spawned returned no operation: its iterator has no next')
  return steps
}

/** The failure for a function that returned no operation. If it returned a promise, that promise's own rejection is ignored. */
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

/**
 * Starts an iterator. A generator in which another coroutine waits for readiness, a promise or a pending is left alone: it would
 * go on without what it waits for. One that waits for an Effection effect, or has ended, cannot be told from a new one.
 */
export function start(steps: Steps): IteratorResult<Effect<unknown>, unknown> {
  if (!isGenerator(steps)) return steps.next()
  const result = generatorNext.call(steps, START)
  if (result.value === STARTED) throw new InvalidArgumentError(STARTED_TWICE)
  return result
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

const STARTED_TWICE =
  'the generator that was spawned has been started before: spawn the function that makes it, which makes a new one each time'

function isGenerator(value: unknown): value is Generator<Effect<unknown>> {
  return value instanceof AnyGenerator
}
