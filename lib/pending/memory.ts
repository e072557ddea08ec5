/** One thread's memory of hits: it gives an answer again without asking the host, for as long as the host's standing holds. */

import { bytesOf } from '../base/body.js'
import type { Clock } from '../base/clock.js'
import type { Standing } from '../cache/standings.js'
import { demandsAnything } from '../http/directives.js'
import type { Policy } from '../http/policy.js'
import type { Handle } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import { bypassesCache } from './bypass.js'
import type { Host } from './host.js'
import { type RecalledAnswer, type Remembered, recalled } from './recalled.js'
import type { RequestOptions } from './request-options.js'

/** A host that lends answers: a standing holds until the host withdraws it, before a purge or commit that concerns it is done. */
export interface LendingHost extends Host {
  /** Whether the standing holds: the host has not withdrawn it. Reads shared memory; makes no host call. */
  stands(standing: Standing): boolean
  /** Counts a hit that was answered without the host. Returns the object's number of hits. */
  countHit(standing: Standing): number
  /** The unread rest of a body, without reading it, if all of that has arrived and is at most `limit` bytes. */
  inHand(body: Handle, limit: number): readonly Uint8Array[] | undefined
}

export interface MemoryOptions {
  readonly host: LendingHost
  readonly clock: Clock
  readonly maxBytes: number
}

/** The body of one answer takes at most an eighth of a half. */
const LARGEST_PART = 8
/** What an answer weighs besides its body and its header texts. */
const RECORD_BYTES = 512
/** How many other answers are checked for their standing whenever an answer is kept. */
const CHECKS_PER_KEEP = 2

/**
 * Approximates least recently used with two halves. New and recalled answers go into the young half. When the young half is full,
 * it replaces the old half, whose answers are forgotten. A hit in the young half moves nothing.
 */
export class Memory {
  readonly #host: LendingHost
  readonly #clock: Clock
  readonly #half: number
  #young = new Map<string, Remembered>()
  #old = new Map<string, Remembered>()
  #youngBytes = 0
  #cursor: Iterator<[string, Remembered]> | undefined

  constructor({ host, clock, maxBytes }: MemoryOptions) {
    this.#host = host
    this.#clock = clock
    this.#half = maxBytes / 2
  }

  /** The remembered answer for `key` (see `memoryKey`), with its present age. Counts a hit. */
  recall(key: string): RecalledAnswer | undefined {
    const remembered = this.#young.get(key) ?? this.#fromOld(key)
    if (remembered === undefined) return undefined
    const nowMs = this.#clock.now()
    // The clock is read before the standing: the standing then covers every purge that had returned by `nowMs`.
    if (nowMs < remembered.freshUntilMs && this.#host.stands(remembered.standing))
      return recalled(remembered, nowMs, this.#host.countHit(remembered.standing))
    this.#forget(key)
    return undefined
  }

  /** Remembers a hit for which the host gave a standing, if it is fresh and its whole body has arrived. */
  keep(key: string, answer: Answer): void {
    const { standing, object, body, source } = answer
    if (standing === undefined || object === undefined || source !== 'hit') return
    // Another request was given the same standing, and its answer has been kept already.
    if (this.#young.get(key)?.standing === standing) return
    const chunks = body === undefined ? [] : this.#host.inHand(body, this.#half / LARGEST_PART)
    const freshUntilMs = standing.asOfMs + object.maxAgeMs - object.ageMs
    if (chunks === undefined || freshUntilMs <= this.#clock.now()) return
    this.#forget(key)
    const bytes = weight(key, answer, chunks)
    this.#put(key, { answer, standing, object, chunks, freshUntilMs, bytes, lastHead: undefined })
    this.#dropSomeStale()
  }

  /** Forgets everything. */
  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#youngBytes = 0
    this.#cursor = undefined
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
      this.#cursor = undefined
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

  /** Forgets answers whose standing has ended. Each call checks a few, in turn, so that no timer is needed. */
  #dropSomeStale(): void {
    for (let left = CHECKS_PER_KEEP; left > 0; left--) {
      this.#cursor ??= this.#young.entries()
      const { done, value } = this.#cursor.next()
      if (done) {
        this.#cursor = undefined
        return
      }
      const [key, { standing }] = value
      if (!this.#host.stands(standing)) this.#forget(key)
    }
  }
}

/**
 * Everything in a request that an answer from the cache may depend on, as one text. `undefined` for a request that needs a lookup
 * each time. Hooks and overrides are left out: they have no effect where nothing is fetched.
 */
export function memoryKey(options: RequestOptions, policy: Policy): string | undefined {
  const { request, backend, key, body } = options
  if (body !== undefined || bypassesCache(options, policy) || demandsAnything(request, policy)) return undefined
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
