/** Pins server and load to a core each. Without `taskset` or a second core, all processes run on all cores. */

import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { isOnPath } from './path.js'

export const SERVER_CORE = 0
export const LOAD_CORE = 1

const canPin = availableParallelism() > 1 && isOnPath('taskset')

/** The command that runs `command` pinned to `core`, with all its threads. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...command] : command
}

/** Pins this process, with the threads that it has by now. */
export function pinMyself(core: number): void {
  if (canPin) execFileSync('taskset', ['-acp', String(core), String(process.pid)], { stdio: 'ignore' })
}
