/** The interface of a cache under test, and how to start and end the process of one. */

import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../kit/free-port.js'
import { listening } from '../../kit/listening.js'

export interface CacheUnderTest {
  readonly name: string
  /** The installed release; `undefined` if the cache is not installed. */
  version(): Promise<string | undefined>
  start(originPort: number): Promise<Running>
}

export interface Running extends AsyncDisposable {
  /** The port on 127.0.0.1 where the cache listens. */
  readonly port: number
  /** Call it before requests are sent. The function it returns resolves once the cache has received `count` more requests. */
  watchRequests(count: number): Promise<() => Promise<void>>
}

/** The release that a command prints for `option`; `undefined` if there is no such command. */
export async function versionOf(command: string, option: string, pattern: RegExp): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [option])
    return pattern.exec(stdout + stderr)?.[1] ?? 'of some release'
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure
  }
}

/** The port where a cache is to listen, and a folder that it alone writes to. */
export interface Place {
  readonly port: number
  readonly folder: string
}

/** Starts a command that stays in the foreground. `prepare` returns its arguments. Its folder is removed when it is ended. */
export async function startIn(
  command: string,
  prepare: (place: Place) => readonly string[] | Promise<readonly string[]>,
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'collapse-'))
  const port = await freePort()
  const child = launch(command, await prepare({ port, folder }), { stdio: 'ignore' })
  await listening(child, port)
  return {
    port,
    // The cache does not report its requests. This pause is long enough for it to read what callers have written.
    watchRequests: async () => () => pause(100),
    async [Symbol.asyncDispose]() {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a process that is killed when this process exits. */
export function launch(command: string, argv: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, argv, options)
  const kill = () => void child.kill()
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** Kills a process, and resolves once it has exited. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
