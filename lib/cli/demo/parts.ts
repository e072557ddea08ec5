/** The parts of all scenes, by name: what can cross to a thread is a name, not a function. */

import type { Part } from './part.js'
import { blockTogether } from './scenes/cold-collapse.js'
import { workAndPoll } from './scenes/poll.js'
import { losePatience } from './scenes/wait.js'
import { askInARow } from './scenes/warm-hits.js'

const parts: readonly Part<unknown>[] = [blockTogether, askInARow, workAndPoll, losePatience]

export function partNamed(name: string): Part<unknown> {
  const part = parts.find((part) => part.name === name)
  if (part === undefined) throw new Error(`no scene has a part called ${name}`)
  return part
}
