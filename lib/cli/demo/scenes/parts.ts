/** Finds the parts of all scenes by name, because a name can cross to a worker thread and a function cannot. */

import type { Part } from '../part.js'
import { blockTogether } from './cold-collapse.js'
import { workAndPoll } from './poll.js'
import { losePatience } from './wait.js'
import { askInARow } from './warm-hits.js'

const parts: readonly Part<unknown>[] = [blockTogether, askInARow, workAndPoll, losePatience]

export function partNamed(name: string): Part<unknown> {
  const part = parts.find((part) => part.name === name)
  if (part === undefined) throw new Error(`no scene has a part called ${name}`)
  return part
}
