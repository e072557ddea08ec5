/** Options, checked at the call: what nobody knows is a mistake of whoever wrote it, and never passed over. */

import { inspect } from 'node:util'
import { InvalidArgumentError } from './errors.js'

/**
 * Throws `InvalidArgumentError` unless `given` is an object all of whose options are `known`. `where` stands in front of
 * their names: `store.`, for instance.
 */
export function checkOptions(given: unknown, known: ReadonlySet<string>, where = ''): asserts given is object {
  checkObject(where.slice(0, -1) || 'options', given)
  for (const name of Object.keys(given))
    if (!known.has(name))
      throw new InvalidArgumentError(`there is no option ${where}${name}; there are: ${[...known].join(', ')}`)
}

/** Throws `InvalidArgumentError` for what is no object with names of its own. */
export function checkObject(what: string, given: unknown): asserts given is object {
  if (!isRecord(given)) throw new InvalidArgumentError(`${what} must be an object, not ${printed(given)}`)
}

/** What has to be iterated or awaited first has no names of its own: all that it says would be passed over. */
export function isRecord(given: unknown): given is object {
  if (typeof given !== 'object' || given === null) return false
  return !(Symbol.iterator in given || Symbol.asyncIterator in given || 'then' in given)
}

/** A number of milliseconds, `Infinity` included. Throws `InvalidArgumentError`. */
export function checkMs(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0))
    throw new InvalidArgumentError(`${name} must be a number of at least 0, not ${printed(value)}`)
}

/** `given` as the message of an error shows it, whatever it is. */
export function printed(given: unknown): string {
  return inspect(given, { depth: 0, maxStringLength: 100 })
}
