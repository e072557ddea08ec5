/** Who may give orders: programs of operators, and no page that somebody's browser has open. */

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { RefusedError } from './refusal.js'

/**
 * A page of another site can make a browser send requests here, and with a name of its own that resolves to this address it
 * can read the answers (DNS rebinding). Browsers say where a request comes from; names but `localhost` are never ours.
 *
 * Throws `RefusedError`.
 */
export function guard({ headers, method }: IncomingMessage): void {
  if (!isOwnHost(headers.host)) throw refused('ask by address: this host name is not known here')
  const site = headers['sec-fetch-site'] ?? 'none'
  if (site !== 'none' && site !== 'same-origin') throw refused('not for pages of other sites')
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    throw refused('not for pages of other sites')
  // A type that no form and no other page can send without asking first (Fetch 2.2.2).
  if (method === 'POST' && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw new RefusedError({ status: 415, why: 'application/json is needed', connection: 'close' })
}

function isOwnHost(host: string | undefined): boolean {
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^:]+)(?::\d+)?$/i.exec(host ?? '') ?? []
  return name.toLowerCase() === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

function refused(why: string): RefusedError {
  return new RefusedError({ status: 403, why, connection: 'close' })
}
