/** One program on one stage: every event in turn, and between two of them nothing moves any more. Gives all that could be seen. */

import type { Stats } from '../../lib/index.js'
import { initOf } from './asking.js'
import { Callers, type Way } from './callers.js'
import { counted } from './counted.js'
import type { Told } from './differences.js'
import type { Asked, Event, Program } from './program.js'
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
    switch (event.event) {
      case 'ask':
        return this.#ask(event.asked)
      case 'again':
        return this.#again(event.times)
      case 'crowd':
        return this.#crowd(event)
      case 'go on':
        return void this.#origin.goOn({ until: 'told', page: event.page })
      case 'change':
        return this.#origin.change(event.page)
      case 'tick':
        if (event.changes && this.#last !== undefined) this.#origin.change(this.#last.page)
        await this.#stage.advance(event.seconds * 1000)
        return this.#again(1)
      case 'purge':
        this.#purge(event)
        return this.#again(1)
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
    while (this.#origin.goOn()) await this.rest()
    this.#callers.giveBack()
    await this.rest()
    const [cache] = this.#stage.caches
    const seen = {
      ...this.#callers.seen,
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

  async #crowd({ asked, count, threads }: Event & { event: 'crowd' }): Promise<void> {
    const other: Asked = threads === 2 ? { ...asked, guest: asked.guest === 0 ? 1 : 0 } : asked
    this.#origin.holding = 'all'
    await this.#ask(...Array.from({ length: count }, (_, nth) => (nth % 2 === 0 ? asked : other)))
    await this.rest()
    this.#origin.holding = 'as told'
  }

  #purge({ of, soft, guest }: Event & { event: 'purge' }): void {
    const url = this.#callers.url({ page: 0 })
    const target = of === 'all' ? { all: true as const } : of === 'key' ? { surrogateKey: 'one' } : { url }
    this.#callers.order('purged', () => this.#stage.caches[guest].purge(target, { soft: soft && of !== 'all' }))
  }

  #explain(asked: Asked): void {
    const init = initOf(asked, [], 'as asked')
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
