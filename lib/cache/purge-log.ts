/** Which hard purges happened since a leader began: what it fetched before them must not be stored as fresh (T104). */

import type { StoredObject } from './object.js'
import { Queue } from './queue.js'

/** What a purge is aimed at. */
export type PurgeAim = { readonly surrogateKey: string } | { readonly key: string } | { readonly all: true }

/** The purges of one kind, by the name they were aimed at. */
type Log = Map<string, Serials>

/** One purge, as long as there may be a leader that it has outrun; in the log of its kind it is the oldest of its name by then. */
interface Purge {
  readonly serial: number
  readonly log: Log
  readonly name: string
}

/** All purges of everything have one name. */
const EVERYTHING = ''

/** Purges may come by the thousand while one leader is slow: to record or to forget one takes constant time. */
export class PurgeLog {
  readonly #all: Log = new Map()
  readonly #byKey: Log = new Map()
  readonly #bySurrogateKey: Log = new Map()
  /** Of all kinds, oldest first. */
  readonly #purges = new Queue<Purge>()

  /** Drops what no leader can have been outrun by: the oldest living one has the serial `oldest`. */
  record(target: PurgeAim, { serial, oldest }: { readonly serial: number; readonly oldest: number }): void {
    const purge = { serial, ...this.#placeOf(target) }
    append(purge)
    this.#purges.join(purge)
    for (let first = this.#purges.first; first !== undefined && first.serial < oldest; first = this.#purges.first) {
      this.#purges.shift()
      forget(first)
    }
  }

  /** The serial of the first purge later than `serial` that would have hit `object`. */
  hitAfter(object: StoredObject, serial: number): number | undefined {
    const { key, surrogateKeys } = object.fields
    const named = surrogateKeys.map((name) => this.#bySurrogateKey.get(name))
    let first: number | undefined
    for (const purges of [this.#all.get(EVERYTHING), this.#byKey.get(key), ...named]) {
      const purge = purges?.firstAfter(serial)
      if (purge !== undefined && (first === undefined || purge < first)) first = purge
    }
    return first
  }

  #placeOf(target: PurgeAim): Pick<Purge, 'log' | 'name'> {
    if ('all' in target) return { log: this.#all, name: EVERYTHING }
    if ('key' in target) return { log: this.#byKey, name: target.key }
    return { log: this.#bySurrogateKey, name: target.surrogateKey }
  }
}

function append({ log, name, serial }: Purge): void {
  const serials = log.get(name)
  if (serials === undefined) log.set(name, new Serials(serial))
  else serials.push(serial)
}

function forget({ log, name }: Purge): void {
  const serials = log.get(name)
  serials?.shift()
  if (serials?.isEmpty) log.delete(name)
}

/** Serials of the purges of one name, oldest first. */
class Serials {
  #serials: number[]
  /** Those before this place are forgotten. */
  #from = 0

  constructor(first: number) {
    this.#serials = [first]
  }

  get isEmpty(): boolean {
    return this.#from === this.#serials.length
  }

  push(serial: number): void {
    this.#serials.push(serial)
  }

  shift(): void {
    this.#from += 1
    if (this.#from <= this.#serials.length / 2) return
    this.#serials = this.#serials.slice(this.#from)
    this.#from = 0
  }

  firstAfter(serial: number): number | undefined {
    let low = this.#from
    let high = this.#serials.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#serials[middle] as number) > serial) high = middle
      else low = middle + 1
    }
    return this.#serials[low]
  }
}
