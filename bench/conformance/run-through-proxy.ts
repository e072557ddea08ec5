/** Runs the suite through our proxy: the suite's server, the proxy and the suite's client are a process each, on loopback. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { devNull } from 'node:os'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { announced } from '../kit/announced.js'
import type { Results, Suite } from './suite.js'

const LOOPBACK = new URL('loopback.js', import.meta.url).href
const TIDEWAIT = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

/** The client waits many times for three seconds. After this time it is taken for hung, and killed. */
const DEADLINE_MS = 300_000

/** `settings` are options of `tidewait serve`. */
export async function runThroughProxy(suite: Suite, settings: readonly string[]): Promise<Results> {
  const origin = spawn(process.execPath, ['--import', LOOPBACK, 'server/server.mjs'], {
    cwd: suite.folder,
    env: settingsOf({ protocol: 'http', port: '0', pidfile: devNull }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let proxy: ChildProcess | undefined
  try {
    const [originUrl = ''] = await announced(origin.stdout, /Listening on (http:\S+?)\/?\s/)
    const argv = [TIDEWAIT, 'serve', '--origin', originUrl, '--port', '0', '--quiet', ...settings]
    const ours = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'pipe'] })
    proxy = ours
    const [base = ''] = await announced(ours.stderr, /listening on (http:[^,\s]+)/)
    return await results(suite, base)
  } finally {
    origin.kill()
    proxy?.kill()
  }
}

async function results(suite: Suite, base: string): Promise<Results> {
  const client = spawn(process.execPath, ['--no-warnings', 'cli.mjs'], {
    cwd: suite.folder,
    env: settingsOf({ base, id: '' }),
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  const ended = once(client, 'exit')
  const output = await text(client.stdout)
  await ended
  return JSON.parse(output) as Results
}

/** The environment by which npm passes settings to the suite. An empty setting counts only as `npm_package_config_*`. */
function settingsOf(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const [name, value] of Object.entries(settings)) {
    delete env[`npm_config_${name}`]
    env[`npm_package_config_${name}`] = value
  }
  return env
}

async function text(stream: Readable): Promise<string> {
  let whole = ''
  for await (const chunk of stream.setEncoding('utf8')) whole += chunk
  return whole
}
