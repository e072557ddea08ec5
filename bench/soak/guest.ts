/** A guest thread of the soak: sends one request after another, each in a way chosen at random, and reports each answer. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import { type Cache, connect, HostLostError, type PendingRequest, TruncatedBodyError } from '../../lib/index.js'
import { seededRandom } from './seeded-random.js'
import { WAYS, type Way } from './ways.js'

export interface SoakGuestData {
  readonly ticket: Ticket
  readonly base: string
  readonly seed: number
  /** Shared with the runner: the index in `WAYS` of what the thread is doing, negative while it loads. */
  readonly doing: Int32Array
}

/** The thread has loaded its modules, or has an answer, or ends: because its host is lost, or because of an unexpected failure. */
export type SoakMessage = 'loaded' | 'answer' | 'host lost' | { readonly unexpected: string }

const { ticket, base, seed, doing } = workerData as SoakGuestData
const randomBelow = seededRandom(seed)
const URLS = 12

/** A URL whose answer has 4 or 200 kB and comes after 0 to 20 ms. */
function someUrl(): string {
  const nth = randomBelow(URLS)
  return `${base}/${nth % 4 === 0 ? 200_000 : 4000}/${(nth * 7) % 21}?${nth}`
}

async function* source(): AsyncGenerator<Uint8Array> {
  for (let left = randomBelow(20); left >= 0; left--) yield new Uint8Array(10_000)
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

/** `undefined` if the host has just died: its port may be closed before this thread can know that the host is lost. */
function joined(): Cache | undefined {
  try {
    return connect(ticket)
  } catch {
    return undefined
  }
}

async function soak(): Promise<SoakMessage> {
  const cache = joined()
  if (cache === undefined) return 'host lost'
  try {
    for (;;) {
      try {
        doing[0] = randomBelow(WAYS.length)
        await ways[WAYS[doing[0]] as Way](cache)
      } catch (error) {
        // Another thread was ended in the middle of a body that this thread reads.
        if (!(error instanceof TruncatedBodyError)) throw error
      }
      parentPort?.postMessage('answer' satisfies SoakMessage)
    }
  } catch (error) {
    if (error instanceof HostLostError) return 'host lost'
    return { unexpected: (error as Error).stack ?? String(error) }
  }
}

parentPort?.postMessage('loaded' satisfies SoakMessage)
parentPort?.postMessage(await soak())
