/** A remembered answer as it is at one later moment: older, with more hits, and otherwise the same. */

import { ageField } from '../http/age.js'
import type { Fields, ResponseHead } from '../http/message.js'
import type { Answer } from './answer.js'
import type { FoundStanding, LookupReport, ObjectReport } from './host.js'

/** What `Memory` keeps of an answer. */
export interface Remembered {
  readonly answer: Answer
  readonly standing: FoundStanding
  readonly object: ObjectReport
  /** The whole body. Read-only: all recalls share these bytes. */
  readonly chunks: readonly Uint8Array[]
  /** When freshness ends, on the clock of the host. */
  readonly freshUntilMs: number
  /** What the answer counts against the memory's bound. */
  readonly bytes: number
  /** The final head made for the last recall, to share with others of the same second. */
  lastHead: FinalHead | undefined
}

/** A final head, and the two values it depends on: `Age` and the remaining freshness, in whole seconds. */
interface FinalHead {
  readonly age: string
  readonly ttl: number
  readonly head: ResponseHead
}

/** An answer from memory. Its body is all there, as chunks instead of a handle. */
export interface RecalledAnswer extends Omit<Answer, 'body'> {
  readonly body: readonly Uint8Array[]
  readonly hits: number
  /** The final head that another hit with the same `Age` and the same remaining freshness was given. */
  finalHead: ResponseHead | undefined
}

export function recalled(remembered: Remembered, nowMs: number, hits: number): RecalledAnswer {
  return new Recalled(remembered, nowMs, hits)
}

/** Made for every hit, so it computes what few callers look at only when they do. */
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

  /** Not collapsed: the first caller may have waited for a fetch, but a recall never waits. */
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

  get finalHead(): ResponseHead | undefined {
    const { lastHead } = this.#remembered
    return lastHead !== undefined && lastHead.age === this.#age && lastHead.ttl === this.#ttl
      ? lastHead.head
      : undefined
  }

  set finalHead(head: ResponseHead) {
    this.#remembered.lastHead = { age: this.#age, ttl: this.#ttl, head }
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
  readonly #storedFields: Fields
  readonly #ageSeconds: number

  constructor({ answer, standing }: Remembered, elapsedMs: number) {
    const { status, statusText, fields } = answer.head
    this.status = status
    this.statusText = statusText
    this.#storedFields = fields
    this.#ageSeconds = standing.ageSeconds + elapsedMs / 1000
  }

  /** The stored fields with the present `Age`, if they have an `Age`. */
  get fields(): Fields {
    return this.#storedFields.map((field) => (field[0] === 'age' ? ['age', ageField(this.#ageSeconds)] : field))
  }
}
