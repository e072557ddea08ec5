/** The course of a request whose answer is remembered: it goes nowhere, and costs its pending no generator. */

import type { Operation } from 'effection'
import type { Handle } from '../../scheduler/index.js'
import { known } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import type { Course } from './course.js'

export class Recollection implements Course {
  readonly #answer: () => HttpResponse

  /** `answer` is called when somebody first drives the request: until then its head may be edited. */
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

  hasLeftCache(): false {
    return false
  }

  leads(): false {
    return false
  }
}
