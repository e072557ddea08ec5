/** Probe of the proxy: requests cached answers of one size from a server on a core of its own. In µs per answer. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Probe } from '../kit/figure.js'
import { freePort } from '../kit/free-port.js'
import { listening } from '../kit/listening.js'
import { repeat } from '../kit/runs.js'
import { bodyOf, createBareServer } from './answer.js'
import { LOAD_CORE, pinMyself, pinned, SERVER_CORE } from './cores.js'
import { Load } from './load.js'
import { rivalOf } from './rivals.js'

/** So many that there is always a request for the server and an answer for the load. */
const CONNECTIONS = 64
/** The answers of one run. Runs have equal work and not equal time, so that their mean is the mean time of an answer. */
const RUN_ANSWERS = 500
/** The warm-up is counted in answers, since their number decides what is compiled: so many for each millisecond of `warmUpMs`. */
const ANSWERS_PER_MS = 20

export const probe: Probe = async ({ rival, size }, effort) => {
  pinMyself(LOAD_CORE)
  let fetched = 0
  const origin = createBareServer(() => fetched++).listen(0, '127.0.0.1')
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

/** Compares the first answer octet for octet. A cache has stored it afterwards. */
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
  // The parent may give up and disconnect. Nobody else would then end the server.
  process.once('disconnect', () => process.exit(1))
  process.once('exit', () => child.kill())
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  await listening(child, port).catch((cause) => {
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
