/** Which core a process may run on. Where the platform cannot say, everybody runs everywhere. */

import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { isOnPath } from './path.js'

export const SERVER_CORE = 0
export const LOAD_CORE = 1

const canPin = availableParallelism() > 1 && isOnPath('taskset')

/** A command, pinned to `core` with all its threads. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...command] : command
}

/** This process, with the threads it has by now. */
export function pinMyself(core: number): void {
  if (canPin) execFileSync('taskset', ['-acp', String(core), String(process.pid)], { stdio: 'ignore' })
}
