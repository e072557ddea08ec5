/** The child process of one measurement: loads the probe that the parent names, runs it and sends the sample back. */

import type { Cell, Effort, Probe } from './figure.js'

/** The one message that the parent sends. */
export interface Job {
  readonly probe: string
  readonly cell: Cell
  readonly effort: Effort
}

process.once('message', async ({ probe, cell, effort }: Job) => {
  const { probe: measure } = (await import(probe)) as { probe: Probe }
  const sample = await measure(cell, effort)
  process.send?.(sample, () => process.exit(0))
})
