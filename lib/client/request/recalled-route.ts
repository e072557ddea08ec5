/** The route of a request whose answer is in this thread's memory: it makes no host call, and needs no generator. */

import type { Operation } from 'effection'
import type { Handle } from '../../scheduler/index.js'
import { known } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import type { Route } from './route.js'

export class RecalledRoute implements Route {
  readonly #answer: () => HttpResponse

  /** `answer` is called when the request is first driven. Until then its head may be edited. */
  constructor(
    readonly name: string,
    readonly firstHandle: Handle,
    answer: () => HttpResponse,
  ) {
    this.#answer = answer
  }

  run(): Operation<HttpResponse> {
    return known(this.#answer())
  }

  giveUp(): void {}

  directHandle(): undefined {
    return undefined
  }

  goesPastCache(): false {
    return false
  }

  leads(): false {
    return false
  }
}
