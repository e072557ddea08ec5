#!/usr/bin/env node
/** The main job, `npm start`: the tour as a command. Reads the arguments, plays, and says by its exit code how it went. */

import { HELP, readArguments } from './demo/arguments.js'
import { openReport } from './demo/report.js'
import { MissedError } from './demo/scene.js'
import { scenes } from './demo/scenes/index.js'
import { tour } from './demo/tour.js'
import { UsageError } from './usage.js'

/** What a shell reports for a command that a signal has ended: 128 and the number of the signal. */
const ENDED_BY = { SIGINT: 130, SIGTERM: 143 } as const

/** Aborts with the exit code as its reason. A second signal of the same kind ends the process at once. */
function signals(): AbortSignal {
  const controller = new AbortController()
  for (const [name, code] of Object.entries(ENDED_BY)) process.once(name, () => controller.abort(code))
  return controller.signal
}

async function run(argv: readonly string[], interrupted: AbortSignal): Promise<number> {
  const wish = readArguments(argv)
  if (wish.do === 'help') {
    console.log(HELP)
    return 0
  }
  const ending = await tour({ scenes, origin: wish.origin, report: openReport(process.stdout), interrupted })
  return ending === 'as told' ? 0 : 1
}

function complain(failure: unknown): number {
  const isPlain = failure instanceof UsageError || failure instanceof MissedError
  console.error(isPlain ? failure.message : failure)
  return failure instanceof UsageError ? 2 : 1
}

const interrupted = signals()
const code = await run(process.argv.slice(2), interrupted).catch(complain)
process.exitCode = interrupted.aborted ? interrupted.reason : code
