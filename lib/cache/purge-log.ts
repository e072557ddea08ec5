/** Tells which hard purges came after a request was sent: its response must not be stored as fresh then (T104). */

import { type Place, Queue } from '../base/queue.js'

/** What a purge removes. */
export type PurgeAim = { readonly surrogateKey: string } | { readonly key: string } | { readonly all: true }

/** What an object is purged by. */
export interface Purgeable {
  readonly key: string
  readonly surrogateKeys: readonly string[]
}

/** The serials of the purges of one kind (by key, by surrogate key, of everything), by the key that they name. */
type Log = Map<string, Serials>

/** One remembered purge. Purges are forgotten oldest first, so it is the first of its name in its log when it is forgotten. */
interface Purge {
  readonly serial: number
  readonly log: Log
  readonly name: string
}

/** The most purges remembered, since a send may be slow or never end. A send from before a dropped purge counts as overtaken. */
const MOST_PURGES = 10_000

/** The name that all purges of everything share. */
const EVERYTHING = ''

/** A request that was sent, or is about to be. Purges from after its serial are remembered until it has ended. */
export class InFlightSend {
  /** The serial of the first purge that its own response made, if any. Neither that purge nor a later one overtakes it. */
  ownPurgeSerial = Number.POSITIVE_INFINITY
  readonly #log: PurgeLog
  readonly #place: Place<InFlightSend>

  /** @internal Made by `PurgeLog.beginSend`. */
  constructor(
    readonly serial: number,
    log: PurgeLog,
    line: Queue<InFlightSend>,
  ) {
    this.#log = log
    this.#place = line.join(this)
  }

  /** Called when its response is stored, or will not be. May be called twice. */
  end(): void {
    this.#place.leave()
    this.#log.forgetOld()
  }
}

/** Recording or forgetting a purge takes constant time: thousands may come while one request is slow. */
export class PurgeLog {
  readonly #all: Log = new Map()
  readonly #byKey: Log = new Map()
  readonly #bySurrogateKey: Log = new Map()
  /** The remembered purges of all kinds, oldest first. */
  readonly #purges = new Queue<Purge>()
  /** The sends that have not ended, oldest first. */
  readonly #inFlight = new Queue<InFlightSend>()
  readonly #most: number
  /** The serial of the last purge that was dropped although it may have overtaken a send. */
  #dropped = 0

  constructor(most = MOST_PURGES) {
    this.#most = most
  }

  /** How many purges are remembered. */
  get size(): number {
    return this.#purges.size
  }

  /** Registers a send. `serial` is higher than all before it. */
  beginSend(serial: number): InFlightSend {
    return new InFlightSend(serial, this, this.#inFlight)
  }

  /** Remembers a purge, unless no send is under way that it could overtake. `serial` is higher than all before it. */
  record(target: PurgeAim, serial: number): void {
    if (this.#inFlight.size === 0) return
    const purge = { serial, ...this.#placeOf(target) }
    append(purge)
    this.#purges.join(purge)
    if (this.#purges.size > this.#most) this.#dropped = this.#forgetFirst()?.serial ?? this.#dropped
  }

  /** @internal Forgets purges that are older than all sends under way. */
  forgetOld(): void {
    const oldest = this.#inFlight.first?.serial ?? Number.POSITIVE_INFINITY
    while ((this.#purges.first?.serial ?? oldest) < oldest) this.#forgetFirst()
  }

  /** The serial of the first purge after `inFlight` that would have removed its response. */
  overtook({ serial, ownPurgeSerial }: InFlightSend, { key, surrogateKeys }: Purgeable): number | undefined {
    // A dropped purge may have matched: counts as overtaken by a purge right after the send.
    if (serial < this.#dropped) return serial + 1
    const named = surrogateKeys.map((name) => this.#bySurrogateKey.get(name))
    let first: number | undefined
    for (const purges of [this.#all.get(EVERYTHING), this.#byKey.get(key), ...named]) {
      const purge = purges?.firstAfter(serial)
      if (purge !== undefined && (first === undefined || purge < first)) first = purge
    }
    return first !== undefined && first < ownPurgeSerial ? first : undefined
  }

  #forgetFirst(): Purge | undefined {
    const first = this.#purges.shift()
    if (first !== undefined) forget(first)
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

/** The serials of the purges of one name, oldest first. */
class Serials {
  #serials: number[]
  /** Where the remembered serials begin in the array. */
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
