/** Probe: cached answers of one size from a server on a core of its own, in µs per answer. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Probe } from '../kit/figure.js'
import { freePort } from '../kit/free-port.js'
import { repeat } from '../kit/runs.js'
import { answering, bodyOf } from './answer.js'
import { LOAD_CORE, pinMyself, pinned, SERVER_CORE } from './cores.js'
import { Load } from './load.js'
import { rivalOf } from './rivals.js'

/** More than enough that neither side ever waits for the other's next step. */
const CONNECTIONS = 64
/** One run. All runs are of the same work, not of the same time: of those the mean would be that of the slow ones. */
const RUN_ANSWERS = 500
/** For the compilers of both sides it is answers that count, not time: so many for each millisecond of warming up. */
const ANSWERS_PER_MS = 20
/** Nobody takes longer to open a port. */
const START_MS = 10_000

export const probe: Probe = async ({ rival, size }, effort) => {
  pinMyself(LOAD_CORE)
  let fetched = 0
  const origin = answering(() => fetched++).listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const originPort = (origin.address() as AddressInfo).port
  await using server = await start(rival, originPort)
  const target = `/${size}`
  await checkBytes(`http://127.0.0.1:${server.port}${target}`, size)
  const load = new Load({ port: server.port, target, size, connections: CONNECTIONS })
  const measured = load.more(effort.warmUpMs * ANSWERS_PER_MS).then(() => repeat(effort, () => run(load)))
  const sample = await Promise.race([measured, load.failed])
  load.stop()
  origin.close()
  if (fetched > 1) throw new Error(`${rival} asked the origin ${fetched} times: those were no hits`)
  return sample
}

async function run(load: Load): Promise<number> {
  const start = performance.now()
  await load.more(RUN_ANSWERS)
  return ((performance.now() - start) * 1000) / RUN_ANSWERS
}

/** The first answer of all, octet for octet; a cache has it afterwards. */
async function checkBytes(url: string, size: number): Promise<void> {
  const bytes = Buffer.from(await (await fetch(url, { headers: { connection: 'close' } })).arrayBuffer())
  if (!bytes.equals(bodyOf(size))) throw new Error(`${url} answers other bytes`)
}

interface Started extends AsyncDisposable {
  readonly port: number
}

async function start(name: string, originPort: number): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'tidewait-bench-'))
  const port = await freePort()
  const { program, prepare } = rivalOf(name)
  const command = pinned(SERVER_CORE, [program, ...prepare({ port, originPort, folder })])
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  // Whoever asked for the measurement may give up, and nobody else knows of the server.
  process.once('disconnect', () => process.exit(1))
  process.once('exit', () => child.kill())
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  await listening(child, port).catch((cause) => {
    child.kill()
    throw new Error(`${name} does not start: ${said}`, { cause })
  })
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`)
    if (await isOpen(port)) return
    await sleep(20)
  }
  throw new Error(`nobody listens on port ${port}`)
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
