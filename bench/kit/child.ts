/** The process of one measurement: loads the probe it is told to, runs it, hands back the sample. */

import type { Cell, Effort, Probe } from './figure.js'

/** What the parent sends. */
export interface Errand {
  readonly probe: string
  readonly cell: Cell
  readonly effort: Effort
}

process.once('message', async ({ probe, cell, effort }: Errand) => {
  const { probe: measure } = (await import(probe)) as { probe: Probe }
  const sample = await measure(cell, effort)
  process.send?.(sample, () => process.exit(0))
})
