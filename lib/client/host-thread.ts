/** A host in a thread of its own, as whoever started it holds it. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { systemClock } from '../base/clock.js'
import { type CloseOptions, readDrainMs } from '../base/drain.js'
import { ClosedError, InvalidArgumentError, type TidewaitError } from '../base/errors.js'
import { checkObject, checkOptions, printed } from '../base/options.js'
import { joinHost } from '../bridge/guest/guest.js'
import type { RemoteHost } from '../bridge/guest/remote-host.js'
import { hasSubscribers } from '../bridge/guest/subscriptions.js'
import { Life, lifeMemory } from '../bridge/life.js'
import { deserializeError, serializeError } from '../bridge/line/serialized-errors.js'
import { type Admission, issueTicket, type Ticket, type TicketTerms } from '../bridge/ticket.js'
import { standingsMemory } from '../cache/standings.js'
import { readBackend } from '../host/backends.js'
import { type Policy, resolvePolicy } from '../http/policy.js'
import type { Cache } from './cache.js'
import { connect } from './connect.js'
import type { CacheOptions } from './open-cache.js'
import type { Stats } from './stats.js'
import { readId, readStore } from './told-at-start.js'

/** As for `openCache`, but for what cannot cross to another thread. */
export interface HostOptions extends Omit<CacheOptions, 'clock' | 'fetch'> {
  /**
   * How long a thread whose hooks run there may stand still, in a loop for instance, while others wait for what it
   * fetches; then one of them fetches in its place. Milliseconds, at least 1,000; 10,000 by default.
   */
  readonly leaseMs?: number
}

/** What the host's thread is started with. */
export interface HostWorkerData {
  readonly options: HostOptions
  readonly life: SharedArrayBuffer
  readonly standings: SharedArrayBuffer
}

/** What the host's thread is told afterwards. */
export type HostOrder =
  | { readonly do: 'admit'; readonly admission: Admission }
  | { readonly do: 'close'; readonly drainMs: number }

/** What the host's thread says once it has started: a line's memory is free for the next. */
export interface HostWord {
  readonly freed: SharedArrayBuffer
}

/** Lies beside this file, in the package and in a bundle. */
const HOST_FILE = './host-worker.js'
const BUNDLED =
  'a host thread starts from a file of its own. A bundler must leave tidewait external, or also bundle ' +
  'tidewait/host-worker, to a host-worker.js beside what calls startHost'

/** Lines whose memory is kept for the next guests. */
const MOST_FREE = 64

/** Those that cannot cross included: their refusal says why. */
const OPTIONS: ReadonlySet<string> = new Set(['store', 'backends', 'policy', 'id', 'leaseMs', 'clock', 'fetch'])
/** How long a thread that was told to close may take beyond its drain before it is ended. */
const GRACE_MS = 2000
/** Threads show several times in the shortest lease that they turn. */
const SHORTEST_LEASE_MS = 1000

/**
 * Starts a thread that runs the network, the transactions and the store for all threads that join it.
 *
 * @throws InvalidArgumentError for an unknown option or one that cannot be meant, and in a bundle that has left out
 * the file in which the thread starts
 * @example
 * const host = await startHost()
 * const ticket = host.ticket()
 * const worker = new Worker(file, { workerData: { ticket }, transferList: [ticket.port] })
 * const cache = host.connect()      // this thread joins as well
 */
export async function startHost(options: HostOptions = {}): Promise<HostThread> {
  const policy = checked(options)
  const id = readId(options.id)
  const store = readStore(options.store)
  const life = lifeMemory()
  const standings = standingsMemory()
  const workerData: HostWorkerData = { options: { ...plain(options), store, id }, life, standings }
  const worker = new Worker(hostFile(), {
    workerData,
    name: 'tidewait host',
    // A program given by `--eval` may have said what kind of text that is, which a thread made from a file refuses.
    ...(process.execArgv.some((option) => option.startsWith('--input-type')) && { execArgv: [] }),
  })
  await started(worker)
  return HostThread.over(worker, {
    life,
    standings,
    policy,
    id,
    backends: Object.keys(options.backends ?? {}),
  })
}

/**
 * A running host. Threads join it by ticket. Disposable: `await using` closes it.
 *
 * @example
 * const host = await startHost({ leaseMs: 5_000 })
 * console.log(host.stats().guests)
 * await host.close({ drainMs: 1_000 })
 */
export class HostThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #terms: TicketTerms
  readonly #life: Life
  readonly #exit: Promise<void>
  readonly #free: SharedArrayBuffer[] = []
  #own: RemoteHost | undefined
  #closed: Promise<void> | undefined

  /** Made by `startHost` alone. */
  private constructor(worker: Worker, terms: TicketTerms) {
    this.#worker = worker
    this.#terms = terms
    this.#life = new Life(terms.life)
    worker.on('message', ({ freed }: HostWord) => {
      if (this.#free.length < MOST_FREE) this.#free.push(freed)
    })
    // To listen to it would keep this thread's event loop running.
    worker.unref()
    // What the thread dies of is told to all who wait for it. It is no reason for this thread to die as well.
    worker.on('error', (error) => this.#life.end(serializeError(error)))
    const undo = endWithThread(this.#life)
    this.#exit = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#life.end()
        undo()
        resolve()
      })
    })
    if (hasSubscribers()) this.#own = joinHost(this.ticket())
  }

  /** @internal */
  static over(worker: Worker, terms: TicketTerms): HostThread {
    return new HostThread(worker, terms)
  }

  /**
   * What one thread needs to `connect`. Name `ticket.port` in the transfer list of whatever carries it there; close the port
   * of a ticket that is not used after all.
   *
   * @throws ClosedError, HostLostError
   */
  ticket(): Ticket {
    if (this.#closed !== undefined) throw new ClosedError('the host')
    if (this.#life.isOver(0)) throw this.#life.loss
    const { ticket, admission } = issueTicket(this.#terms, this.#free.pop())
    const order: HostOrder = { do: 'admit', admission }
    this.#worker.postMessage(order, [admission.port])
    return ticket
  }

  /** This thread joins; as often as it likes. @throws ClosedError, HostLostError */
  connect(): Cache {
    return connect(this.ticket())
  }

  /** As they are now; blocks for a round trip. @throws ClosedError, HostLostError */
  stats(): Stats {
    if (this.#closed !== undefined) throw new ClosedError('the host')
    this.#own ??= joinHost(this.ticket())
    return this.#own.stats() as Stats
  }

  /**
   * Waits for background work, for `drainMs` milliseconds at most (10,000 by default), and ends the thread. Whoever still waits
   * for it, in any thread and by any driver, gets a `HostLostError`. Harmless when repeated.
   *
   * @throws InvalidArgumentError
   */
  close(options: CloseOptions = {}): Promise<void> {
    const drainMs = readDrainMs(options)
    this.#closed ??= this.#close(drainMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(drainMs: number): Promise<void> {
    this.#own?.shutDown()
    this.#worker.ref()
    const order: HostOrder = { do: 'close', drainMs }
    this.#worker.postMessage(order)
    const stopTimer = systemClock.setTimer(drainMs + GRACE_MS, () => void this.#worker.terminate())
    await this.#exit
    stopTimer()
  }
}

/** The hosts this thread has started. Node ends a thread together with those it has started, and lets these say nothing. */
const startedHere = new Set<Life>()

/** Has `life` end with this thread, if the thread is not terminated from outside: that runs nothing. Returns the undo. */
function endWithThread(life: Life): () => void {
  if (startedHere.size === 0) process.on('exit', endAll)
  startedHere.add(life)
  return () => {
    startedHere.delete(life)
    if (startedHere.size === 0) process.off('exit', endAll)
  }
}

function endAll(): void {
  for (const life of startedHere) life.end()
}

function checked(options: HostOptions): Policy {
  checkOptions(options, OPTIONS)
  for (const name of ['clock', 'fetch']) {
    if (name in options) throw new InvalidArgumentError(`${name} cannot cross to the host's thread; openCache takes it`)
  }
  const { backends = {} } = options
  checkObject('backends', backends)
  for (const [name, backend] of Object.entries(backends)) readBackend(name, backend)
  const { leaseMs } = options
  if (leaseMs !== undefined && !(typeof leaseMs === 'number' && leaseMs >= SHORTEST_LEASE_MS))
    throw new InvalidArgumentError(`leaseMs is a number of at least ${SHORTEST_LEASE_MS}, not ${printed(leaseMs)}`)
  return resolvePolicy(options.policy)
}

/** Without the classes that a message would not keep. */
function plain(options: HostOptions): HostOptions {
  if (options.backends === undefined) return options
  const backends = Object.entries(options.backends).map(([name, backend]) => {
    if (backend instanceof URL) return [name, backend.href]
    return [name, typeof backend === 'object' ? { ...backend, url: String(backend.url) } : backend]
  })
  return { ...options, backends: Object.fromEntries(backends) }
}

/** Throws `InvalidArgumentError` in a bundle that has no address of its own, a CommonJS one for instance. */
function hostFile(): URL {
  // Written out, for bundlers replace these very words by an address. Not in the call of `new Worker`: those that know the pattern
  // would make of it what they make of browsers' workers.
  const url: string | undefined = import.meta.url
  if (url === undefined) throw new InvalidArgumentError(`there is no import.meta.url here: ${BUNDLED}`)
  return new URL(HOST_FILE, url)
}

/** Fails with what the thread failed with, an option it did not know for instance. */
async function started(worker: Worker): Promise<void> {
  const first = Promise.race([once(worker, 'message'), once(worker, 'exit')])
  const [word] = await first.catch((failure: Partial<TidewaitError>) => {
    if (failure.code === 'MODULE_NOT_FOUND' || failure.code === 'ERR_MODULE_NOT_FOUND')
      throw new InvalidArgumentError(`${failure.message}: ${BUNDLED}`, { cause: failure })
    // On its way here it has kept what it says, and lost its class.
    throw deserializeError({ ...serializeError(failure), ...(failure.blame && { blame: failure.blame }) })
  })
  if (word !== 'started') throw new Error(`the host's thread ended before it began (${String(word)})`)
}
