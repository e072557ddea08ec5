/** Answers that were given here before, and may be given again without asking the host for as long as they stand. */

import { bytesOf } from '../base/body.js'
import type { Clock } from '../base/clock.js'
import type { Standing } from '../cache/standings.js'
import { demandsAnything } from '../http/directives.js'
import type { Policy } from '../http/policy.js'
import type { Handle } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import type { Host } from './host.js'
import { type RecalledAnswer, type Remembered, recalled } from './recalled.js'
import type { RequestOptions } from './request-options.js'
import { goesPast } from './way.js'

/** A host that vouches for what it found, until it does not. */
export interface LendingHost extends Host {
  /** Whether nothing has become of an answer, or of its key. Reads memory, and asks nobody. */
  stands(standing: Standing): boolean
  /** Counts a hit that the host was not asked for. How many there are. */
  countHit(standing: Standing): number
  /** What is left of a body, with nothing read, if all of it is there and at most `limit` bytes. */
  inHand(body: Handle, limit: number): readonly Uint8Array[] | undefined
}

export interface MemoryOptions {
  readonly host: LendingHost
  readonly clock: Clock
  readonly maxBytes: number
}

/** No single answer takes more than this part of the whole. */
const LARGEST_PART = 8
/** What an answer weighs besides its body and its texts. */
const RECORD_BYTES = 512
/** How many of the others are looked at, for every answer that comes, whether they still stand. */
const LOOKS = 2

/**
 * Two halves: what is used comes into the young one, and when that is full it becomes the old one, and what was in the old
 * one is forgotten. A hit in the young half moves nothing.
 */
export class Memory {
  readonly #host: LendingHost
  readonly #clock: Clock
  readonly #half: number
  #young = new Map<string, Remembered>()
  #old = new Map<string, Remembered>()
  #youngBytes = 0
  #gaze: Iterator<[string, Remembered]> | undefined

  constructor({ host, clock, maxBytes }: MemoryOptions) {
    this.#host = host
    this.#clock = clock
    this.#half = maxBytes / 2
  }

  /** The answer to a request that `memoryKey` calls `key`, as of now: it counts as a hit. */
  recall(key: string): RecalledAnswer | undefined {
    const remembered = this.#young.get(key) ?? this.#fromOld(key)
    if (remembered === undefined) return undefined
    const nowMs = this.#clock.now()
    // The time first: whatever a purge that has returned by then has ended does not stand any more.
    if (nowMs < remembered.freshUntilMs && this.#host.stands(remembered.standing))
      return recalled(remembered, nowMs, this.#host.countHit(remembered.standing))
    this.#forget(key)
    return undefined
  }

  /** Remembers a hit that its host vouches for, if it is fresh and its whole body is there. */
  keep(key: string, answer: Answer): void {
    const { standing, object, body, source } = answer
    if (standing === undefined || object === undefined || source !== 'hit') return
    // Others of a crowd were given the same.
    if (this.#young.get(key)?.standing === standing) return
    const chunks = body === undefined ? [] : this.#host.inHand(body, this.#half / LARGEST_PART)
    const freshUntilMs = standing.asOfMs + object.maxAgeMs - object.ageMs
    if (chunks === undefined || freshUntilMs <= this.#clock.now()) return
    this.#forget(key)
    const bytes = weight(key, answer, chunks)
    this.#put(key, { answer, standing, object, chunks, freshUntilMs, bytes, lastTold: undefined })
    this.#tidy()
  }

  /** Nothing is remembered any more. */
  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#youngBytes = 0
    this.#gaze = undefined
  }

  #fromOld(key: string): Remembered | undefined {
    const remembered = this.#old.get(key)
    if (remembered === undefined) return undefined
    this.#old.delete(key)
    this.#put(key, remembered)
    return remembered
  }

  #put(key: string, remembered: Remembered): void {
    if (this.#youngBytes + remembered.bytes > this.#half) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
      this.#gaze = undefined
    }
    this.#young.set(key, remembered)
    this.#youngBytes += remembered.bytes
  }

  #forget(key: string): void {
    this.#old.delete(key)
    const remembered = this.#young.get(key)
    if (remembered === undefined) return
    this.#young.delete(key)
    this.#youngBytes -= remembered.bytes
  }

  /** What does not stand holds memory for nothing. Going round a little at a time, it is found without a timer. */
  #tidy(): void {
    for (let left = LOOKS; left > 0; left--) {
      this.#gaze ??= this.#young.entries()
      const { done, value } = this.#gaze.next()
      if (done) {
        this.#gaze = undefined
        return
      }
      const [key, { standing }] = value
      if (!this.#host.stands(standing)) this.#forget(key)
    }
  }
}

/**
 * All that an answer from the cache may depend on, as one text; `undefined` for a request that has to be decided anew each time.
 * Hooks and overrides are not in it: neither has a say where nothing is fetched.
 */
export function memoryKey(options: RequestOptions, policy: Policy): string | undefined {
  const { request, backend, key, body } = options
  if (body !== undefined || goesPast(options, policy) || demandsAnything(request, policy)) return undefined
  if (request.method === 'GET' && key === undefined && backend === undefined && request.fields.length === 0)
    return request.url
  let text = `${request.method} ${request.url}`
  if (key !== undefined || backend !== undefined) text += ` ${JSON.stringify([key, backend])}`
  for (const [name, value] of request.fields) text += `\n${name}:${value}`
  return text
}

function weight(key: string, { head }: Answer, chunks: readonly Uint8Array[]): number {
  const texts = head.fields.reduce((sum, [name, value]) => sum + name.length + value.length, key.length)
  return RECORD_BYTES + texts + bytesOf(chunks)
}
