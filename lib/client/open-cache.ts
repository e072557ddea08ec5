/** Opens a cache whose host runs in this thread. */

import { type Clock, checkClock, systemClock } from '../base/clock.js'
import { InvalidArgumentError } from '../base/errors.js'
import { checkObject, checkOptions } from '../base/options.js'
import { checksItself } from '../base/self-check.js'
import type { Fetch } from '../base/web-types.js'
import type { BackendOptions } from '../host/backends.js'
import { LocalHost } from '../host/local-host.js'
import { type PolicyChoice, resolvePolicy } from '../http/policy.js'
import { localAllocator } from '../store/allocators.js'
import { MemoryStore, type MemoryStoreOptions } from '../store/memory.js'
import { Cache } from './cache.js'
import { readId, readStore, type StoreOptions } from './cache-options.js'
import type { Stats } from './stats.js'

/** Options of a cache. All of them may be left out; an unknown one is an error. */
export interface CacheOptions {
  /** `{ kind: 'memory' }` by default. */
  readonly store?: StoreOptions
  /** Backends by name: a base URL, or all options of the backend. A request without a backend goes to its URL's own origin. */
  readonly backends?: Readonly<Record<string, string | URL | BackendOptions>>
  /** `rfc9111` by default. */
  readonly policy?: PolicyChoice
  /** The clock for freshness, timers and `Date`; the machine's by default. */
  readonly clock?: Clock
  /** Sends all requests in place of the library's own connections. Timeouts, TLS and pools are its own business then. */
  readonly fetch?: Fetch
  /** The name of the cache in `Cache-Status`: `tidewait` by default. */
  readonly id?: string
}

const KNOWN: ReadonlySet<string> = new Set(['store', 'backends', 'policy', 'clock', 'fetch', 'id'])

/**
 * Opens a cache whose network, transactions and store are in this thread. `wait()` returns an answer that needs no event loop, a
 * fresh hit for instance, and otherwise throws `WouldDeadlockError`. To block for any answer, use `startHost`.
 *
 * @throws InvalidArgumentError for an unknown or invalid option
 * @example
 * const cache = openCache()
 * const response = await cache.fetch('http://localhost:8080/')
 */
export function openCache(options: CacheOptions = {}): Cache<Stats> {
  const { host, clock, policy, id } = openHost(options)
  return Cache.over({
    host,
    policy,
    clock,
    id,
    stats: (guest) => ({ ...host.stats(), ...guest }),
    shutDown: () => host.shutDown(),
  })
}

/** Memory that other threads read too. */
interface HostMemory {
  readonly allocator?: MemoryStoreOptions['allocator']
  readonly standings?: SharedArrayBuffer
}

/**
 * @internal A host in this thread, with its clock, policy and id. Checks the options. For development, `TIDEWAIT_INVARIANTS=1` in
 * the environment makes it check the state of all transactions after every step, and the steps of every request (semantics 2.9),
 * which is slow.
 */
export function openHost(options: CacheOptions, { allocator = localAllocator, standings }: HostMemory = {}) {
  checkOptions(options, KNOWN)
  const { clock = systemClock, backends, fetch } = options
  const id = readId(options.id)
  if (backends !== undefined) checkObject('backends', backends)
  if (fetch !== undefined && typeof fetch !== 'function') throw new InvalidArgumentError('fetch must be a function')
  checkClock(clock)
  const policy = resolvePolicy(options.policy)
  const invariants = checksItself()
  const host = new LocalHost({
    clock,
    policy,
    backends,
    fetch,
    store: new MemoryStore({ maxBytes: readStore(options.store).maxBytes, allocator }),
    invariants,
    ...(standings && { standings }),
  })
  return { host, clock, policy, id }
}
