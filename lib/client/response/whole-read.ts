/** A body that goes into one hand: where that lets go, nobody can read on, and the body is given back. */

import type { Operation } from 'effection'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import type { OpenBody } from './open-body.js'

export interface WholeReadParts<T> {
  readonly engine: Engine
  readonly body: OpenBody
  /** Reads it to its end. */
  readonly read: () => Operation<T>
}

export class WholeRead<T> extends Coroutine<T> {
  readonly #body: OpenBody

  constructor({ engine, body, read }: WholeReadParts<T>) {
    super(engine, read)
    this.#body = body
  }

  /** Cancelled, it holds the body still; otherwise there is nothing left to interrupt. */
  override ended(): void {
    this.#body.interrupt()
  }
}
