/** Plays programs in two ways, and shows the smallest program that tells the ways apart. */

import fc from 'fast-check'
import { differences, type Told } from './differences.js'
import { type DriverName, driver } from './drivers.js'
import { play } from './play.js'
import { POLICIES, type PolicyName } from './policies.js'
import { type Program, program } from './program.js'
import { openStage, type Place, type Stage } from './stage.js'

export interface Where {
  readonly place: Place
  readonly drivenBy: DriverName
  readonly hooks?: 'always'
}

/** They override the seed that is made from a name, and the number of programs that a spec asks for. */
const { PLACEMENT_SEED, PLACEMENT_RUNS } = process.env
/** A program that fails is made smaller for as long. */
const SHRINKING_MS = 20_000

/** Programs of one seed tell the same in both; else the error has the seed, the smallest program found, and where that differs. */
export async function tellTheSame(policy: PolicyName, one: Where, other: Where, runs: number): Promise<void> {
  process.env['TIDEWAIT_INVARIANTS'] = '1'
  const stages = new Stages(policy)
  let giveUpAt = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(program, async (each) => {
    if (performance.now() > giveUpAt) return
    try {
      const differs = differences(await stages.told(one, each), await stages.told(other, each))
      if (differs.length > 0) throw new Error(`it differs\n${differs.join('\n')}`)
    } catch (failure) {
      giveUpAt = Math.min(giveUpAt, performance.now() + SHRINKING_MS)
      await stages.close()
      throw failure
    }
  })
  const seed = Number(PLACEMENT_SEED ?? seedOf(JSON.stringify([policy, one, other])))
  const numRuns = Number(PLACEMENT_RUNS ?? runs)
  console.log(`seed ${seed}: ${policy}, ${numRuns} programs`)
  try {
    await fc.assert(property, { seed, numRuns, includeErrorInReport: true })
  } finally {
    await stages.close()
  }
}

/** Always the same, so that each two ways have programs of their own. */
function seedOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2 ** 31, 0)
}

/** One stage for each way, until a program goes wrong there and leaves something behind. */
class Stages {
  readonly #stages = new Map<Where, Stage>()

  constructor(private readonly policy: PolicyName) {}

  async told(where: Where, each: Program): Promise<Told> {
    const stage = this.#stages.get(where) ?? (await openStage(where.place, POLICIES[this.policy]))
    this.#stages.set(where, stage)
    return play(each, stage, { driver: driver(where.drivenBy), hooks: where.hooks ?? 'as asked' })
  }

  async close(): Promise<void> {
    const stages = [...this.#stages.values()]
    this.#stages.clear()
    for (const stage of stages) await stage[Symbol.asyncDispose]()
  }
}
