/** `npm run soak`: ends threads at random while they send requests, for some minutes. Fails if a thread is left waiting. */

import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { OriginProcess } from '../kit/origin-process.js'
import type { SoakGuestData, SoakMessage } from './guest.js'
import { SoakHost } from './host.js'
import { seededRandom } from './seeded-random.js'
import { WAYS } from './ways.js'

/** How long a thread may be without an answer, and how long it may take to learn that its host has died. */
const PATIENCE_MS = 60_000
/** One step in so many ends the host in place of a guest. */
const HOST_ONCE_IN = 60

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    threads: { type: 'string', default: '6' },
  },
})

/** A running guest thread, seen from the runner. */
class Guest {
  /** When the last message of the thread came. */
  heardMs = performance.now()
  answers = 0
  readonly ended: Promise<SoakMessage | 'terminated'>
  readonly #doing = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
  readonly #loaded: Promise<unknown>
  readonly #worker: Worker

  constructor(host: SoakHost, base: string, seed: number) {
    const ticket = host.thread.ticket()
    const workerData: SoakGuestData = { ticket, base, seed, doing: this.#doing }
    this.#worker = new Worker(new URL('guest.js', import.meta.url), { workerData, transferList: [ticket.port] })
    let last: SoakMessage | 'terminated' = 'terminated'
    this.#worker.on('message', (message: SoakMessage) => {
      this.heardMs = performance.now()
      if (message === 'answer') this.answers++
      else if (message !== 'loaded') last = message
    })
    this.#worker.on('error', (error) => {
      last = { unexpected: error.stack ?? String(error) }
    })
    this.ended = new Promise((resolve) => this.#worker.once('exit', () => resolve(last)))
    this.#loaded = Promise.race([once(this.#worker, 'message'), this.ended]).catch(() => {})
  }

  get silentMs(): number {
    return performance.now() - this.heardMs
  }

  get doing(): string {
    return WAYS[this.#doing[0] as number] ?? 'loading'
  }

  /** Waits until the thread has loaded: Node never closes the files of modules that a thread is reading when it is terminated. */
  async end(): Promise<void> {
    await this.#loaded
    await this.#worker.terminate()
  }
}

/** Rejects if `promise` takes longer than `PATIENCE_MS`; `what` names the event. */
async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** The origin, the current host and its guests. */
class Soak {
  readonly #randomBelow: (limit: number) => number
  readonly #origin: OriginProcess
  #host: SoakHost
  #guests: Guest[] = []
  readonly count = { answers: 0, guests: 0, hosts: 0 }
  longestSilenceMs = 0

  private constructor(origin: OriginProcess, host: SoakHost, seed: number) {
    this.#origin = origin
    this.#host = host
    this.#randomBelow = seededRandom(seed)
  }

  static async begin(threads: number, seed: number): Promise<Soak> {
    const soak = new Soak(await OriginProcess.start(), await SoakHost.start(), seed)
    for (let nth = 0; nth < threads; nth++) soak.#join()
    return soak
  }

  /** Ends a guest, or sometimes the host with all its guests, and replaces it. Then checks that all guests are answered. */
  async step(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20 + this.#randomBelow(300)))
    if (this.#randomBelow(HOST_ONCE_IN) === 0) await this.#changeHost()
    else {
      const [guest] = this.#guests.splice(this.#randomBelow(this.#guests.length), 1)
      await guest?.end()
      this.#leave(guest)
      this.#join()
    }
    this.#checkSilence()
  }

  async end(): Promise<void> {
    for (const guest of this.#guests) {
      await guest.end()
      this.#leave(guest)
    }
    await this.#untilFree()
    await this.#host.thread.close({ drainMs: 0 })
    this.#origin.close()
  }

  #checkSilence(): void {
    for (const guest of this.#guests) {
      this.longestSilenceMs = Math.max(this.longestSilenceMs, guest.silentMs)
      if (guest.silentMs <= PATIENCE_MS) continue
      throw new Error(
        `a thread has had no answer for ${PATIENCE_MS} ms (${guest.doing}); the host: ${JSON.stringify(this.#host.stats())}`,
      )
    }
  }

  #join(): void {
    const guest = new Guest(this.#host, this.#origin.base, this.#randomBelow(1e6))
    guest.ended.then((message) => {
      if (typeof message === 'object') fail(new Error(message.unexpected))
    })
    this.#guests.push(guest)
  }

  #leave(guest: Guest | undefined): void {
    this.count.guests++
    this.count.answers += guest?.answers ?? 0
  }

  async #changeHost(): Promise<void> {
    this.count.hosts++
    await this.#host.die()
    for (const guest of this.#guests) {
      const message = await within('a thread is told that its host has died', guest.ended)
      if (message !== 'host lost') throw new Error(`a thread whose host died ended with ${JSON.stringify(message)}`)
      this.#leave(guest)
    }
    const threads = this.#guests.length
    this.#guests = []
    this.#host = await SoakHost.start()
    for (let nth = 0; nth < threads; nth++) this.#join()
  }

  async #untilFree(): Promise<void> {
    const start = performance.now()
    for (;;) {
      const { transactions, sends, guests } = this.#host.stats()
      const { obligations, waiting, rememberedPurges } = transactions
      if (obligations + waiting + rememberedPurges + sends.active === 0 && guests === 1) return
      if (performance.now() - start > PATIENCE_MS)
        throw new Error(`the host still holds ${JSON.stringify({ transactions, sends, guests })}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function fail(error: unknown): never {
  console.error(`seed ${values.seed}`, error)
  process.exit(1)
}

async function main(): Promise<void> {
  const untilMs = performance.now() + Number(values.minutes) * 60_000
  const soak = await Soak.begin(Number(values.threads), Number(values.seed))
  while (performance.now() < untilMs) await soak.step()
  await soak.end()
  const { answers, guests, hosts } = soak.count
  console.log(
    `seed ${values.seed}: ${answers} answers, ${guests} threads and ${hosts} hosts ended, nobody left waiting; the longest silence of a thread was ${(soak.longestSilenceMs / 1000).toFixed(1)} s`,
  )
  process.exit(0)
}

main().catch(fail)
