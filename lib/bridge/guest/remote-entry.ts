/** One transaction as the guest that owns it sees it: what the host said once, and what the guest has done since. */

import { BadHandleError } from '../../base/errors.js'
import { FOUND, MUST_INSERT_OR_UPDATE, STALE, USABLE, USABLE_IF_ERROR } from '../../cache/outcome.js'
import { Resource } from '../../host/resource.js'
import type { RequestHead } from '../../http/message.js'
import { Incoming } from '../incoming.js'
import type { SpokenEntry, ToGuest } from '../line/protocol.js'
import type { Addressee } from './addressees.js'

/** The obligation a call needs is known here, so that a mistake is found at the call, as on a host in this thread. */
export class RemoteEntry extends Resource implements Addressee {
  /** When its fetch was sent. */
  sentMs: number | undefined
  #said: SpokenEntry | undefined
  /** The body that goes with the adapted head, where it came at once. */
  inHand: readonly Uint8Array[] | undefined
  #failure: { readonly error: unknown } | undefined
  #state = 0
  /** Of a stale answer. */
  #choice: 'none' | 'asked' | 'made' = 'none'

  constructor(
    /** What both sides call it. */
    readonly number: number,
    readonly request: RequestHead,
    readonly onRelease: () => void,
  ) {
    super()
  }

  get kind(): 'entry' {
    return 'entry'
  }

  get ready(): boolean {
    return this.#failure !== undefined || (this.#said !== undefined && this.#choice !== 'asked')
  }

  /** What the host said. Throws what made the lookup fail. */
  get said(): SpokenEntry {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#said === undefined) throw new Error('the lookup is not ready')
    return this.#said
  }

  get state(): number {
    return this.said === undefined ? 0 : this.#state
  }

  /** Ends the obligation. Throws `BadHandleError` where there is none. */
  fulfil(handle: number): void {
    if ((this.state & MUST_INSERT_OR_UPDATE) === 0) throw new BadHandleError(handle, 'has no obligation')
    this.#state &= ~MUST_INSERT_OR_UPDATE
  }

  /** `fulfil`, by what was found. Throws `BadHandleError` where that is nothing, or not whole. */
  update(handle: number): void {
    if (this.said.stored === undefined || !this.said.isWhole)
      throw new BadHandleError(handle, 'found nothing to update')
    this.fulfil(handle)
  }

  /** The stale object is the answer, if the host still has it. Throws `BadHandleError` where there was no usable one. */
  chooseStale(handle: number): void {
    if ((this.state & (USABLE_IF_ERROR | USABLE)) === 0) throw new BadHandleError(handle, 'has no stale answer')
    this.fulfil(handle)
    this.#choice = 'asked'
  }

  /** Nothing is found any more. */
  forget(): void {
    this.#state = 0
  }

  heard(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): void {
    if (body !== undefined && !(body instanceof Incoming)) this.inHand = body
    if (say.is === 'entry') {
      this.#said = say.entry
      this.#state = say.entry.state
      if (this.#choice === 'asked') this.#choose()
    }
    this.tell()
  }

  failed(error: unknown): void {
    this.#failure ??= { error }
    this.tell()
  }

  release(): void {
    this.onRelease()
  }

  describe(): string {
    return `a cache lookup of ${this.request.url}`
  }

  /** Also where the obligation was taken back on the way: then it is an answer to this request alone. */
  #choose(): void {
    this.#choice = 'made'
    this.#state |= FOUND | USABLE | STALE
  }
}
