/** What a member of a crew has to do something with, and the words in which it says what came of it. */

import type { Cache, HttpResponse } from '../../lib/index.js'

export interface Task {
  readonly cache: Cache
  readonly url: string
  readonly gate: Int32Array
  readonly amount: number
  say(word: unknown): void
  told(): Promise<unknown>
}

/** How a request ended, in words that cross. */
export interface Ending {
  readonly status?: number
  readonly text?: string
  readonly error?: string
  readonly code?: string
}

export function ended(response: HttpResponse): Ending {
  return { status: response.status }
}

export function failed(error: unknown): Ending {
  const { name, code } = error as Error & { code: string }
  return { error: name, code }
}

/** Says what `work` failed with, having said before that it begins. */
export async function tellFailure(say: Task['say'], work: () => unknown): Promise<void> {
  say('begins')
  try {
    await work()
  } catch (error) {
    say(failed(error))
  }
}

/** Stops this thread for good, and everything on it. */
export function stop(gate: Int32Array): void {
  Atomics.wait(gate, 0, 0)
}
