/** A whole request of a guest, run on the host: the guest's thread may sleep, or loop, as long as it likes. */

import type { ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import type { RequestContext, Requester } from '../../pending/context.js'
import { pendingRequest } from '../../pending/request.js'
import type { Handle } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'

/** The guest, as far as it hears of its requests by their numbers. */
export interface PlacedFor {
  answered(call: number, answer: Answer): void
  failed(call: number, failure: unknown): void
  leftCache(call: number): void
  interim(call: number, head: ResponseHead): void
  /** The guest has left, and this is what it would have been told. */
  untaken(answer: Answer): void
}

/** Its number, and the entry of the same guest whose hook asks. */
export interface PlacedCall {
  readonly call: number
  readonly madeBy: Handle | undefined
}

/**
 * It tells the guest itself what it comes to, with no promise, no closure, and no generator but the request's own:
 * thousands may wait for one and the same, and there memory decides.
 */
export class PlacedRequest extends Coroutine<Answer> implements Requester {
  readonly #guest: PlacedFor
  readonly #call: number
  readonly madeBy: Handle | undefined
  #context: RequestContext | undefined
  #waits: 'the guest' | 'nobody' = 'the guest'

  constructor(
    engine: Engine,
    guest: PlacedFor,
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

  /** Its lookup, as long as it has one. */
  get entry(): Handle | undefined {
    return this.#context?.entry
  }

  leftCache(): void {
    if (this.#waits === 'the guest') this.#guest.leftCache(this.#call)
  }

  interim(head: ResponseHead): void {
    if (this.#waits === 'the guest') this.#guest.interim(this.#call, head)
  }

  /** The guest waits for it no more. It ends, unless it leads: others may wait for that fetch, and it is stored. */
  leave(): void {
    if (this.#context?.leads !== true) return this.cancel()
    this.#waits = 'nobody'
  }

  /** Whoever cancels it is the guest, or knows that the guest is gone. */
  override ended(): void {
    if (this.#waits === 'nobody') {
      if (this.state === 'returned') this.#guest.untaken(this.answer())
    } else if (this.state === 'returned') this.#guest.answered(this.#call, this.answer())
    else if (this.state === 'thrown') this.#guest.failed(this.#call, this.content)
  }
}
