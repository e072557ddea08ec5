/** Followers of one fetch share one final head, which is made once; only the number of hits differs. */

import { HITS_FIELD } from '../http/cache-status.js'
import type { Fields, RequestHead, ResponseHead } from '../http/message.js'
import { seesSurrogateFields } from '../http/surrogate-fields.js'
import { type Answer, freshForSeconds, isServedFromCache } from './answer.js'
import { type FinalizeOptions, finalize } from './finalize.js'
import type { HeaderOps } from './header-ops.js'

/** A head that equals `common` except for its own number of hits, if hits are shown (`X-Cache-Hits`). */
export class SharedHead implements ResponseHead {
  #fields: Fields | undefined

  constructor(
    readonly common: ResponseHead,
    readonly hits: number | undefined,
  ) {}

  get status(): number {
    return this.common.status
  }

  get statusText(): string {
    return this.common.statusText
  }

  get fields(): Fields {
    this.#fields ??= this.hits === undefined ? this.common.fields : counted(this.common.fields, this.hits)
    return this.#fields
  }
}

/** The last final head, and what it was made from. Followers of one fetch find the same stored head, by identity. */
interface LastHead {
  readonly found: ResponseHead
  readonly source: Answer['source']
  readonly freshForSeconds: number
  readonly request: RequestHead
  readonly head: ResponseHead
}

export class SharedHeads {
  readonly #options: Pick<FinalizeOptions, 'policy' | 'id'>
  #last: LastHead | undefined

  constructor({ policy, id }: Pick<FinalizeOptions, 'policy' | 'id'>) {
    this.#options = { policy, id }
  }

  /** Like `finalize`. A request that has edits, or did not wait for another's fetch, gets a head of its own. */
  finalize(answer: Omit<Answer, 'body'>, request: RequestHead, ops: HeaderOps): ResponseHead {
    const { policy, id } = this.#options
    const options = { policy, id, request, ops }
    if (!answer.lookup?.collapsed || !ops.isEmpty) return finalize(answer, options)
    const { head: found, source, object } = answer
    if (object === undefined || !isServedFromCache(source)) return finalize(answer, options)
    const seconds = freshForSeconds(object)
    let last = this.#last
    const isSame =
      last !== undefined &&
      last.found === found &&
      last.source === source &&
      last.freshForSeconds === seconds &&
      seeSameFields(last.request, request)
    if (last === undefined || !isSame) {
      last = { found, source, freshForSeconds: seconds, request, head: finalize(answer, options) }
      this.#last = last
    }
    return new SharedHead(last.head, policy.xCache ? object.hits : undefined)
  }
}

function seeSameFields(a: RequestHead, b: RequestHead): boolean {
  return a === b || seesSurrogateFields(a) === seesSurrogateFields(b)
}

/** Replaces this cache's number of hits, which is in the last `X-Cache-Hits` line; earlier ones come from other caches. */
function counted(fields: Fields, hits: number): Fields {
  return fields.with(
    fields.findLastIndex(([name]) => name === HITS_FIELD),
    [HITS_FIELD, String(hits)],
  )
}
