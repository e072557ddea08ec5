/** Which hard purges happened since a leader began: what it fetched before them must not be stored as fresh (T104). */

import type { StoredObject } from './object.js'

/** What a purge is aimed at. */
export type PurgeTarget = { readonly surrogateKey: string } | { readonly key: string } | { readonly all: true }

export class PurgeLog {
  #all = 0
  readonly #byKey = new Map<string, number>()
  readonly #bySurrogateKey = new Map<string, number>()

  record(target: PurgeTarget, serial: number): void {
    if ('all' in target) this.#all = serial
    else if ('key' in target) renew(this.#byKey, target.key, serial)
    else renew(this.#bySurrogateKey, target.surrogateKey, serial)
  }

  /** Whether a purge later than `serial` would have hit `object`. */
  hasHit(object: StoredObject, serial: number): boolean {
    const { key, surrogateKeys } = object.fields
    return (
      this.#all > serial ||
      (this.#byKey.get(key) ?? 0) > serial ||
      surrogateKeys.some((surrogateKey) => (this.#bySurrogateKey.get(surrogateKey) ?? 0) > serial)
    )
  }

  /** Drops what no living leader can have been outrun by. */
  forgetBefore(serial: number): void {
    for (const log of [this.#byKey, this.#bySurrogateKey]) {
      for (const [name, at] of log) {
        if (at >= serial) break
        log.delete(name)
      }
    }
  }
}

/** Keeps the map in the order of its serials. */
function renew(log: Map<string, number>, name: string, serial: number): void {
  log.delete(name)
  log.set(name, serial)
}
