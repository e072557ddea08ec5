/** How a server begins to listen: where is checked at the call, and told once it does. */

import type { AddressInfo, Server } from 'node:net'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import { checkOptions, printed } from '../base/options.js'

/** Where a server is to listen. */
export interface ListenOptions {
  /** 0, the default, is any free one. */
  readonly port?: number
  /** 127.0.0.1 by default: nobody but this machine. */
  readonly host?: string
}

const KNOWN: ReadonlySet<string> = new Set(['port', 'host'])

/** Where a server listens. */
export interface ListenAddress {
  /** The address it is bound to. */
  readonly host: string
  /** The one it was given, or the free one it has found. */
  readonly port: number
  /** Of both, without a slash at the end. */
  readonly url: string
}

/** Rejects with what listening failed with, and with `ClosedError` where `server`, called `what`, is closed before it listens. */
export function listening(server: Server, where: Required<ListenOptions>, what: string): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const fail = (failure: Error) => {
      forget()
      reject(failure)
    }
    const close = () => fail(new ClosedError(what))
    const forget = () => server.off('error', fail).off('close', close)
    server.listen(where, () => {
      forget()
      const { address: host, family, port } = server.address() as AddressInfo
      resolve({ host, port, url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}` })
    })
    // After that call: one that listens already throws there, and keeps nothing.
    server.once('error', fail).once('close', close)
  })
}

/** Throws `InvalidArgumentError` for an unknown option or one that cannot be meant. */
export function whereToListen(options: ListenOptions): Required<ListenOptions> {
  checkOptions(options, KNOWN)
  const { port = 0, host = '127.0.0.1' } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError(`port is a number from 0 to 65535, not ${printed(port)}`)
  // To Node, an empty one is every address there is.
  if (typeof host !== 'string' || host === '') throw new InvalidArgumentError('host is a name or an address')
  return { port, host }
}
