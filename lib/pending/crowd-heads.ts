/** The heads that a crowd is given: what all of them are told is made once, and each has its own number of hits. */

import { HITS_FIELD } from '../http/cache-status.js'
import type { Fields, RequestHead, ResponseHead } from '../http/message.js'
import { seesSurrogateFields } from '../http/surrogate-fields.js'
import { type Answer, freshForSeconds, isServedFromCache } from './answer.js'
import { type FinalizeOptions, finalize } from './finalize.js'
import type { HeaderOps } from './header-ops.js'

/** A head that is another's but for the number of hits, where that is told. */
export class CrowdHead implements ResponseHead {
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

/** A head, and what it was made from, besides the options: those who wait for one fetch find the same, head and all. */
interface Said {
  readonly found: ResponseHead
  readonly source: Answer['source']
  readonly freshForSeconds: number
  readonly request: RequestHead
  readonly head: ResponseHead
}

export class CrowdHeads {
  readonly #options: Pick<FinalizeOptions, 'policy' | 'id'>
  #last: Said | undefined

  constructor({ policy, id }: Pick<FinalizeOptions, 'policy' | 'id'>) {
    this.#options = { policy, id }
  }

  /** As `finalize`. A request that has edits of its own, or did not wait, is no part of a crowd. */
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
      seeAlike(last.request, request)
    if (last === undefined || !isSame) {
      last = { found, source, freshForSeconds: seconds, request, head: finalize(answer, options) }
      this.#last = last
    }
    return new CrowdHead(last.head, policy.xCache ? object.hits : undefined)
  }
}

function seeAlike(a: RequestHead, b: RequestHead): boolean {
  return a === b || seesSurrogateFields(a) === seesSurrogateFields(b)
}

/** The last line of that name is this cache's. */
function counted(fields: Fields, hits: number): Fields {
  return fields.with(
    fields.findLastIndex(([name]) => name === HITS_FIELD),
    [HITS_FIELD, String(hits)],
  )
}
