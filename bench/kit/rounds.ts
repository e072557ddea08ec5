/** Measures cells in interleaved rounds, one process each, so that a drift of the machine hits all rivals alike. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Errand } from './child.js'
import type { Cell, Effort, Figure, Sample } from './figure.js'

const CHILD = fileURLToPath(new URL('child.js', import.meta.url))

/** A cell that takes longer than this hangs, and fails the run. */
const DEADLINE_MS = 180_000

/** A cell with what it was found to be, round by round. */
export interface Measured {
  readonly cell: Cell
  readonly samples: Sample[]
}

/** What to measure, and how thoroughly. */
export interface Plan {
  readonly work: readonly { readonly figure: Figure; readonly cell: Cell }[]
  readonly rounds: number
  effortOf(figure: Figure): Effort
  /** Told before every measurement. */
  progress(cell: Cell): void
}

/** Measures every cell once in each round. Each round begins with another cell, so that nobody always follows the same. */
export async function measure(plan: Plan): Promise<Measured[]> {
  const measured = plan.work.map(({ cell }): Measured => ({ cell, samples: [] }))
  for (let round = 0; round < plan.rounds; round++) {
    for (let turn = 0; turn < plan.work.length; turn++) {
      const at = (turn + round * Math.ceil(plan.work.length / plan.rounds)) % plan.work.length
      const { figure, cell } = plan.work[at] as Plan['work'][number]
      plan.progress(cell)
      measured[at]?.samples.push(await inChild({ probe: figure.probe.href, cell, effort: plan.effortOf(figure) }))
    }
  }
  return measured
}

async function inChild(errand: Errand): Promise<Sample> {
  const { rival, figure, size } = errand.cell
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const child = fork(CHILD, { execArgv: ['--expose-gc'], signal: deadline, killSignal: 'SIGKILL' })
  child.send(errand)
  const answer = once(child, 'message') as Promise<[Sample]>
  const exit = once(child, 'exit').then(([code]) => {
    throw new Error(`${figure}, ${rival}, ${size}: the process ended with ${code} and without a sample`)
  })
  const [sample] = await Promise.race([answer, exit])
  await exit.catch(() => {})
  return sample
}
