/** The parts that scenes have for worker threads, by name: what can cross to a thread is a name, not a function. */

import type { Cache } from '../../client/cache.js'
import type { Page } from './page.js'
import { blockTogether } from './scenes/cold-collapse.js'
import { workAndPoll } from './scenes/poll.js'
import { losePatience } from './scenes/wait.js'
import { askInARow } from './scenes/warm-hits.js'

/** What a part is given: a page, and how often to ask for it. */
export interface Task extends Page {
  readonly times: number
}

/** Plays without an event loop, so it can block; `ready` lets the scene go on elsewhere. */
export type Part<T> = (cache: Cache, task: Task, ready: () => void) => T

export const parts = { blockTogether, askInARow, workAndPoll, losePatience } satisfies Record<string, Part<unknown>>

export type Parts = typeof parts
