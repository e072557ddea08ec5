/** `tidewait demo`: runs the tour, and exits with 0 only if all scenes passed that could be played. `npm start` runs this. */

import { HELP, readArguments } from './demo/arguments.js'
import { openReport } from './demo/report.js'
import { scenes } from './demo/scenes/index.js'
import { tour } from './demo/tour.js'

/** The exit code that a shell reports for a command that a signal has ended: 128 plus the number of the signal. */
const ENDED_BY = { SIGINT: 130, SIGTERM: 143 } as const

/** Returns the exit code. @throws UsageError, MissedError */
export async function demo(argv: readonly string[]): Promise<number> {
  const wanted = readArguments(argv)
  if (wanted.do === 'help') {
    console.log(HELP)
    return 0
  }
  const interrupted = signals()
  try {
    const verdict = await tour({ scenes, origin: wanted.origin, report: openReport(process.stdout), interrupted })
    return codeOf(interrupted) ?? (verdict === 'passed' ? 0 : 1)
  } catch (failure) {
    const code = codeOf(interrupted)
    if (code === undefined) throw failure
    console.error((failure as Error).message)
    return code
  }
}

/** Aborts with the exit code as its reason. A second signal of the same kind ends the process at once. */
function signals(): AbortSignal {
  const controller = new AbortController()
  for (const [name, code] of Object.entries(ENDED_BY)) process.once(name, () => controller.abort(code))
  return controller.signal
}

function codeOf({ aborted, reason }: AbortSignal): number | undefined {
  return aborted ? (reason as number) : undefined
}
