/** What every cache of the suite is to the runner: something that can be started in front of an origin, or is not here. */

import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../kit/free-port.js'

export interface CacheUnderTest {
  readonly name: string
  /** Which release is here; `undefined` where none is. */
  version(): Promise<string | undefined>
  start(originPort: number): Promise<Running>
}

export interface Running extends AsyncDisposable {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /** To be asked before requests are sent; gives what resolves once it has taken `count` more. */
  taken(count: number): Promise<() => Promise<void>>
}

/** What a command says of its release, or `undefined` if there is no such command. */
export async function versionOf(command: string, option: string, pattern: RegExp): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [option])
    return pattern.exec(stdout + stderr)?.[1] ?? 'of some release'
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure
  }
}

/** Where a cache of somebody else's is to listen, and the folder of its own it may write to. */
export interface Place {
  readonly port: number
  readonly folder: string
}

/** Starts a command that stays in the foreground; `prepare` gives its arguments. Its folder ends with it. */
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
    // It does not tell: this is enough for what is written to be read.
    taken: async () => () => pause(100),
    async [Symbol.asyncDispose]() {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A process that does not outlive this one, however this one ends. */
export function launch(command: string, argv: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, argv, options)
  const kill = () => void child.kill()
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

const START_MS = 20_000

/** Resolves once somebody listens on `port`. Rejects if the process ends before. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let waited = 0; waited < START_MS; waited += 20) {
    if (child.exitCode !== null) break
    if (await isOpen(port)) return
    await pause(20)
  }
  child.kill()
  throw new Error(`${child.spawnfile} does not listen`)
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Told to end, and waited for. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
