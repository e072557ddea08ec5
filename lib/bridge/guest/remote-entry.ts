/** One transaction as its guest sees it: what the host said of the lookup, and what the guest has done with it since. */

import { BadHandleError } from '../../base/errors.js'
import { FOUND, MUST_INSERT_OR_UPDATE, STALE, USABLE, USABLE_IF_ERROR } from '../../cache/outcome.js'
import { Resource } from '../../host/resource.js'
import type { RequestHead } from '../../http/message.js'
import { Incoming } from '../incoming.js'
import type { SerializedEntry, ToGuest } from '../line/protocol.js'
import type { Addressee } from './addressees.js'

/** Knows whether it has the obligation or object that a call needs, so that the call itself throws, as on a host in this thread. */
export class RemoteEntry extends Resource implements Addressee {
  /** When the fetch of this entry was sent. */
  sentMs: number | undefined
  #said: SerializedEntry | undefined
  /** The whole body for the adapted head, if it came with the host's answer. */
  inHand: readonly Uint8Array[] | undefined
  #failure: { readonly error: unknown } | undefined
  #state = 0
  /** Whether `chooseStale` was called, and whether the host has agreed. */
  #choice: 'none' | 'asked' | 'made' = 'none'

  constructor(
    /** The number of the entry on the line. */
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

  /** What the host said of the lookup. Throws the failure of the lookup. */
  get said(): SerializedEntry {
    return this.#settled()
  }

  /** The flag bits (semantics 3.1), as changed by calls since the lookup. Throws the failure of the lookup. */
  get state(): number {
    this.#settled()
    return this.#state
  }

  /** Ends the obligation. Throws `BadHandleError` if the entry has none. */
  fulfil(handle: number): void {
    if ((this.state & MUST_INSERT_OR_UPDATE) === 0) throw new BadHandleError(handle, 'has no obligation')
    this.#state &= ~MUST_INSERT_OR_UPDATE
  }

  /** As `fulfil`, by an update. Also throws `BadHandleError` if the lookup found no object, or one whose body was not complete. */
  update(handle: number): void {
    if (this.said.stored === undefined || !this.said.isWhole)
      throw new BadHandleError(handle, 'found nothing to update')
    this.fulfil(handle)
  }

  /** As `fulfil`: asks for the stale object, which the host may refuse. Also throws `BadHandleError` if none is usable. */
  chooseStale(handle: number): void {
    if ((this.state & (USABLE_IF_ERROR | USABLE)) === 0) throw new BadHandleError(handle, 'has no stale answer')
    this.fulfil(handle)
    this.#choice = 'asked'
  }

  /** From now on the entry counts as having found nothing. */
  forget(): void {
    this.#state = 0
  }

  answered(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): void {
    if (body !== undefined && !(body instanceof Incoming)) this.inHand = body
    if (say.is === 'entry') {
      this.#said = say.entry
      this.#state = say.entry.state
      if (this.#choice === 'asked') this.#choose()
    }
    this.announce()
  }

  failed(error: unknown): void {
    this.#failure ??= { error }
    this.announce()
  }

  release(): void {
    this.onRelease()
  }

  describe(): string {
    return `a cache lookup of ${this.request.url}`
  }

  #settled(): SerializedEntry {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#said === undefined) throw new Error('the lookup is not ready')
    return this.#said
  }

  /** The host has agreed. If the obligation had lapsed meanwhile, the stale object answers this request only, and no waiter. */
  #choose(): void {
    this.#choice = 'made'
    this.#state |= FOUND | USABLE | STALE
  }
}
