/** All callers of a program and its other orders: what they have seen, and what they wait for. */

import type { Pending } from '../../lib/scheduler/index.js'
import type { Asked } from './asked.js'
import { Caller, Sight } from './caller.js'
import type { Driver } from './drivers.js'
import { Driving } from './driving.js'
import type { Stage } from './stage.js'
import { Uploads } from './uploads.js'
import { Ways, type WaysParts } from './ways.js'

export interface Way {
  readonly driver: Driver
  readonly hooks: WaysParts['hooks']
}

export class Callers {
  readonly uploads = new Uploads()
  readonly #driving: Driving
  readonly #ways: Ways
  readonly #callers: Caller[] = []
  /** The callers that asked at once, or one alone. */
  readonly #crowds: Caller[][] = []
  readonly #orders: Sight[] = []
  #ordered = 0
  /** Counts what happens. */
  #moment = 0

  /** Pages lie below `base`. */
  constructor(stage: Stage, { driver, hooks }: Way, base: string) {
    this.#driving = new Driving(driver)
    this.#ways = new Ways({ stage, driving: this.#driving, uploads: this.uploads, hooks, base })
  }

  /** Grows with what is seen. */
  get progress(): unknown {
    return [this.driven, this.uploads.held, this.#callers.map(({ seen, state }) => [state, Object.keys(seen).length])]
  }

  /** What is driven and not over. */
  get driven(): number {
    return this.#driving.driven
  }

  /** Something is under way that nobody can hold up. */
  get isBusy(): boolean {
    return this.#ordered > 0 || this.#callers.some(({ state }) => state === 'leaves')
  }

  get isCrowded(): boolean {
    return this.#waiting.length > 1
  }

  /** The callers that wait for a range. */
  get wantingParts(): number {
    return this.#waiting.filter(({ asked }) => asked.fields?.['range'] !== undefined).length
  }

  /** The callers whose hooks wait for an answer of their own. */
  get hooked(): number {
    return this.#ways.hooked
  }

  /** The callers that wait for bytes over a connection of their own. */
  get visiting(): number {
    return this.#callers.filter(
      ({ state, asked: { way } }) => state !== 'over' && (way === 'client' || way === 'proxy'),
    ).length
  }

  /** Answers whose bodies are not read. */
  get unread(): number {
    return this.#callers.filter(({ state, asked }) => state === 'answered' && asked.read === 'nothing').length
  }

  get seen(): { readonly crowds: readonly (readonly unknown[])[]; readonly orders: readonly unknown[] } {
    const seen = ({ seen }: Sight) => seen
    return { crowds: this.#crowds.map((crowd) => crowd.map(seen)), orders: this.#orders.map(seen) }
  }

  get #waiting(): Caller[] {
    return this.#callers.filter(({ state }) => state === 'waits')
  }

  url(asked: Pick<Asked, 'page'>): string {
    return this.#ways.url(asked)
  }

  /** Something has happened, or goes on. */
  tick(): void {
    this.#moment++
  }

  look(): void {
    this.#driving.look()
    for (const caller of this.#callers) if (caller.state !== 'over' && caller.isOver()) caller.state = 'over'
  }

  /**
   * One of those who wait, or read, leaves, other than a proxy's client; of a crowd in two threads nobody: it would matter who
   * leads.
   */
  cancel(at: number): void {
    const some = this.#callers.filter(({ state }) => state === 'waits' || state === 'answered')
    const free = some.filter(({ crowd, asked }) => crowd === 'in one thread' && asked.way !== 'proxy')
    const caller = free[at % Math.max(1, free.length)]
    if (caller === undefined) return
    const isIdle = caller.state === 'answered' && caller.asked.read === 'nothing'
    caller.state = isIdle ? 'over' : 'leaves'
    caller.leave()
  }

  /** Gives back every body that is not read. */
  giveBack(): void {
    for (const caller of this.#callers) {
      caller.response?.cancel()
      if (caller.state === 'answered') caller.state = 'over'
    }
  }

  close(): Promise<void> {
    return this.#ways.close()
  }

  /** A purge, for one, or an explanation. */
  order<T>(what: string, begin: () => Pending<T>, shown: (value: T) => unknown = (value) => value): void {
    const order = new Sight(this.#now)
    this.#orders.push(order)
    this.#ordered++
    const work = this.#driving.drive(begin()).finally(() => {
      this.#ordered--
    })
    order.see('failure', work, (value) => order.tell(what, shown(value)))
  }

  /** Equal requests, each for itself. */
  async ask(crowd: readonly Asked[]): Promise<void> {
    for (const caller of this.#enter(crowd.map((asked) => this.#named(asked, 0)))) await this.#ways.ask(caller)
  }

  askTogether(several: readonly Asked[], guest: 0 | 1): void {
    this.#ways.askTogether(this.#enter(several.map((asked, nth) => this.#named({ ...asked, guest }, nth))), guest)
  }

  #enter(crowd: readonly Asked[]): Caller[] {
    const where = crowd.every(({ guest }) => guest === crowd[0]?.guest) ? 'in one thread' : 'in two'
    const callers = crowd.map((asked) => new Caller(asked, where, this.#now))
    this.#callers.push(...callers)
    this.#crowds.push(callers)
    return callers
  }

  /** The origin knows those who have hooks, or a crowd that has: what it says to them comes to something else. */
  #named(asked: Asked, nth: number): Asked {
    if (asked.before === undefined && asked.after === undefined) return asked
    return { ...asked, fields: { ...asked.fields, 'x-who': `${this.#callers.length + nth}` } }
  }

  readonly #now = () => this.#moment
}
