/** Remembered answers in front of the parser: for octets that it has read before, and would read in the same way again. */

import type { Cache } from '../client/cache.js'
import type { WholeAnswer } from '../client/writing/write-whole.js'
import type { ResponseHead } from '../http/message.js'
import type { Connection } from './connection.js'
import type { Inquiry } from './inquiry.js'
import { KnownHeads } from './known-heads.js'
import { Octets } from './octets.js'
import type { Settings } from './options.js'

interface Hit {
  readonly inquiry: Inquiry
  readonly answer: WholeAnswer
  readonly said: Octets
}

export class InFront {
  readonly #cache: Cache<unknown>
  readonly #settings: Settings
  readonly #heads = new KnownHeads()
  /** The head of a remembered answer lasts for a second, and is of one body. */
  readonly #octets = new WeakMap<ResponseHead, Octets>()

  constructor(cache: Cache<unknown>, settings: Settings) {
    this.#cache = cache
    this.#settings = settings
  }

  /** `octets` were one request, and its connection could be kept. */
  learn(octets: Buffer, inquiry: Inquiry): void {
    this.#heads.add(octets, inquiry)
  }

  /** Answers `octets` if they are one request whose answer is remembered; whether they are. */
  answer(connection: Connection, octets: Buffer): boolean {
    const inquiry = this.#heads.find(octets)
    if (inquiry?.recallKey === undefined) return false
    let answer: WholeAnswer | undefined
    let said: Octets
    try {
      answer = this.#cache.requests.recall(inquiry.recallKey, inquiry.options)
      if (answer === undefined) return false
      said = this.#said(answer, inquiry)
    } catch {
      // Behind the parser it fails again, and there the client is told.
      return false
    }
    const { socket } = connection
    if (this.#settings.accessLog === undefined) said.send(socket, answer.hits)
    else this.#sendLogged(connection, { inquiry, answer, said })
    return true
  }

  #said(answer: WholeAnswer, { line }: Inquiry): Octets {
    let octets = this.#octets.get(answer.head)
    if (octets === undefined) {
      const { via, keepAliveMs, clock } = this.#settings
      octets = new Octets(answer, { method: line.method, via, keepAliveMs, wallNowMs: clock.wallNow() })
      this.#octets.set(answer.head, octets)
    }
    return octets
  }

  #sendLogged(connection: Connection, { inquiry, answer, said }: Hit): void {
    const { accessLog, clock } = this.#settings
    const { socket } = connection
    const startedAtMs = clock.wallNow()
    const started = clock.now()
    const client = socket.remoteAddress ?? '-'
    const { status } = answer.head
    let bytes = 0
    said.send(socket, answer.hits, (failure) => {
      const durationMs = clock.now() - started
      const end = failure ? 'cut' : 'whole'
      accessLog?.({ startedAtMs, client, ...inquiry.line, status, bytes, durationMs, outcome: 'hit', end })
    })
    // Here and now: by the time all of it has gone, others may have written.
    bytes = connection.takeSent()
  }
}
