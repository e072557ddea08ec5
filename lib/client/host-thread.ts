/** Starts a host in a thread of its own, and holds it: tickets, statistics, close. */

import { once } from 'node:events'
import { isMainThread, Worker } from 'node:worker_threads'
import { systemClock } from '../base/clock.js'
import { type CloseOptions, readDrainMs } from '../base/drain.js'
import { ClosedError, InvalidArgumentError, type TidewaitError } from '../base/errors.js'
import { checkObject, checkOptions, printed } from '../base/options.js'
import { nothingToUndo, type Undo } from '../base/undo.js'
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
import { readId, readStore } from './cache-options.js'
import { connect } from './connect.js'
import type { CacheOptions } from './open-cache.js'
import type { Stats } from './stats.js'

/** The options of `openCache`, except those that cannot cross to another thread. */
export interface HostOptions extends Omit<CacheOptions, 'clock' | 'fetch'> {
  /**
   * The lease of a request with hooks, in milliseconds, at least 1,000; 10,000 by default. If such a request leads, and its thread
   * stands still for so long, in a loop for instance, one of the waiters leads in its place.
   */
  readonly leaseMs?: number
}

/** The `workerData` that the host's thread is started with. */
export interface HostWorkerData {
  readonly options: HostOptions
  readonly life: SharedArrayBuffer
  readonly standings: SharedArrayBuffer
}

/** The messages to the host's thread. */
export type HostCommand =
  | { readonly do: 'admit'; readonly admission: Admission }
  | { readonly do: 'close'; readonly drainMs: number }

/** The message from the host's thread, after its first: a line's memory is free for the next guest. */
export interface HostMessage {
  readonly freed: SharedArrayBuffer
}

/** The file lies beside this one, in the package and in a bundle. */
const HOST_FILE = './host-worker.js'
const BUNDLED =
  'a host thread starts from a file of its own. A bundler must leave tidewait external, or also bundle ' +
  'tidewait/host-worker, to a host-worker.js beside what calls startHost'

/** How many freed lines' memory is kept for later guests. */
const MOST_FREE = 64

/** The known options, including those that cannot cross to another thread, for which there is an error of its own. */
const OPTIONS: ReadonlySet<string> = new Set(['store', 'backends', 'policy', 'id', 'leaseMs', 'clock', 'fetch'])
/** How long a closing thread may take beyond its drain before it is terminated. */
const GRACE_MS = 2000
/** A lease must be several times as long as the interval at which threads show that they still run. */
const SHORTEST_LEASE_MS = 1000

/**
 * Starts a thread that runs the network, the transactions and the store for all threads that join it.
 *
 * @throws InvalidArgumentError for an unknown or invalid option, and in a bundle that lacks the file from which the thread starts
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
    // A program given by `--eval` may run with `--input-type`, which a thread started from a file refuses.
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
    worker.on('message', ({ freed }: HostMessage) => {
      if (this.#free.length < MOST_FREE) this.#free.push(freed)
    })
    // The listener on messages would keep this thread's event loop running.
    worker.unref()
    // If the host's thread dies of an error, all requests that wait for the host fail with that. This thread goes on.
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
   * A ticket with which one thread can `connect`. Put `ticket.port` into the transfer list of the message that carries the ticket.
   * Close the port of a ticket that is not used.
   *
   * @throws ClosedError, HostLostError
   */
  ticket(): Ticket {
    if (this.#closed !== undefined) throw new ClosedError('the host')
    if (this.#life.isOver(0)) throw this.#life.loss
    const { ticket, admission } = issueTicket(this.#terms, this.#free.pop())
    const command: HostCommand = { do: 'admit', admission }
    this.#worker.postMessage(command, [admission.port])
    return ticket
  }

  /** Joins the host from this thread, as often as you like. @throws ClosedError, HostLostError */
  connect(): Cache {
    return connect(this.ticket())
  }

  /** The present statistics. Blocks for a round trip. @throws ClosedError, HostLostError */
  stats(): Stats {
    if (this.#closed !== undefined) throw new ClosedError('the host')
    this.#own ??= joinHost(this.ticket())
    return this.#own.stats() as Stats
  }

  /**
   * Waits for background work, for `drainMs` milliseconds at most (10,000 by default), and ends the thread. Requests that still
   * wait for the host, in any thread and by any driver, fail with `HostLostError`. May be called twice.
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
    const command: HostCommand = { do: 'close', drainMs }
    this.#worker.postMessage(command)
    const stopTimer = systemClock.setTimer(drainMs + GRACE_MS, () => void this.#worker.terminate())
    await this.#exit
    stopTimer()
  }
}

/** The hosts that this thread has started. When a thread ends, Node ends the threads it has started without running their code. */
const startedHere = new Set<Life>()

/**
 * Ends `life` when this thread exits, except by termination from outside, which runs no code. Not when the main thread exits: no
 * guest outlives that, and `exit` listeners there may still ask the host. Returns the undo.
 */
function endWithThread(life: Life): Undo {
  if (isMainThread) return nothingToUndo
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

/** The options without instances of classes, which a message would not keep. */
function plain(options: HostOptions): HostOptions {
  if (options.backends === undefined) return options
  const backends = Object.entries(options.backends).map(([name, backend]) => {
    if (backend instanceof URL) return [name, backend.href]
    return [name, typeof backend === 'object' ? { ...backend, url: String(backend.url) } : backend]
  })
  return { ...options, backends: Object.fromEntries(backends) }
}

/** The file of the host's thread. Throws `InvalidArgumentError` without `import.meta.url`, in a CommonJS bundle for instance. */
function hostFile(): URL {
  // Written out, because bundlers replace exactly this expression by a URL. Not written inside `new Worker(...)`: bundlers that
  // know that pattern would bundle the file as a browser's worker.
  const url: string | undefined = import.meta.url
  if (url === undefined) throw new InvalidArgumentError(`there is no import.meta.url here: ${BUNDLED}`)
  return new URL(HOST_FILE, url)
}

/** Waits until the thread has started. Fails with the thread's own error, for an unknown option for instance. */
async function started(worker: Worker): Promise<void> {
  const first = Promise.race([once(worker, 'message'), once(worker, 'exit')])
  const [word] = await first.catch((failure: Partial<TidewaitError>) => {
    if (failure.code === 'MODULE_NOT_FOUND' || failure.code === 'ERR_MODULE_NOT_FOUND')
      throw new InvalidArgumentError(`${failure.message}: ${BUNDLED}`, { cause: failure })
    // An error that crosses threads keeps its properties, but loses its class.
    throw deserializeError({ ...serializeError(failure), ...(failure.blame && { blame: failure.blame }) })
  })
  if (word !== 'started') throw new Error(`the host's thread ended before it began (${String(word)})`)
}
