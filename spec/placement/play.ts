/** One program on one stage: every event in turn, and between two of them nothing moves any more. Gives all that could be seen. */

import type { Stats } from '../../lib/index.js'
import type { Asked } from './asked.js'
import { initOf } from './asking.js'
import { Callers, type Way } from './callers.js'
import { counted } from './counted.js'
import type { Told } from './differences.js'
import type { Event, Program, Then } from './program.js'
import { comeToRest } from './rest.js'
import { SITE, type Stage } from './stage.js'
import { StagedOrigin } from './staged-origin.js'

let programs = 0

/** What all callers saw, what the origin was asked, and what the cache counted. */
export async function play(program: Program, stage: Stage, way: Way): Promise<Told> {
  const playing = new Play(program, stage, way)
  for (const event of program.events) {
    await playing.happen(event)
    await playing.rest()
  }
  return playing.end()
}

class Play {
  readonly #stage: Stage
  readonly #origin: StagedOrigin
  readonly #callers: Callers
  readonly #path = `/${++programs}`
  readonly #before: Stats
  #last: Asked | undefined

  constructor({ replies }: Program, stage: Stage, way: Way) {
    const path = this.#path
    const callers = new Callers(stage, way, SITE + path)
    this.#stage = stage
    this.#callers = callers
    this.#origin = new StagedOrigin(stage.origin, { path, replies, isCrowded: () => callers.isCrowded })
    this.#before = stage.caches[0].stats()
  }

  async happen(event: Event): Promise<void> {
    this.#callers.tick()
    switch (event.event) {
      case 'ask':
        return this.#ask(event.asked)
      case 'again':
        return this.#again(event.times)
      case 'crowd':
        return this.#crowd(event)
      case 'together':
        return this.#together(event)
      case 'go on':
        this.#origin.goOn({ until: 'told', page: event.page })
        return void this.#callers.uploads.goOn(event.page)
      case 'change':
        return this.#origin.change(event.page)
      case 'age':
        await this.#ask({ page: event.page, guest: 0 })
        await this.rest()
        return this.#pass(event)
      case 'tick':
        await this.#pass(event)
        return this.#then(event.then)
      case 'purge':
        this.#purge(event)
        return this.#then(event.then)
      case 'explain':
        return this.#explain(event.asked)
      case 'cancel':
        return this.#callers.cancel(event.at)
    }
  }

  rest(): Promise<void> {
    return comeToRest(this.#stage, this.#origin, this.#callers)
  }

  /** Everything held is let go, and whatever is not read is given back. */
  async end(): Promise<Told> {
    do {
      this.#callers.tick()
      await this.rest()
    } while (this.#callers.uploads.goOn() || this.#origin.goOn())
    this.#callers.giveBack()
    await this.rest()
    const [cache] = this.#stage.caches
    const seen = {
      ...this.#callers.seen,
      uploads: this.#callers.uploads.told,
      asked: this.#origin.asked.sort(),
      counted: counted(cache.stats(), this.#before),
    }
    await cache.purge({ all: true })
    await this.#callers.close()
    return this.#placeless(seen)
  }

  async #ask(...crowd: readonly Asked[]): Promise<void> {
    this.#last = crowd[0]
    await this.#callers.ask(crowd)
  }

  async #again(times: number): Promise<void> {
    const asked = this.#last
    if (asked === undefined) return
    for (let nth = 0; nth < times; nth++) {
      await this.rest()
      await this.#ask(asked)
    }
  }

  async #then(then: Then): Promise<void> {
    const asked = this.#last
    if (asked === undefined || then === 'nobody') return
    await this.rest()
    await this.#callers.ask([then === 'the same' ? asked : { page: asked.page, guest: asked.guest }])
  }

  async #pass({ seconds, changes }: Event & { event: 'age' | 'tick' }): Promise<void> {
    if (changes && this.#last !== undefined) this.#origin.change(this.#last.page)
    await this.#stage.advance(seconds * 1000)
  }

  async #crowd({ asked, count, threads }: Event & { event: 'crowd' }): Promise<void> {
    const other: Asked = threads === 2 ? { ...asked, guest: asked.guest === 0 ? 1 : 0 } : asked
    this.#origin.holding = 'all'
    await this.#ask(...Array.from({ length: count }, (_, nth) => (nth % 2 === 0 ? asked : other)))
    await this.rest()
    this.#origin.holding = 'as told'
  }

  #together({ asked, guest }: Event & { event: 'together' }): void {
    this.#last = asked[0]
    this.#callers.askTogether(asked, guest)
  }

  #purge({ of, soft, guest }: Event & { event: 'purge' }): void {
    const cache = this.#stage.caches[guest]
    this.#callers.order('purged', () => {
      if (of === 'all') return cache.purge({ all: true })
      return cache.purge('key' in of ? { surrogateKey: of.key } : { url: this.#callers.url(of) }, { soft })
    })
  }

  #explain(asked: Asked): void {
    const init = initOf(asked, { notes: [], hooks: 'as asked', body: undefined, key: 'shared', ask: unasked })
    this.#callers.order(
      'explained',
      () => this.#stage.caches[asked.guest].explain(this.#callers.url(asked), init),
      String,
    )
  }

  /** Ports and paths differ from one stage to the next. */
  #placeless(seen: unknown): Told {
    const { base } = this.#stage.origin
    const text = JSON.stringify(seen, (_, value) => (value === undefined ? null : value))
    const bare = text.replaceAll(base, 'ORIGIN').replaceAll(base.slice('http://'.length), 'ORIGIN')
    return JSON.parse(bare.replaceAll(`site.test${this.#path}/`, 'site.test/').replaceAll(/[0-9A-F]{64}/g, 'KEY'))
  }
}

function unasked(): never {
  throw new Error('an explanation runs no hooks')
}
