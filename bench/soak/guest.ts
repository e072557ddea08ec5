/** A thread of the soak: asks for one thing after another, each in a way chosen by chance, and tells each answer. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import { type Cache, connect, HostLostError, type PendingRequest, TruncatedBodyError } from '../../lib/index.js'
import { chance } from './chance.js'
import { WAYS, type Way } from './ways.js'

export interface SoakErrand {
  readonly ticket: Ticket
  readonly base: string
  readonly seed: number
  /** Where it says what it is doing: the number of one of `WAYS`, negative while it loads. */
  readonly doing: Int32Array
}

/** All of its modules are there; an answer; or the end: the host is gone, or something came that should not. */
export type SoakWord = 'loaded' | 'answer' | 'host lost' | { readonly unexpected: string }

const { ticket, base, seed, doing } = workerData as SoakErrand
const below = chance(seed)
const URLS = 12

/** Of 4 KiB or of 200 KiB, after 0 to 20 ms. */
function someUrl(): string {
  const nth = below(URLS)
  return `${base}/${nth % 4 === 0 ? 200_000 : 4000}/${(nth * 7) % 21}?${nth}`
}

async function* source(): AsyncGenerator<Uint8Array> {
  for (let left = below(20); left >= 0; left--) yield new Uint8Array(10_000)
}

const ways: Readonly<Record<Way, (cache: Cache) => unknown>> = {
  blocked: (cache) => cache.send(someUrl()).wait().bytes().wait(),
  awaiting: async (cache) => await (await cache.send(someUrl())).bytes(),
  'blocked with a hook': (cache) =>
    cache
      .send(someUrl(), { afterSend() {} })
      .wait()
      .bytes()
      .wait(),
  'awaiting hooks': async (cache) => {
    const late = () => new Promise<void>((resolve) => setImmediate(resolve))
    await (await cache.send(someUrl(), { beforeSend: late, afterSend: late })).bytes()
  },
  'an upload': async (cache) => await (await cache.send(someUrl(), { method: 'POST', body: source() })).bytes(),
  'a purge': (cache) => cache.purge({ url: someUrl() }).wait(),
  'a crowd': (cache) =>
    crowd(
      cache,
      Array.from({ length: 20 }, () => cache.send(someUrl())),
    ),
  fetch: async (cache) => await (await cache.fetch(someUrl())).arrayBuffer(),
}

function crowd(cache: Cache, pendings: PendingRequest[]): void {
  for (const settled of cache.completed(pendings)) if (settled.status === 'rejected') throw settled.reason
}

/** A host that has just died may have closed the port already, and not be known to be dead. */
function joined(): Cache | undefined {
  try {
    return connect(ticket)
  } catch {
    return undefined
  }
}

async function soak(): Promise<SoakWord> {
  const cache = joined()
  if (cache === undefined) return 'host lost'
  try {
    for (;;) {
      try {
        doing[0] = below(WAYS.length)
        await ways[WAYS[doing[0]] as Way](cache)
      } catch (error) {
        // Another thread died in the middle of a body that this one read.
        if (!(error instanceof TruncatedBodyError)) throw error
      }
      parentPort?.postMessage('answer' satisfies SoakWord)
    }
  } catch (error) {
    if (error instanceof HostLostError) return 'host lost'
    return { unexpected: (error as Error).stack ?? String(error) }
  }
}

parentPort?.postMessage('loaded' satisfies SoakWord)
parentPort?.postMessage(await soak())
