/** The server of `node:http` that a proxy reads its clients with: a strict parser, and as much time as its settings give. */

import { createServer, type Server } from 'node:http'
import type { ConnectionTimeouts } from './connection.js'
import type { Settings } from './options.js'

/** How often Node looks for heads and requests that take too long. */
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
  // Lines count for nothing, bytes do: a head is limited by its size alone.
  server.maxHeadersCount = 0
  return server
}

/** A connection is kept somewhat longer than its client is told, by those versions of Node that know of it. */
export function timeoutsOf(
  server: Server & { keepAliveTimeoutBuffer?: number },
  { sendTimeoutMs }: Settings,
): ConnectionTimeouts {
  const { headersTimeout, keepAliveTimeout, keepAliveTimeoutBuffer = 0 } = server
  return {
    head: headersTimeout,
    keepAlive: keepAliveTimeout && keepAliveTimeout + keepAliveTimeoutBuffer,
    send: nodeTimeout(sendTimeoutMs),
  }
}

/** Node knows no timeout as 0. */
function nodeTimeout(ms: number): number {
  return Number.isFinite(ms) ? ms : 0
}
