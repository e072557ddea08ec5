/** The admin server: operators explain, purge and read stats of a running proxy, on a port that its clients never see. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { InvalidArgumentError } from '../base/errors.js'
import { checkObject } from '../base/options.js'
import type { Explanation } from '../pending/explain.js'
import { guard } from './admin-guard.js'
import { type AskedFor, askedFor, type PurgeOrder, purgeOrder, readOrder } from './admin-orders.js'
import { ADMIN_PATH } from './admin-path.js'
import { type ListenOptions, listening, whereToListen } from './listen.js'
import { type Refusal, RefusedError, refuse } from './refusal.js'

/** What the admin server calls for each path: `stats` by GET, the others by POST with JSON. */
export interface Operations {
  /** Returns the current figures. */
  stats(): unknown
  /** Explains what would become of a client's request. */
  explain(asked: AskedFor): PromiseLike<Explanation>
  /** Purges, and resolves with how many objects and marks were hit. */
  purge(order: PurgeOrder): PromiseLike<number>
}

/**
 * | request | body | answer |
 * |---|---|---|
 * | GET /__tidewait/stats | | the figures |
 * | POST /__tidewait/explain | `{ url, method?, headers? }` | the decision, and every step to it |
 * | POST /__tidewait/purge | one of `{ url }`, `{ surrogateKey }`, `{ all: true }`, and `soft?` | `{ purged }` |
 *
 * Requests that a page of another site makes, or that name a host other than an IP address or `localhost`, are refused with 403.
 *
 * @example
 * const proxy = createProxy(cache, { origin: 'http://localhost:8080' })
 * const admin = new Admin({
 *   stats: () => ({ proxy: proxy.stats(), cache: cache.stats() }),
 *   explain: (asked) => proxy.explain(asked),
 *   purge: (order) => proxy.purge(order),
 * })
 * console.log(await admin.listen())
 * await admin[Symbol.asyncDispose]()
 */
export class Admin implements AsyncDisposable {
  readonly #server: Server
  readonly #operations: Operations

  /** @throws InvalidArgumentError if an operation is missing */
  constructor(operations: Operations) {
    checkOperations(operations)
    this.#operations = operations
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  /**
   * Starts listening, on 127.0.0.1 by default, and resolves with the base URL of all paths.
   *
   * @throws InvalidArgumentError, ClosedError; the failure of listening
   */
  listen(options: ListenOptions = {}): Promise<string> {
    return listening(this.#server, whereToListen(options), 'the admin port').then(({ url }) => url + ADMIN_PATH)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await ended
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      guard(request)
      answer(response, await this.#perform(request))
    } catch (failure) {
      refuse(response, refusalOf(failure))
    }
  }

  async #perform(request: IncomingMessage): Promise<unknown> {
    const [path = ''] = (request.url ?? '').split('?')
    switch (path) {
      case `${ADMIN_PATH}stats`:
        allow(request, 'GET', 'HEAD')
        return this.#operations.stats()
      case `${ADMIN_PATH}explain`:
        allow(request, 'POST')
        return explained(await this.#operations.explain(askedFor(await readOrder(request))))
      case `${ADMIN_PATH}purge`:
        allow(request, 'POST')
        return { purged: await this.#operations.purge(purgeOrder(await readOrder(request))) }
      default:
        throw new RefusedError({ status: 404, why: `there is stats, explain and purge, under ${ADMIN_PATH}`, ...CLOSE })
    }
  }
}

const CLOSE = { connection: 'close' } as const

function checkOperations(given: Operations): void {
  checkObject('operations', given)
  for (const name of ['stats', 'explain', 'purge'] as const)
    if (typeof given[name] !== 'function') throw new InvalidArgumentError(`${name} is a function`)
}

function allow({ method = '' }: IncomingMessage, ...methods: readonly string[]): void {
  if (methods.includes(method)) return
  const fields = [['allow', methods.join(', ')]] as const
  throw new RefusedError({ status: 405, why: `only ${methods.join(' and ')}`, fields, ...CLOSE })
}

/** Leaves out the request's own fields: they may be secrets, and the operator who sent them knows them. */
function explained(explanation: Explanation): object {
  const { request, decision, cacheStatus, steps } = explanation
  return { method: request.method, url: request.url, decision, cacheStatus, steps }
}

function answer(response: ServerResponse, result: unknown): void {
  const body = `${JSON.stringify(result, null, 2)}\n`
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

function refusalOf(failure: unknown): Refusal {
  if (failure instanceof RefusedError) return failure.refusal
  if (failure instanceof InvalidArgumentError) return { status: 400, why: failure.message, ...CLOSE }
  return { status: 500, why: 'that went wrong', ...CLOSE }
}
