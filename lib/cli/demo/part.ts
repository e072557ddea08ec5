/** A part is what a scene has the worker threads do. Types only. */

import type { Cache } from '../../client/cache.js'
import type { Page } from './page.js'

/** The task of a part: a page, and how often to ask for it. */
export interface Task extends Page {
  readonly times: number
}

/** Runs synchronously, and may block. Calls `ready` when it has come to the point for which the scene waits. */
export type Part<T> = (cache: Cache, task: Task, ready: () => void) => T
