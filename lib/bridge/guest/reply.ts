/** An answer of the host that a handle of this guest waits for. */

import { Resource } from '../../host/resource.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { Requester } from '../../pending/context.js'
import type { Incoming } from '../incoming.js'
import type { ToGuest } from '../line/protocol.js'
import type { Addressee } from './addressees.js'

/** What all answers of one kind have in common. */
export interface ReplyKind<T> {
  readonly kind: Resource['kind']
  /** What is made of the message that brings it. */
  heard(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): T
  /** The handle of this number was closed before there was an answer. */
  unanswered(number: number): void
  /** The handle was closed with the answer in it: whatever that holds is given back. */
  untaken?(value: T): void
  describe(about: RequestHead | undefined): string
}

/** Settled once, by the host's message or by the loss of the host. */
export class Reply<T> extends Resource implements Addressee {
  #settled: { readonly value: T } | { readonly error: unknown } | undefined = undefined

  constructor(
    private readonly of: ReplyKind<T>,
    readonly number: number,
    private readonly about?: RequestHead,
    private readonly requester?: Partial<Requester>,
  ) {
    super()
  }

  get kind(): Resource['kind'] {
    return this.of.kind
  }

  get ready(): boolean {
    return this.#settled !== undefined
  }

  /** The answer. Throws the failure that came instead. */
  get value(): T {
    if (this.#settled === undefined) throw new Error('the host has not answered yet')
    if ('error' in this.#settled) throw this.#settled.error
    return this.#settled.value
  }

  heard(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): void {
    this.#settle({ value: this.of.heard(say, body) })
  }

  leftCache(): void {
    this.requester?.leftCache?.()
  }

  interim(head: ResponseHead): void {
    this.requester?.interim?.(head)
  }

  failed(error: unknown): void {
    this.#settle({ error })
  }

  release(): void {
    if (this.#settled === undefined) this.of.unanswered(this.number)
    else if ('value' in this.#settled) this.of.untaken?.(this.#settled.value)
  }

  describe(): string {
    return this.of.describe(this.about)
  }

  #settle(settled: { readonly value: T } | { readonly error: unknown }): void {
    if (this.#settled !== undefined) return
    this.#settled = settled
    this.tell()
  }
}
