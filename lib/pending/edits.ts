/** A hook may edit its subject while the hook runs; later edits throw. */

import { AlreadyFinishedError } from '../base/errors.js'
import { toHeaders } from '../http/headers.js'
import type { Fields } from '../http/message.js'

/** Whether one subject may still be edited. */
export class Edits {
  readonly #why: string
  #state: 'open' | 'over' = 'open'

  /** `why` completes the message of the error for a late edit. */
  constructor(why: string) {
    this.#why = why
  }

  /** Throws `AlreadyFinishedError` if the edit comes too late. */
  check(edit: string): void {
    if (this.#state === 'over') throw new AlreadyFinishedError(edit, this.#why)
  }

  end(): void {
    this.#state = 'over'
  }
}

const HEADER_EDITS = ['append', 'set', 'delete'] as const

/** The platform's `Headers`, whose edits throw once `edits` have ended. */
export function editedHeaders(fields: Fields, edits: Edits): Headers {
  const headers = toHeaders(fields)
  for (const name of HEADER_EDITS) {
    const edit: (...field: [string, string]) => void = headers[name].bind(headers)
    const value = (...field: [string, string]) => {
      edits.check(`headers.${name}`)
      edit(...field)
    }
    Object.defineProperty(headers, name, { value })
  }
  return headers
}
