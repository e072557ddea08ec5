/** What a scene may have played on worker threads. */

import type { Cache } from '../../client/cache.js'
import type { Page } from './page.js'

/** What a part is given: a page, and how often to ask for it. */
export interface Task extends Page {
  readonly times: number
}

/** Plays without an event loop, so it can block; `ready` lets the scene go on elsewhere. */
export type Part<T> = (cache: Cache, task: Task, ready: () => void) => T
