/** A resource of a guest that becomes ready when the host's answer comes, or when that fails. */

import { Resource } from '../../host/resource.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { Requester } from '../../pending/surroundings.js'
import type { Incoming } from '../incoming.js'
import type { ToGuest } from '../line/protocol.js'
import type { Addressee } from './addressees.js'

/** What the replies to one kind of call have in common. */
export interface ReplyKind<T> {
  readonly kind: Resource['kind']
  /** The value of the reply, made from the host's message. */
  decode(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): T
  /** Called if the handle is closed before the host has answered. */
  unanswered(number: number): void
  /** Called if the handle is closed with the value in it: releases what the value holds. */
  untaken?(value: T): void
  describe(about: RequestHead | undefined): string
}

/** Settles once: by the host's message, or because the host is gone. */
export class Reply<T> extends Resource implements Addressee {
  #settled: { readonly value: T } | { readonly error: unknown } | undefined = undefined

  constructor(
    private readonly replyKind: ReplyKind<T>,
    readonly number: number,
    private readonly about?: RequestHead,
    private readonly requester?: Partial<Requester>,
  ) {
    super()
  }

  get kind(): Resource['kind'] {
    return this.replyKind.kind
  }

  get ready(): boolean {
    return this.#settled !== undefined
  }

  /** The value of the host's answer. Throws its failure. */
  get value(): T {
    if (this.#settled === undefined) throw new Error('the host has not answered yet')
    if ('error' in this.#settled) throw this.#settled.error
    return this.#settled.value
  }

  answered(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): void {
    this.#settle({ value: this.replyKind.decode(say, body) })
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
    if (this.#settled === undefined) this.replyKind.unanswered(this.number)
    else if ('value' in this.#settled) this.replyKind.untaken?.(this.#settled.value)
  }

  describe(): string {
    return this.replyKind.describe(this.about)
  }

  #settle(settled: { readonly value: T } | { readonly error: unknown }): void {
    this.#settled = settled
    this.announce()
  }
}
