/** The reading of a whole body by one pending: if that is cancelled, nothing can read on, so the body is released. */

import type { Operation } from 'effection'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import type { OpenBody } from './open-body.js'

export interface WholeReadParts<T> {
  readonly engine: Engine
  readonly body: OpenBody
  /** Reads the body to its end. */
  readonly read: () => Operation<T>
}

export class WholeRead<T> extends Coroutine<T> {
  readonly #body: OpenBody

  constructor({ engine, body, read }: WholeReadParts<T>) {
    super(engine, read)
    this.#body = body
  }

  /** Releases the body after a cancellation. After any other end, the body is released already. */
  override ended(): void {
    this.#body.interrupt()
  }
}
