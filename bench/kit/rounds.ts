/** Measures cells in interleaved rounds, one process each, so that a drift of the machine affects all rivals alike. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job } from './child.js'
import type { Cell, Effort, Figure, Sample } from './figure.js'

const CHILD = fileURLToPath(new URL('child.js', import.meta.url))

/** A measurement that takes longer than this is taken for hung, and fails the run. */
const DEADLINE_MS = 180_000

/** A cell, and its sample from each round. */
export interface Measured {
  readonly cell: Cell
  readonly samples: Sample[]
}

/** What to measure, and how thoroughly. */
export interface Plan {
  readonly work: readonly { readonly figure: Figure; readonly cell: Cell }[]
  readonly rounds: number
  effortOf(figure: Figure): Effort
  /** Called before every measurement. */
  progress(cell: Cell): void
}

/** Measures every cell once in each round. Each round begins with another cell, so that no rival always runs first. */
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

async function inChild(job: Job): Promise<Sample> {
  const { rival, figure, size } = job.cell
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const child = fork(CHILD, { execArgv: ['--expose-gc'], signal: deadline, killSignal: 'SIGKILL' })
  child.send(job)
  const answer = once(child, 'message') as Promise<[Sample]>
  const exit = once(child, 'exit').then(([code]) => {
    throw new Error(`${figure}, ${rival}, ${size}: the process ended with ${code} and without a sample`)
  })
  const [sample] = await Promise.race([answer, exit])
  await exit.catch(() => {})
  return sample
}
