/** Heads that came before: what follows from nothing but the octets of a head is worked out once. */

import type { IncomingMessage } from 'node:http'
import type { Cache } from '../client/cache.js'
import type { RequestOptions } from '../pending/context.js'
import type { Hooks } from '../pending/hooks.js'
import { type Incoming, readIncoming } from './incoming.js'
import type { Settings } from './options.js'

/** What a client asks of the cache. A body that follows is not in the options yet. */
export interface Asked {
  readonly options: RequestOptions
  readonly body: Incoming['body']
  /** What the cache may remember its answer by. */
  readonly recallKey: string | undefined
}

/** How many are known at most, and how long each may be: together no more than some MiB. */
const MOST = 1024
const LONGEST = 2048
/** Clients of one kind send one head; a target is asked for by a few kinds. */
const KINDS = 4

const NO_HOOKS: Hooks = {}

interface KnownHead {
  readonly method: string
  readonly httpVersion: string
  readonly lines: readonly string[]
  readonly asked: Asked
}

export class KnownHeads {
  readonly #settings: Settings
  readonly #cache: Cache<unknown>
  /** By target; the one that has been known longest first. */
  readonly #known = new Map<string, KnownHead[]>()

  constructor(settings: Settings, cache: Cache<unknown>) {
    this.#settings = settings
    this.#cache = cache
  }

  /** What `request` asks; for the very same head, the very same. Throws `RefusedError`. */
  read(request: IncomingMessage): Asked {
    const { url = '' } = request
    const kinds = this.#known.get(url)
    if (kinds !== undefined) for (const known of kinds) if (isOf(known, request)) return known.asked
    const asked = this.#ask(readIncoming(request, this.#settings))
    if (asked.body === 'none' && isShort(request)) this.#keep(kinds, request, asked)
    return asked
  }

  #ask({ head, body, override }: Incoming): Asked {
    const { backend } = this.#settings
    const options = { request: head, body: undefined, backend, key: undefined, override, hooks: NO_HOOKS }
    return { options, body, recallKey: body === 'none' ? this.#cache.recallKey(options) : undefined }
  }

  #keep(
    kinds: KnownHead[] | undefined,
    { url = '', method = '', httpVersion, rawHeaders }: IncomingMessage,
    asked: Asked,
  ) {
    const known: KnownHead = { method, httpVersion, lines: rawHeaders, asked }
    if (kinds !== undefined) {
      kinds.unshift(known)
      if (kinds.length > KINDS) kinds.pop()
      return
    }
    this.#known.set(url, [known])
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST) return
      this.#known.delete(oldest)
    }
  }
}

function isOf(known: KnownHead, { method, httpVersion, rawHeaders }: IncomingMessage): boolean {
  const { lines } = known
  if (known.method !== method || known.httpVersion !== httpVersion || lines.length !== rawHeaders.length) return false
  for (let at = 0; at < lines.length; at++) if (lines[at] !== rawHeaders[at]) return false
  return true
}

function isShort({ url = '', rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.reduce((length, text) => length + text.length, url.length) <= LONGEST
}
