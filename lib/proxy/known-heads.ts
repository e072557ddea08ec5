/** Heads that came before: what follows from nothing but the octets of a head is worked out once. */

import type { IncomingMessage } from 'node:http'
import { type Incoming, readIncoming } from './incoming.js'
import type { Settings } from './options.js'

/** How many are known at most, and how long each may be: together no more than some MiB. */
const MOST = 1024
const LONGEST = 2048
/** Clients of one kind send one head; a target is asked for by a few kinds. */
const KINDS = 4

interface KnownHead {
  readonly method: string
  readonly httpVersion: string
  readonly lines: readonly string[]
  readonly incoming: Incoming
}

export class KnownHeads {
  readonly #settings: Settings
  /** By target; the one that has been known longest first. */
  readonly #known = new Map<string, KnownHead[]>()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** As `readIncoming`, and the very same object for the very same head. Throws `RefusedError`. */
  read(request: IncomingMessage): Incoming {
    const { url = '', rawHeaders } = request
    const kinds = this.#known.get(url)
    if (kinds !== undefined) for (const known of kinds) if (isOf(known, request, rawHeaders)) return known.incoming
    const incoming = readIncoming(request, this.#settings)
    if (incoming.body === 'none' && isShort(rawHeaders)) this.#keep(url, kinds ?? [], request, incoming)
    return incoming
  }

  #keep(url: string, kinds: KnownHead[], request: IncomingMessage, incoming: Incoming): void {
    const { method = '', httpVersion, rawHeaders } = request
    kinds.unshift({ method, httpVersion, lines: rawHeaders, incoming })
    if (kinds.length > KINDS) kinds.pop()
    if (kinds.length > 1 || url.length > LONGEST) return
    this.#known.set(url, kinds)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST) return
      this.#known.delete(oldest)
    }
  }
}

function isOf(known: KnownHead, { method, httpVersion }: IncomingMessage, lines: readonly string[]): boolean {
  if (known.method !== method || known.httpVersion !== httpVersion || known.lines.length !== lines.length) return false
  for (let at = 0; at < lines.length; at++) if (known.lines[at] !== lines[at]) return false
  return true
}

function isShort(lines: readonly string[]): boolean {
  return lines.reduce((length, text) => length + text.length, 0) <= LONGEST
}
