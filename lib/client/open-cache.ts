/** A cache whose host is this thread. */

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
import type { Stats } from './stats.js'
import { readId, readStore, type StoreOptions } from './told-at-start.js'

/** Options of a cache. All of them may be left out; an unknown one is an error. */
export interface CacheOptions {
  /** `{ kind: 'memory' }` by default. */
  readonly store?: StoreOptions
  /** Name to base URL, or to all options of that backend. A request that names none goes to its URL's own origin. */
  readonly backends?: Readonly<Record<string, string | URL | BackendOptions>>
  /** `rfc9111` by default. */
  readonly policy?: PolicyChoice
  /** The clock for freshness, timers and `Date`; the machine's by default. */
  readonly clock?: Clock
  /** Sends everything, in place of the library's own connections: timeouts, TLS and pools are its own then. */
  readonly fetch?: Fetch
  /** What the cache calls itself in `Cache-Status`: `tidewait` by default. */
  readonly id?: string
}

const KNOWN: ReadonlySet<string> = new Set(['store', 'backends', 'policy', 'clock', 'fetch', 'id'])

/**
 * Opens a cache whose network, transactions and store are in this thread. `wait()` answers at once what needs no event
 * loop, a fresh hit for instance, and throws `WouldDeadlockError` otherwise; to block, `startHost`.
 *
 * @throws InvalidArgumentError for an unknown option or one that cannot be meant
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

/** Memory that other threads read as well. */
interface HostMemory {
  readonly allocator?: MemoryStoreOptions['allocator']
  readonly standings?: SharedArrayBuffer
}

/**
 * @internal A host in this thread, and what goes with it, from checked options. For development, `TIDEWAIT_INVARIANTS=1`
 * in the environment makes it check the state of all transactions after every step, and the conduct of every request
 * (semantics 2.9); slow.
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
