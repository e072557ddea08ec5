/** A client of the admin port of a running `tidewait serve`. */

import { ADMIN_PATH } from '../../proxy/admin-path.js'
import { readPort } from './read.js'
import { CommandError, UsageError } from './usage.js'

/** The options of each command that asks a running `serve`. */
export const RUNNING_OPTIONS = {
  'admin-port': { type: 'string' },
  'admin-host': { type: 'string', default: '127.0.0.1' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** The part of a help text for these options. */
export const RUNNING_HELP = `  --admin-port <n>     the admin port of the running \`tidewait serve\`
  --admin-host <addr>  its address; 127.0.0.1 by default
  --json               print JSON
  --help               print this text

Exit code: 0; 1 if no proxy answers there, or it refuses; 2 for a bad argument.`

const PATIENCE_MS = 10_000

export class Running {
  readonly #base: string

  private constructor(base: string) {
    this.#base = base
  }

  /** @throws UsageError */
  static at(values: { 'admin-port'?: string | undefined; 'admin-host': string }, help: string): Running {
    const port = values['admin-port']
    if (port === undefined) throw new UsageError('--admin-port is needed', help)
    const host = values['admin-host']
    const base = `http://${host.includes(':') ? `[${host}]` : host}:${readPort('--admin-port', port, help)}`
    if (!URL.canParse(base)) throw new UsageError(`--admin-host: not an address: ${host}`, help)
    return new Running(base)
  }

  /** The answer to `name`: sent by POST with `order` as JSON, or by GET without one. @throws CommandError */
  async ask<T>(name: 'stats' | 'explain' | 'purge', order?: object): Promise<T> {
    const response = await this.#send(name, order)
    const text = await response.text()
    if (!response.ok) throw new CommandError(`${this.#base} answers ${text.trim() || response.status}`)
    try {
      return JSON.parse(text) as T
    } catch (cause) {
      throw new CommandError(`what answers at ${this.#base} is no tidewait`, { cause })
    }
  }

  async #send(name: string, order: object | undefined): Promise<Response> {
    try {
      return await fetch(this.#base + ADMIN_PATH + name, {
        signal: AbortSignal.timeout(PATIENCE_MS),
        redirect: 'error',
        ...(order !== undefined && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(order),
        }),
      })
    } catch (cause) {
      throw new CommandError(`nobody answers at ${this.#base}`, { cause })
    }
  }
}
