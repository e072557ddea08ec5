/** Reads the options that `openCache` and `startHost` share: the store, and the cache's id. */

import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions, printed } from '../base/options.js'
import { checkMaxBytes } from '../store/memory.js'

/** The store for responses. */
export interface StoreOptions {
  /** The only kind: a store in memory, which ends with the process. */
  readonly kind: 'memory'
  /** Bytes of heads and bodies together. 256 MiB by default. */
  readonly maxBytes?: number
}

const STORE: ReadonlySet<string> = new Set(['kind', 'maxBytes'])
const DEFAULT_BYTES = 256 * 1024 * 1024
/** The characters allowed in a string of `Cache-Status` (RFC 8941 3.3.3). */
const ID = /^[\x20-\x7e]+$/

/** The store's options with defaults filled in, as plain data. Throws `InvalidArgumentError`. */
export function readStore(store: StoreOptions = { kind: 'memory' }): Required<StoreOptions> {
  checkOptions(store, STORE, 'store.')
  const { kind, maxBytes = DEFAULT_BYTES } = store
  if (kind !== 'memory') throw new InvalidArgumentError(`there is no store of the kind ${printed(kind)}`)
  checkMaxBytes(maxBytes)
  return { kind, maxBytes }
}

/** The id, or its default. Throws `InvalidArgumentError`. */
export function readId(id: unknown = 'tidewait'): string {
  if (typeof id !== 'string' || !ID.test(id)) throw new InvalidArgumentError('id must be a name in visible ASCII')
  return id
}
