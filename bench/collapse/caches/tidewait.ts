/** tidewait: `tidewait serve` in a process of its own, with the default options. */

import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { announced } from '../../kit/announced.js'
import { type CacheUnderTest, end, launch } from './cache.js'

const MAIN = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url))
const MANIFEST = new URL('../../../../package.json', import.meta.url)

export const tidewait: CacheUnderTest = {
  name: 'tidewait',
  async version() {
    return (JSON.parse(await readFile(MANIFEST, 'utf8')) as { version: string }).version
  },
  async start(originPort) {
    const where = ['--origin', `http://127.0.0.1:${originPort}`, '--port', '0', '--admin-port', '0']
    const child = launch(process.execPath, [MAIN, 'serve', ...where, '--quiet'], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const [port, admin] = await announced(child.stderr as Readable, /listening on \S+:(\d+),[\s\S]*admin at (\S+)/)
    return {
      port: Number(port),
      async watchRequests(count) {
        const goal = (await requestsStarted(`${admin}stats`)) + count
        return async () => {
          while ((await requestsStarted(`${admin}stats`)) < goal) await pause(25)
        }
      },
      [Symbol.asyncDispose]: () => end(child),
    }
  },
}

async function requestsStarted(stats: string): Promise<number> {
  const figures = (await (await fetch(stats)).json()) as { proxy: { requests: { started: number } } }
  return figures.proxy.requests.started
}
