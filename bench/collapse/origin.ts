/** The origin as the runner holds it: a process to start, to tell what to answer, to ask what it got, and to end. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { OriginAnswer } from './declaration.js'

/** One request as the origin got it. */
export interface Received {
  readonly method: string
  /** Names of its fields, in lower case. */
  readonly fields: readonly string[]
}

export interface Ledger {
  /** In the order they came. */
  readonly requests: readonly Received[]
  /** Most that were under way at one time. */
  readonly mostAtOnce: number
}

export interface Beginning {
  readonly path: string
  readonly answers: readonly OriginAnswer[]
  readonly gate: 'open' | 'closed'
  /** The number of the next request, for `{nth}`. */
  readonly first: number
}

/** What it can be told and asked, of one path each. */
export interface Orders {
  /** From here on it answers like this; the ledger is empty. With the gate closed, every request waits for `open` first. */
  begin(about: Beginning): Promise<void>
  open(about: { path: string }): Promise<void>
  /** Done once so many requests have come. */
  reached(about: { path: string; count: number }): Promise<void>
  ledger(about: { path: string }): Promise<Ledger>
}

/** What goes to the process, and what comes back. */
export interface Order {
  readonly serial: number
  readonly name: keyof Orders
  readonly about: unknown
}

export interface Reply {
  readonly serial: number
  readonly result: unknown
}

const PROCESS = fileURLToPath(new URL('origin-process.js', import.meta.url))

export class Origin implements Orders, AsyncDisposable {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (result: never) => void>()
  #serial = 0

  private constructor(
    child: ChildProcess,
    readonly port: number,
  ) {
    this.#child = child
    child.on('message', ({ serial, result }: Reply) => {
      this.#asked.get(serial)?.(result as never)
      this.#asked.delete(serial)
    })
  }

  static async start(): Promise<Origin> {
    const child = fork(PROCESS)
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the origin ended before it began, with ${code}`)
    })
    const [port] = (await Promise.race([once(child, 'message'), ended])) as [number]
    ended.catch(() => {})
    return new Origin(child, port)
  }

  readonly begin: Orders['begin'] = (about) => this.#ask('begin', about)
  readonly open: Orders['open'] = (about) => this.#ask('open', about)
  readonly reached: Orders['reached'] = (about) => this.#ask('reached', about)
  readonly ledger: Orders['ledger'] = (about) => this.#ask('ledger', about)

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    await exit
  }

  #ask<T>(name: keyof Orders, about: unknown): Promise<T> {
    const serial = ++this.#serial
    return new Promise((resolve) => {
      this.#asked.set(serial, resolve)
      this.#child.send({ serial, name, about } satisfies Order)
    })
  }
}
