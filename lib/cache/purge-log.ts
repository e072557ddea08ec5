/** Which hard purges have overtaken what is on its way: what was sent for before them must not be stored as fresh (T104). */

import { type Place, Queue } from '../base/queue.js'

/** What a purge is aimed at. */
export type PurgeAim = { readonly surrogateKey: string } | { readonly key: string } | { readonly all: true }

/** What an object can be purged by. */
export interface Purgeable {
  readonly key: string
  readonly surrogateKeys: readonly string[]
}

/** The purges of one kind, by the name they were aimed at. */
type Log = Map<string, Serials>

/** One purge, as long as there is something that it may have overtaken; in the log of its kind it is the oldest of its name by then. */
interface Purge {
  readonly serial: number
  readonly log: Log
  readonly name: string
}

/** A request may be slow, or forgotten by who made it: what is older than so many purges counts as overtaken by one of them. */
const MOST_PURGES = 10_000

/** All purges of everything have one name. */
const EVERYTHING = ''

/** A request that was sent, or is about to be: until it has ended, no purge since then is forgotten. */
export class InFlightSend {
  /** The serial of the first purge that is of its own making, if any: neither that nor a later one has overtaken it. */
  ownPurgeSerial = Number.POSITIVE_INFINITY
  readonly #log: PurgeLog
  readonly #place: Place<InFlightSend>

  /** @internal `PurgeLog.beginSend` makes them. */
  constructor(
    readonly serial: number,
    log: PurgeLog,
    line: Queue<InFlightSend>,
  ) {
    this.#log = log
    this.#place = line.join(this)
  }

  /** What came of it is stored, or nothing will be. Harmless when repeated. */
  end(): void {
    this.#place.leave()
    this.#log.forgetOld()
  }
}

/** Purges may come by the thousand while one request is slow: to record or to forget one takes constant time. */
export class PurgeLog {
  readonly #all: Log = new Map()
  readonly #byKey: Log = new Map()
  readonly #bySurrogateKey: Log = new Map()
  /** Of all kinds, oldest first. */
  readonly #purges = new Queue<Purge>()
  /** Oldest first. */
  readonly #inFlight = new Queue<InFlightSend>()
  readonly #most: number
  /** The last purge that was dropped though it may have overtaken something. */
  #dropped = 0

  constructor(most = MOST_PURGES) {
    this.#most = most
  }

  /** How many purges are remembered. */
  get size(): number {
    return this.#purges.size
  }

  /** Something is sent now; `serial` is higher than all before it. */
  beginSend(serial: number): InFlightSend {
    return new InFlightSend(serial, this, this.#inFlight)
  }

  /** `serial` is higher than all before it. Where nothing is on its way, there is nothing to overtake. */
  record(target: PurgeAim, serial: number): void {
    if (this.#inFlight.size === 0) return
    const purge = { serial, ...this.#placeOf(target) }
    append(purge)
    this.#purges.join(purge)
    if (this.#purges.size > this.#most) this.#dropped = this.#forgetFirst()?.serial ?? this.#dropped
  }

  /** @internal Drops what has overtaken nothing that is still on its way. */
  forgetOld(): void {
    const oldest = this.#inFlight.first?.serial ?? Number.POSITIVE_INFINITY
    while ((this.#purges.first?.serial ?? oldest) < oldest) this.#forgetFirst()
  }

  /** The serial of the first purge since `inFlight` that would have hit what came of it. */
  overtook({ serial, ownPurgeSerial }: InFlightSend, { key, surrogateKeys }: Purgeable): number | undefined {
    // By which, nobody knows any more: so it is as if by one that came at once.
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
