/** A whole request of a guest that runs on the host, so that it goes on whatever the guest's thread does. */

import type { ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import type { RequestContext } from '../../pending/context.js'
import { pendingRequest } from '../../pending/request.js'
import type { Requester } from '../../pending/surroundings.js'
import type { Handle } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'

/** What a placed request reports to its guest, by call number. */
export interface PlacedRequestListener {
  answered(call: number, answer: Answer): void
  failed(call: number, failure: unknown): void
  leftCache(call: number): void
  interim(call: number, head: ResponseHead): void
  /** The request has an answer that the guest, which left it before, does not want. */
  untaken(answer: Answer): void
}

export interface PlacedCall {
  readonly call: number
  /** The entry of the same guest whose hook makes this request. */
  readonly madeBy: Handle | undefined
}

/**
 * The coroutine itself reports its end to the guest, without a promise, a closure, or a second generator: thousands of placed
 * requests may wait for one fetch, and each costs memory.
 */
export class PlacedRequest extends Coroutine<Answer> implements Requester {
  readonly #guest: PlacedRequestListener
  readonly #call: number
  readonly madeBy: Handle | undefined
  #context: RequestContext | undefined
  #waits: 'the guest' | 'nobody' = 'the guest'

  constructor(
    engine: Engine,
    guest: PlacedRequestListener,
    { call, madeBy }: PlacedCall,
    begin: (requester: Requester) => RequestContext,
  ) {
    super(engine, () => {
      this.#context = begin(this)
      return pendingRequest(this.#context)
    })
    this.#guest = guest
    this.#call = call
    this.madeBy = madeBy
  }

  override get name(): string {
    return `call ${this.#call} of a guest`
  }

  /** The entry of the request's lookup, while that is open. */
  get entry(): Handle | undefined {
    return this.#context?.entry
  }

  leftCache(): void {
    if (this.#waits === 'the guest') this.#guest.leftCache(this.#call)
  }

  interim(head: ResponseHead): void {
    if (this.#waits === 'the guest') this.#guest.interim(this.#call, head)
  }

  /** The guest no longer wants the answer. A request that leads goes on, because others may wait for its fetch; any other ends. */
  leave(): void {
    if (this.#context?.leads !== true) return this.cancel()
    this.#waits = 'nobody'
  }

  /** Reports the answer or failure. A cancelled request reports nothing: the guest has cancelled it, or is gone. */
  override ended(): void {
    const isWanted = this.#waits === 'the guest'
    if (this.state === 'returned') {
      if (isWanted) this.#guest.answered(this.#call, this.answer())
      else this.#guest.untaken(this.answer())
    } else if (this.state === 'thrown' && isWanted) this.#guest.failed(this.#call, this.content)
  }
}
