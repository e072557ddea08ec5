/** Which hard purges happened since a leader began: what it fetched before them must not be stored as fresh (T104). */

import type { StoredObject } from './object.js'

/** What a purge is aimed at. */
export type PurgeAim = { readonly surrogateKey: string } | { readonly key: string } | { readonly all: true }

/** Serials of the purges of one name, oldest first. */
type Serials = number[]

export class PurgeLog {
  readonly #all: Serials = []
  readonly #byKey = new Map<string, Serials>()
  readonly #bySurrogateKey = new Map<string, Serials>()

  /** Drops what no leader can have been outrun by: the oldest living one has the serial `oldest`. */
  record(target: PurgeAim, { serial, oldest }: { readonly serial: number; readonly oldest: number }): void {
    if ('all' in target) this.#all.push(serial)
    else if ('key' in target) append(this.#byKey, target.key, serial)
    else append(this.#bySurrogateKey, target.surrogateKey, serial)
    trim(this.#all, oldest)
    for (const log of [this.#byKey, this.#bySurrogateKey]) forgetBefore(log, oldest)
  }

  /** The serial of the first purge later than `serial` that would have hit `object`. */
  hitAfter(object: StoredObject, serial: number): number | undefined {
    const { key, surrogateKeys } = object.fields
    const named = surrogateKeys.map((name) => this.#bySurrogateKey.get(name))
    let first: number | undefined
    for (const purges of [this.#all, this.#byKey.get(key), ...named]) {
      const purge = purges?.find((at) => at > serial)
      if (purge !== undefined && (first === undefined || purge < first)) first = purge
    }
    return first
  }
}

/** Keeps the map in the order of its last serials. */
function append(log: Map<string, Serials>, name: string, serial: number): void {
  const purges = log.get(name) ?? []
  purges.push(serial)
  log.delete(name)
  log.set(name, purges)
}

function forgetBefore(log: Map<string, Serials>, oldest: number): void {
  for (const [name, purges] of log) {
    trim(purges, oldest)
    if (purges.length > 0) return
    log.delete(name)
  }
}

function trim(purges: Serials, oldest: number): void {
  while (purges[0] !== undefined && purges[0] < oldest) purges.shift()
}
