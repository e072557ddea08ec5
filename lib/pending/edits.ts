/** What a hook may edit, for as long as its edits count: from then on they are refused. */

import { AlreadyFinishedError } from '../base/errors.js'
import { toHeaders } from '../http/headers.js'
import type { Fields } from '../http/message.js'

/** Whether the edits of one thing still count. */
export class Edits {
  readonly #why: string
  #state: 'open' | 'over' = 'open'

  /** `why` says what has happened to the thing, once it has. */
  constructor(why: string) {
    this.#why = why
  }

  /** Throws `AlreadyFinishedError` for one that comes too late. */
  check(edit: string): void {
    if (this.#state === 'over') throw new AlreadyFinishedError(edit, this.#why)
  }

  end(): void {
    this.#state = 'over'
  }
}

const HEADER_EDITS = ['append', 'set', 'delete'] as const

/** Headers of the platform, but for that. */
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
