/** Starts a server: checks the address at the call, and resolves with the bound address once the server listens. */

import type { AddressInfo, Server } from 'node:net'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import { checkOptions, printed } from '../base/options.js'

/** Where a server is to listen. */
export interface ListenOptions {
  /** 0, the default, is any free port. */
  readonly port?: number
  /** 127.0.0.1 by default: reachable from this machine only. */
  readonly host?: string
}

/**
 * How many clients may have connected before the server takes their connections; the system may allow fewer. Beyond that it drops
 * them, and they hang or see a reset. Node's default of 511 is less than a crowd that comes while the thread is busy.
 */
const BACKLOG = 65_535

const KNOWN: ReadonlySet<string> = new Set(['port', 'host'])

/** Where a server listens. */
export interface ListenAddress {
  /** The address that the server is bound to. */
  readonly host: string
  /** The port: the given one, or the free one that was found. */
  readonly port: number
  /** The URL of both, without a slash at the end. */
  readonly url: string
}

/** Rejects with the failure of listening; or with `ClosedError`, naming `what`, if `server` is closed before it listens. */
export function listening(server: Server, where: Required<ListenOptions>, what: string): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const fail = (failure: Error) => {
      forget()
      reject(failure)
    }
    const close = () => fail(new ClosedError(what))
    const forget = () => server.off('error', fail).off('close', close)
    server.listen({ ...where, backlog: BACKLOG }, () => {
      forget()
      const { address: host, family, port } = server.address() as AddressInfo
      resolve({ host, port, url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}` })
    })
    // Added after the call: for a server that listens already, the call throws, and no listener may stay behind.
    server.once('error', fail).once('close', close)
  })
}

/** Throws `InvalidArgumentError` for an unknown option or an invalid value. */
export function whereToListen(options: ListenOptions): Required<ListenOptions> {
  checkOptions(options, KNOWN)
  const { port = 0, host = '127.0.0.1' } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError(`port is a number from 0 to 65535, not ${printed(port)}`)
  // For Node, an empty host means every address of the machine.
  if (typeof host !== 'string' || host === '') throw new InvalidArgumentError('host is a name or an address')
  return { port, host }
}
