/** Answers hits without the parser: a request whose octets the parser has read before, and whose answer the cache remembers. */

import type { Cache } from '../client/cache.js'
import type { WholeAnswer } from '../client/writing/write-whole.js'
import type { ResponseHead } from '../http/message.js'
import { AnswerOctets } from './answer-octets.js'
import type { Connection } from './connection.js'
import type { Inquiry } from './inquiry.js'
import { KnownHeads } from './known-heads.js'
import type { Settings } from './options.js'

interface Hit {
  readonly inquiry: Inquiry
  readonly answer: WholeAnswer
  readonly reply: AnswerOctets
}

export class FastPath {
  readonly #cache: Cache<unknown>
  readonly #settings: Settings
  readonly #heads = new KnownHeads()
  /** By head: the head of a remembered answer is made anew each second, for its `Age`, and belongs to one body. */
  readonly #octets = new WeakMap<ResponseHead, AnswerOctets>()

  constructor(cache: Cache<unknown>, settings: Settings) {
    this.#cache = cache
    this.#settings = settings
  }

  /** Remembers `octets`, which the parser has read as exactly one request, and whose connection could be kept. */
  learn(octets: Buffer, inquiry: Inquiry): void {
    this.#heads.add(octets, inquiry)
  }

  /** Answers `octets` if they are exactly one request whose answer is remembered. Returns whether it did. */
  answer(connection: Connection, octets: Buffer): boolean {
    const inquiry = this.#heads.find(octets)
    if (inquiry?.recallKey === undefined) return false
    let answer: WholeAnswer | undefined
    let reply: AnswerOctets
    try {
      answer = this.#cache.requests.recall(inquiry.recallKey, inquiry.options)
      if (answer === undefined) return false
      reply = this.#replyOf(answer, inquiry)
    } catch {
      // The request goes to the parser, fails again behind it, and the client is told there.
      return false
    }
    const { socket } = connection
    if (this.#settings.accessLog === undefined) reply.send(socket, answer.hits)
    else this.#sendLogged(connection, { inquiry, answer, reply })
    return true
  }

  #replyOf(answer: WholeAnswer, { line }: Inquiry): AnswerOctets {
    let octets = this.#octets.get(answer.head)
    if (octets === undefined) {
      const { via, keepAliveMs, clock } = this.#settings
      octets = new AnswerOctets(answer, { method: line.method, via, keepAliveMs, wallNowMs: clock.wallNow() })
      this.#octets.set(answer.head, octets)
    }
    return octets
  }

  #sendLogged(connection: Connection, { inquiry, answer, reply }: Hit): void {
    const { accessLog, clock } = this.#settings
    const { socket } = connection
    const startedAtMs = clock.wallNow()
    const started = clock.now()
    const client = socket.remoteAddress ?? '-'
    const { status } = answer.head
    let bytes = 0
    reply.send(socket, answer.hits, (failure) => {
      const durationMs = clock.now() - started
      const end = failure ? 'cut' : 'whole'
      accessLog?.({ startedAtMs, client, ...inquiry.line, status, bytes, durationMs, outcome: 'hit', end })
    })
    // Counted now: when the system has taken all of this answer, later ones may have been written.
    bytes = connection.takeSent()
  }
}
