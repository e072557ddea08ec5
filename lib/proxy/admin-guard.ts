/** Guards the admin port: lets programs of operators in, and keeps pages in a browser out. */

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { RefusedError } from './refusal.js'

/**
 * Throws `RefusedError` for a request that a page of another site may have made. Such a page can make a browser send requests here;
 * and if a host name of that site resolves to this address, the page can read the answers (DNS rebinding). So `Sec-Fetch-Site` and
 * `Origin` must not name another site, and `Host` must be an IP address or `localhost`.
 */
export function guard({ headers, method }: IncomingMessage): void {
  if (!isOwnHost(headers.host)) throw refused('ask by address: this host name is not known here')
  const site = headers['sec-fetch-site'] ?? 'none'
  if (site !== 'none' && site !== 'same-origin') throw refused('not for pages of other sites')
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    throw refused('not for pages of other sites')
  // No form can send this type, and no page of another site can without a CORS preflight (Fetch 2.2.2).
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
