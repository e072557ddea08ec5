/** Creates the `node:http` server of a proxy: a strict parser, and the time limits of the settings. */

import { createServer, type Server } from 'node:http'
import type { ConnectionTimeouts } from './connection.js'
import type { Settings } from './options.js'

/** How often Node checks for heads and requests that take too long. */
const LOOK_MS = 1000

export function strictServer(settings: Settings): Server {
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false,
    maxHeaderSize: Math.min(settings.maxHeadBytes, Number.MAX_SAFE_INTEGER),
    headersTimeout: nodeTimeout(settings.headTimeoutMs),
    requestTimeout: nodeTimeout(settings.requestTimeoutMs),
    keepAliveTimeout: nodeTimeout(settings.keepAliveMs),
    connectionsCheckingInterval: LOOK_MS,
    noDelay: true,
  })
  // No limit on the number of field lines: the size of a head is limited already.
  server.maxHeadersCount = 0
  return server
}

/** The time limits that connections enforce. Newer versions of Node keep a connection somewhat longer than its client is told. */
export function timeoutsOf(
  server: Server & { keepAliveTimeoutBuffer?: number },
  { sendTimeoutMs }: Settings,
): ConnectionTimeouts {
  const { headersTimeout, requestTimeout, keepAliveTimeout, keepAliveTimeoutBuffer = 0 } = server
  return {
    head: headersTimeout,
    keepAlive: keepAliveTimeout && keepAliveTimeout + keepAliveTimeoutBuffer,
    send: nodeTimeout(sendTimeoutMs),
    request: requestTimeout,
  }
}

/** `ms` as an option of Node, for which 0 is no timeout. */
function nodeTimeout(ms: number): number {
  return Number.isFinite(ms) ? ms : 0
}
