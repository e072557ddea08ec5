/** A guest that dies at one yield point of its generators: it counts them all, and dies at the one it was given. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import { connect, type SendInit } from '../../lib/index.js'
import { RESUME, Ready } from '../../lib/scheduler/ready.js'

/** How a thread can end: by itself, by an error that nobody catches, or from outside while it is blocked or turns. */
export const ways = ['exits', 'throws', 'is terminated while it is blocked', 'is terminated while it turns'] as const
export type Way = (typeof ways)[number]

export interface ErrandData {
  readonly ticket: Ticket
  readonly base: string
  /** Which yield point it dies at; none where there are fewer. */
  readonly diesAt: number
  readonly way: Way
}

/** What it says: that it can be ended now, or that it is through and how many yield points there were. */
export type ErrandWord = { readonly is: 'at its end' } | { readonly is: 'through'; readonly points: number }

const { ticket, base, diesAt, way } = workerData as ErrandData
const say = (word: ErrandWord) => parentPort?.postMessage(word)
let points = 0

const yielded = Ready.prototype.next
Ready.prototype.next = function next(sent?: unknown) {
  if (sent !== RESUME && ++points === diesAt) die()
  return yielded.call(this, sent)
}

function die(): void {
  switch (way) {
    case 'exits':
      return process.exit(7)
    case 'throws':
      queueMicrotask(() => {
        throw new Error('dies of its errand')
      })
      return
    case 'is terminated while it is blocked':
      say({ is: 'at its end' })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      return
    case 'is terminated while it turns':
      say({ is: 'at its end' })
  }
}

const cache = connect(ticket)
const hooks: SendInit = {
  beforeSend: async () => {},
  afterSend: async (candidate) => {
    candidate.ttl = 60
  },
}
const shouting: SendInit = {
  afterSend(candidate) {
    candidate.bodyTransform = async function* (chunks) {
      for await (const chunk of chunks) yield Buffer.from(String(chunk).toUpperCase())
    }
  },
}

await (await cache.send(`${base}/placed`)).text()
await (await cache.send(`${base}/hooked`, hooks)).text()
await (await cache.send(`${base}/shouted`, shouting)).text()
const stale = await cache.send(`${base}/stale`, hooks)
await stale.text()
await stale.revalidation?.then(undefined, () => {})
await (
  await cache.send(`${base}/sent`, {
    method: 'POST',
    body: (async function* () {
      yield Buffer.from('body')
    })(),
  })
).text()
cache
  .send(`${base}/blocked`, { afterSend() {} })
  .wait()
  .bytes()
  .wait()
say({ is: 'through', points })
