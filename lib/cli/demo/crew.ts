/** The crew: worker threads that have joined the host, and play the parts that scenes give them. */

import { Worker } from 'node:worker_threads'
import type { HostThread } from '../../client/host-thread.js'
import type { Part, Task } from './part.js'

/** What a member of the crew is sent: a part to play. */
export interface Assignment {
  /** The name of the part's function. */
  readonly part: string
  readonly task: Task
}

/** What a member sends back: that its part is ready, if the part says so, and then how it ended. */
export type MemberMessage =
  | { readonly is: 'ready' }
  | { readonly is: 'done'; readonly result: unknown }
  | { readonly is: 'failed'; readonly failure: unknown }

/** A part that all threads play. */
export interface RunningPart<T> {
  /** Resolves when the part is ready on each thread. */
  readonly ready: Promise<void>
  /** Resolves with what the part returned on each thread. */
  readonly results: Promise<T[]>
}

export class Crew implements AsyncDisposable {
  readonly #members: readonly Member[]

  /** Each thread joins the host by a ticket of its own, whose port is in the transfer list. */
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

  /** Has each thread play `part`. */
  play<T>(part: Part<T>, task: Task): RunningPart<T> {
    const runs = this.#members.map((member) => member.play<T>({ part: part.name, task }))
    const results = allOf(runs.map(({ end }) => end))
    const ready = allOf(runs.map(({ ready }) => ready)).then(() => {})
    // A scene that has failed may wait for neither of them; their rejection must not count as unhandled.
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
  #run: MemberRun | undefined
  /** Why the thread has ended, if it has. */
  #failure: unknown

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: MemberMessage) => this.#run?.receive(message))
    worker.on('error', (failure) => this.#fail(failure))
    worker.on('exit', () => this.#fail(new Error('a thread of the crew has ended')))
  }

  play<T>(assignment: Assignment): { readonly ready: Promise<void>; readonly end: Promise<T> } {
    const run = new MemberRun()
    this.#run = run
    if (this.#failure === undefined) this.#worker.postMessage(assignment)
    else run.receive({ is: 'failed', failure: this.#failure })
    return { ready: run.ready, end: run.end as Promise<T> }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(failure: unknown): void {
    this.#failure ??= failure
    this.#run?.receive({ is: 'failed', failure: this.#failure })
  }
}

/** A part on one thread. A part that has ended counts as ready, whether or not it has said so. */
class MemberRun {
  receive: (message: MemberMessage) => void = () => {}
  readonly end = new Promise<unknown>((resolve, reject) => {
    this.receive = (message) => {
      if (message.is === 'done') resolve(message.result)
      if (message.is === 'failed') reject(message.failure)
    }
  })
  readonly ready = new Promise<void>((resolve, reject) => {
    const { receive } = this
    this.receive = (message) => (message.is === 'ready' ? resolve() : receive(message))
    this.end.then(() => resolve(), reject)
  })
}

/** All results, or the first failure; in both cases only when all have settled, so that no thread is in the middle of a part. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
