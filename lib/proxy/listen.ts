/** Where a server is to listen, checked at the call. */

import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions } from '../base/options.js'

/** Where a server is to listen. */
export interface ListenOptions {
  /** 0, the default, is any free one. */
  readonly port?: number
  /** 127.0.0.1 by default: nobody but this machine. */
  readonly host?: string
}

const KNOWN: ReadonlySet<string> = new Set(['port', 'host'])

/** Throws `InvalidArgumentError` for an unknown option or one that cannot be meant. */
export function whereToListen(options: ListenOptions): Required<ListenOptions> {
  checkOptions(options, KNOWN)
  const { port = 0, host = '127.0.0.1' } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError(`port is a number from 0 to 65535, not ${String(port)}`)
  // To Node, an empty one is every address there is.
  if (typeof host !== 'string' || host === '') throw new InvalidArgumentError('host is a name or an address')
  return { port, host }
}
