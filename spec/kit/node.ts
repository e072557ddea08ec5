/** A program run by Node in a process of its own: what it printed, its complaints, and its exit. */

import { type ChildProcess, spawn } from 'node:child_process'

export interface Ran {
  readonly printed: string
  readonly complaints: string
  readonly code: number | null
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves only when no process holds its output any more, its own children included. */
  readonly finished: Promise<Ran>
}

/** Ended by a signal after `timeout` milliseconds. */
export function startNode(
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeout: number },
): Running {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const finished = new Promise<Ran>((resolve) => {
    child.on('close', (code) => resolve({ printed, complaints, code }))
  })
  return { child, finished }
}
