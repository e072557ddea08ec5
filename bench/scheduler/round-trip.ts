/** Probe of the bridge: a guest asks what takes the host no work, and blocks until the answer comes. In µs per round trip. */

import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import type { Line } from './line.js'
import { callers } from './rivals.js'

/** How many questions make one run. */
const QUESTIONS = 1000

export const probe: Probe = async ({ rival }, effort) => {
  const caller = await load(callers, rival)
  const line = await caller.open()
  let asked = 0
  const sample = await repeat(effort, () => {
    asked += QUESTIONS
    return askMany(line)
  })
  check('questions the host answered', await line.close(), asked)
  return sample
}

function askMany(line: Line): number {
  const start = performance.now()
  for (let question = 0; question < QUESTIONS; question++) line.ask()
  return ((performance.now() - start) * 1000) / QUESTIONS
}
