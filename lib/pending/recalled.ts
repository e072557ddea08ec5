/** An answer that is remembered, as it is at one later moment: older, with one hit more, and otherwise the same. */

import { ageField } from '../http/age.js'
import type { Fields, ResponseHead } from '../http/message.js'
import type { Answer } from './answer.js'
import type { FoundStanding, LookupReport, ObjectReport } from './host.js'

/** What there is to remember of an answer. */
export interface Remembered {
  readonly answer: Answer
  readonly standing: FoundStanding
  readonly object: ObjectReport
  /** The whole body. Not to be changed: others read the same. */
  readonly chunks: readonly Uint8Array[]
  /** On the clock of the host. */
  readonly freshUntilMs: number
  /** What it weighs. */
  readonly bytes: number
  /** How its head last went out. */
  lastTold: Told | undefined
}

/** A head, for as long as it is so old and stays fresh so long, in whole seconds. */
interface Told {
  readonly age: string
  readonly ttl: number
  readonly head: ResponseHead
}

/** An answer whose whole body is there. */
export interface RecalledAnswer extends Omit<Answer, 'body'> {
  readonly body: readonly Uint8Array[]
  readonly hits: number
  /** How the head of another hit of this very second went out. */
  told: ResponseHead | undefined
}

export function recalled(remembered: Remembered, nowMs: number, hits: number): RecalledAnswer {
  return new Recalled(remembered, nowMs, hits)
}

/** Made for every hit: what few callers look at is made when they do. */
class Recalled implements RecalledAnswer {
  readonly #remembered: Remembered
  readonly #nowMs: number
  readonly hits: number
  #head: ResponseHead | undefined

  constructor(remembered: Remembered, nowMs: number, hits: number) {
    this.#remembered = remembered
    this.#nowMs = nowMs
    this.hits = hits
  }

  get source(): 'hit' {
    return 'hit'
  }

  get head(): ResponseHead {
    this.#head ??= new RecalledHead(this.#remembered, this.#elapsedMs)
    return this.#head
  }

  get body(): readonly Uint8Array[] {
    return this.#remembered.chunks
  }

  get object(): ObjectReport {
    const { object } = this.#remembered
    return { ...object, ageMs: object.ageMs + this.#elapsedMs, hits: this.hits }
  }

  /** Whoever waited when the answer was first given, nobody waits now. */
  get lookup(): LookupReport | undefined {
    const { lookup } = this.#remembered.answer
    return lookup && { ...lookup, collapsed: false }
  }

  get standing(): undefined {
    return undefined
  }

  get forwardStatus(): undefined {
    return undefined
  }

  get maskedError(): undefined {
    return undefined
  }

  get revalidation(): undefined {
    return undefined
  }

  get told(): ResponseHead | undefined {
    const { lastTold } = this.#remembered
    return lastTold !== undefined && lastTold.age === this.#age && lastTold.ttl === this.#ttl
      ? lastTold.head
      : undefined
  }

  set told(head: ResponseHead) {
    this.#remembered.lastTold = { age: this.#age, ttl: this.#ttl, head }
  }

  get #age(): string {
    return ageField(this.#remembered.standing.ageSeconds + this.#elapsedMs / 1000)
  }

  get #ttl(): number {
    const { maxAgeMs, ageMs } = this.#remembered.object
    return Math.floor((maxAgeMs - ageMs - this.#elapsedMs) / 1000)
  }

  get #elapsedMs(): number {
    return this.#nowMs - this.#remembered.standing.asOfMs
  }
}

class RecalledHead implements ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly #then: Fields
  readonly #ageSeconds: number

  constructor({ answer, standing }: Remembered, elapsedMs: number) {
    const { status, statusText, fields } = answer.head
    this.status = status
    this.statusText = statusText
    this.#then = fields
    this.#ageSeconds = standing.ageSeconds + elapsedMs / 1000
  }

  /** Only `Age` has changed, where there is one. */
  get fields(): Fields {
    return this.#then.map((field) => (field[0] === 'age' ? ['age', ageField(this.#ageSeconds)] : field))
  }
}
