/** Preloaded into every spec process: when its deadline comes, it says which coroutines are parked on what. */

import { subscribe } from 'node:diagnostics_channel'
import type { Scheduler } from '../../lib/scheduler/index.js'

const schedulers: WeakRef<Scheduler>[] = []

subscribe('tidewait:scheduler', (scheduler) => {
  schedulers.push(new WeakRef(scheduler as Scheduler))
})

function report(): string {
  const lines = schedulers.flatMap((reference, i) => {
    const waits = reference.deref()?.waits() ?? []
    return waits.map(({ coroutine, waitsFor }) => `  scheduler ${i + 1}: ${coroutine} waits for ${waitsFor}`)
  })
  return lines.length === 0 ? '  no coroutine is parked' : lines.join('\n')
}

process.once('SIGTERM', () => {
  process.stderr.write(`deadline; parked:\n${report()}\n`, () => process.exit(1))
})
