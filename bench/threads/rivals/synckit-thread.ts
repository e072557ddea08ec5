/** The thread that `synckit` starts: gets a body with `ky`, or stores one (`keep`) and returns it later (`kept`). */

import ky from 'ky'
import { runAsWorker } from 'synckit'

const bodies = new Map<string, Uint8Array>()

async function run(what: 'get' | 'keep' | 'kept', url: string): Promise<Uint8Array> {
  if (what === 'kept') return bodies.get(url) ?? new Uint8Array(0)
  const body = new Uint8Array(await ky(url).arrayBuffer())
  if (what === 'get') return body
  bodies.set(url, body)
  return new Uint8Array(0)
}

export type Run = typeof run

runAsWorker(run)
