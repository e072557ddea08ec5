/** Worker threads that join a host and do one task each, told and heard through messages. */

import { once } from 'node:events'
import { type TransferListItem, Worker } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import type { HostThread } from '../../lib/client/host-thread.js'
import type { Stats } from '../../lib/index.js'
import type { TaskName } from './tasks.js'

export interface MemberData {
  readonly ticket: Ticket
  readonly task: TaskName
  readonly url: string
  /** Zero until the specs let members go on that block on it. */
  readonly gate: Int32Array
  readonly amount: number
}

export type Order = Partial<Pick<MemberData, 'url' | 'amount'>>

/** How a member left. */
export interface Exit {
  readonly code: number
  readonly error: Error | undefined
}

export class Member {
  readonly gate: Int32Array
  readonly exited: Promise<Exit>
  readonly #worker: Worker
  readonly #heard: unknown[] = []
  #error: Error | undefined
  #wake: () => void = () => {}

  constructor(host: HostThread, task: TaskName, { url = '', amount = 1 }: Order) {
    this.gate = new Int32Array(new SharedArrayBuffer(4))
    const ticket = host.ticket()
    const workerData: MemberData = { ticket, task, url, gate: this.gate, amount }
    const transferList = [ticket.port]
    this.#worker = new Worker(new URL('./member.js', import.meta.url), { workerData, transferList })
    this.#worker.on('message', (word) => {
      this.#heard.push(word)
      this.#wake()
    })
    this.#worker.on('error', (error) => {
      this.#error = error
    })
    this.exited = once(this.#worker, 'exit').then(
      ([code]) => ({ code, error: this.#error }),
      async (error: Error) => ({ code: 1, error }),
    )
    this.exited.then(() => this.#wake())
  }

  /** The next message of the member. Fails if the member leaves instead. */
  async hears<T = unknown>(): Promise<T> {
    let left: Exit | undefined
    this.exited.then((exit) => {
      left = exit
    })
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      if (this.#heard.length === 0 && left !== undefined)
        throw new Error('a member left without a word', { cause: left.error })
    }
    return this.#heard.shift() as T
  }

  tell(word: unknown, transferList: readonly TransferListItem[] = []): void {
    this.#worker.postMessage(word, transferList)
  }

  /** Lets the member go on if it blocks. */
  open(): void {
    Atomics.store(this.gate, 0, 1)
    Atomics.notify(this.gate, 0)
  }

  terminate(): Promise<number> {
    return this.#worker.terminate()
  }
}

/** What `stats()` of a host thread also says. */
export type HostThreadStats = Stats & { readonly guests: number }

export function statsOf(host: HostThread): HostThreadStats {
  return host.stats() as HostThreadStats
}

/** Resolves once `holds`, which is asked again whenever the event loop comes round. */
export async function until(what: string, holds: () => boolean, deadlineMs = 10_000): Promise<void> {
  const start = performance.now()
  while (!holds()) {
    if (performance.now() - start > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Resolves once nobody but the host's own thread holds anything there. */
export function untilFree(host: HostThread, guests = 1): Promise<void> {
  return until('everything is given back', () => {
    const { transactions, sends, guests: now } = statsOf(host)
    const { obligations, waiting, rememberedPurges } = transactions
    return obligations + waiting + rememberedPurges + sends.active === 0 && now === guests
  })
}
