/** Checks options at the call: an unknown option is an error and never ignored. */

import { inspect } from 'node:util'
import { InvalidArgumentError } from './errors.js'

/**
 * Throws `InvalidArgumentError` unless `given` is an object all of whose options are `known`. `where` is the prefix of their
 * names in the message: `store.`, for instance.
 */
export function checkOptions(given: unknown, known: ReadonlySet<string>, where = ''): asserts given is object {
  checkObject(where.slice(0, -1) || 'options', given)
  for (const name of Object.keys(given))
    if (!known.has(name))
      throw new InvalidArgumentError(`there is no option ${where}${name}; there are: ${[...known].join(', ')}`)
}

/** Throws `InvalidArgumentError` unless `given` is a record; see `isRecord`. */
export function checkObject(what: string, given: unknown): asserts given is object {
  if (!isRecord(given)) throw new InvalidArgumentError(`${what} must be an object, not ${printed(given)}`)
}

/** Whether `given` is an object with named fields. An iterable or a promise is not: all that it holds would be ignored. */
export function isRecord(given: unknown): given is object {
  if (typeof given !== 'object' || given === null) return false
  return !(Symbol.iterator in given || Symbol.asyncIterator in given || 'then' in given)
}

/** Throws `InvalidArgumentError` unless `value` is a number of milliseconds, `Infinity` included. */
export function checkMs(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0))
    throw new InvalidArgumentError(`${name} must be a number of at least 0, not ${printed(value)}`)
}

/** Any value, as the message of an error shows it. */
export function printed(given: unknown): string {
  return inspect(given, { depth: 0, maxStringLength: 100 })
}

/** Throws `InvalidArgumentError` unless `value`, given as `name`, is a list. */
export function checkList(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new InvalidArgumentError(`${name} is a list of names, not ${printed(value)}`)
}
