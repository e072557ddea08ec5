/** Worker threads that have joined the host and play the parts that scenes give them. */

import { Worker } from 'node:worker_threads'
import type { HostThread } from '../../client/host-thread.js'
import type { Part, Task } from './part.js'

/** What a member of the crew is sent. */
export interface Role {
  /** The name of its function. */
  readonly part: string
  readonly task: Task
}

/** What it sends back: that it is where the scene wanted it, perhaps, and how the part ended. */
export type Word =
  | { readonly says: 'ready' }
  | { readonly says: 'done'; readonly result: unknown }
  | { readonly says: 'failed'; readonly failure: unknown }

/** A part being played, by one thread or by all. */
export interface Shift<T> {
  /** Every thread has come to the point that its part calls ready. */
  readonly ready: Promise<void>
  /** What the part returned, for each thread. */
  readonly results: Promise<T[]>
}

export class Crew implements AsyncDisposable {
  readonly #members: readonly Member[]

  /** Threads join a host by ticket: one ticket each, its port in the transfer list. */
  constructor(host: HostThread, size: number) {
    this.#members = Array.from({ length: size }, () => {
      const ticket = host.ticket()
      const file = new URL('./scenes/worker.js', import.meta.url)
      return new Member(new Worker(file, { workerData: { ticket }, transferList: [ticket.port] }))
    })
  }

  get size(): number {
    return this.#members.length
  }

  /** Every thread plays `part`. */
  play<T>(part: Part<T>, task: Task): Shift<T> {
    const turns = this.#members.map((member) => member.play<T>({ part: part.name, task }))
    const results = allOf(turns.map(({ end }) => end))
    const ready = allOf(turns.map(({ ready }) => ready)).then(() => {})
    // A scene that was broken off no longer waits for either of them.
    for (const promise of [results, ready]) promise.catch(() => {})
    return { ready, results }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.end()))
  }
}

/** One thread, playing one part at a time. */
class Member {
  readonly #worker: Worker
  #turn: Turn | undefined
  /** Why the thread can play no more. */
  #loss: unknown

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (word: Word) => this.#turn?.hear(word))
    worker.on('error', (failure) => this.#lost(failure))
    worker.on('exit', () => this.#lost(new Error('a thread of the crew has ended')))
  }

  play<T>(role: Role): { readonly ready: Promise<void>; readonly end: Promise<T> } {
    const turn = new Turn()
    this.#turn = turn
    if (this.#loss === undefined) this.#worker.postMessage(role)
    else turn.hear({ says: 'failed', failure: this.#loss })
    return { ready: turn.ready, end: turn.end as Promise<T> }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #lost(failure: unknown): void {
    this.#loss ??= failure
    this.#turn?.hear({ says: 'failed', failure: this.#loss })
  }
}

/** The two things a scene may wait for. A part that ends was ready, if it says so or not. */
class Turn {
  hear: (word: Word) => void = () => {}
  readonly end = new Promise<unknown>((resolve, reject) => {
    this.hear = (word) => {
      if (word.says === 'done') resolve(word.result)
      if (word.says === 'failed') reject(word.failure)
    }
  })
  readonly ready = new Promise<void>((resolve, reject) => {
    const { hear } = this
    this.hear = (word) => (word.says === 'ready' ? resolve() : hear(word))
    this.end.then(() => resolve(), reject)
  })
}

/** All of them, or the first failure once every one has ended: nobody is left in the middle of a part. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
