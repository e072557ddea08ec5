/** A running `tidewait serve` as the other commands reach it: its admin port, and what it says there. */

import { ADMIN_PATH } from '../../proxy/admin-path.js'
import { readPort } from './read.js'
import { CommandError, UsageError } from './usage.js'

/** Options of every command that talks to one. */
export const RUNNING_OPTIONS = {
  'admin-port': { type: 'string' },
  'admin-host': { type: 'string', default: '127.0.0.1' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Their part of a help text. */
export const RUNNING_HELP = `  --admin-port <n>     the admin port of the \`tidewait serve\` that is meant
  --admin-host <addr>  its address: 127.0.0.1 unless told otherwise
  --json               for programs
  --help               this text

Exit code: 0, or 1 if nobody answers there or the answer is no, 2 for a bad argument.`

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

  /** What it says to `order`, or of itself where there is none. @throws CommandError */
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
