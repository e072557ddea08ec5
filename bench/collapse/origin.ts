/** The runner's side of the origin: starts its process, sends it commands and ends it. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { OriginAnswer } from './declaration.js'

/** One request as the origin received it. */
export interface Received {
  readonly method: string
  /** The names of its fields, in lower case. */
  readonly fields: readonly string[]
}

/** The requests that the origin received for one path. */
export interface Ledger {
  /** In the order of arrival. */
  readonly requests: readonly Received[]
  /** The highest number of requests that were unanswered at one time. */
  readonly mostAtOnce: number
}

/** How the origin is to answer one path from now on. */
export interface PathSetup {
  readonly path: string
  readonly answers: readonly OriginAnswer[]
  readonly gate: 'open' | 'closed'
  /** The number of the next request, which `{nth}` stands for. */
  readonly first: number
}

/** The commands of the origin. Each concerns one path. */
export interface Commands {
  /** Sets the answers and empties the ledger. With the gate closed, every request waits for `open` before its answer is begun. */
  begin(argument: PathSetup): Promise<void>
  open(argument: { path: string }): Promise<void>
  /** Resolves once `count` requests have come. */
  reached(argument: { path: string; count: number }): Promise<void>
  ledger(argument: { path: string }): Promise<Ledger>
}

/** A command as it is sent to the process; the `Reply` has the same serial number. */
export interface Command {
  readonly serial: number
  readonly name: keyof Commands
  readonly argument: unknown
}

export interface Reply {
  readonly serial: number
  readonly result: unknown
}

const PROCESS = fileURLToPath(new URL('origin-process.js', import.meta.url))

export class Origin implements Commands, AsyncDisposable {
  readonly #child: ChildProcess
  readonly #unanswered = new Map<number, (result: never) => void>()
  #serial = 0

  private constructor(
    child: ChildProcess,
    readonly port: number,
  ) {
    this.#child = child
    child.on('message', ({ serial, result }: Reply) => {
      this.#unanswered.get(serial)?.(result as never)
      this.#unanswered.delete(serial)
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

  readonly begin: Commands['begin'] = (argument) => this.#ask('begin', argument)
  readonly open: Commands['open'] = (argument) => this.#ask('open', argument)
  readonly reached: Commands['reached'] = (argument) => this.#ask('reached', argument)
  readonly ledger: Commands['ledger'] = (argument) => this.#ask('ledger', argument)

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    await exit
  }

  #ask<T>(name: keyof Commands, argument: unknown): Promise<T> {
    const serial = ++this.#serial
    return new Promise((resolve) => {
      this.#unanswered.set(serial, resolve)
      this.#child.send({ serial, name, argument } satisfies Command)
    })
  }
}
