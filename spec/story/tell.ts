/** Tells every story in one placement, in each of its policies. */

import { test } from 'uvu'
import { openCache } from '../../lib/index.js'
import { ClockedHost } from '../kit/clocked-host.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'
import { stories } from './list.js'
import { type Placement, type PolicyName, type Story, World, worldBackends } from './world.js'

/** Real time after which a story counts as stuck. */
const DEADLINE_MS = 10_000

/** Opens worlds, one at a time. */
interface Stage extends AsyncDisposable {
  open(): Promise<World>
}

type Backends = Awaited<ReturnType<typeof worldBackends>>

/** A cache for each story. */
class HereStage implements Stage {
  #close: () => Promise<void> = async () => {}

  constructor(
    private readonly policy: PolicyName,
    private readonly origin: Origin,
    private readonly backends: Backends,
  ) {}

  async open(): Promise<World> {
    await this.#close()
    const { policy, origin, backends } = this
    const clock = new TestClock()
    const cache = openCache({ policy, clock, backends })
    this.#close = () => cache.close({ drainMs: 0 })
    return new World({ placement: 'here', policy, cache, origin, advance: (ms) => clock.advance(ms) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

/** One host for all stories, which leave nothing behind; a guest for each. */
class ThreadStage implements Stage {
  #close: () => Promise<void> = async () => {}

  constructor(
    private readonly placement: Placement,
    private readonly policy: PolicyName,
    private readonly origin: Origin,
    private readonly host: ClockedHost,
  ) {}

  async open(): Promise<World> {
    await this.#close()
    const { placement, policy, origin, host } = this
    const cache = host.connect()
    this.#close = () => cache.close({ drainMs: 0 })
    return new World({ placement, policy, cache, origin, advance: (ms) => host.advance(ms) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    await this.host[Symbol.asyncDispose]()
  }
}

/** Makes a test of every story. Call it once in a file. */
export async function tellAll(placement: Placement): Promise<void> {
  process.env['TIDEWAIT_INVARIANTS'] = '1'
  const origin = await startOrigin()
  const backends = await worldBackends()
  for (const policy of ['rfc9111', 'fastly'] as const) {
    let stage: Stage | undefined
    for (const story of stories.filter(({ policies }) => policies.includes(policy))) {
      const title = `${policy}, ${placement}: ${story.title}`
      const reason = story.except?.[placement]
      if (reason !== undefined) {
        test.skip(`${title} (not told: ${reason})`)
        continue
      }
      test(title, async () => {
        stage ??= await openStage(placement, policy, origin, backends)
        try {
          await inTime(story, await stage.open())
        } catch (failure) {
          // What this story left behind would spoil the next one.
          await stage[Symbol.asyncDispose]()
          stage = undefined
          throw failure
        }
      })
    }
    test.after(async () => stage?.[Symbol.asyncDispose]())
  }
  test.after(() => origin[Symbol.asyncDispose]())
  test.run()
}

async function openStage(placement: Placement, policy: PolicyName, origin: Origin, backends: Backends): Promise<Stage> {
  if (placement === 'here') return new HereStage(policy, origin, backends)
  return new ThreadStage(placement, policy, origin, await ClockedHost.start({ policy, backends }))
}

async function inTime(story: Story, world: World): Promise<void> {
  const telling = story.tell(world).then(() => world.settle())
  let timer: NodeJS.Timeout | undefined
  const stuck = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`stuck, with ${JSON.stringify(world.stats)}`)), DEADLINE_MS)
  })
  try {
    await Promise.race([telling, stuck])
  } finally {
    clearTimeout(timer)
  }
}
