/** When nothing moves any more on a stage: each request is answered, or waits for the origin, or for one that does. */

import type { Callers } from './callers.js'
import type { Stage } from './stage.js'
import type { StagedOrigin } from './staged-origin.js'

/** Real time after which a program counts as stuck. */
const DEADLINE_MS = 8000
/** Looks in a row that have to find everything as it was: where it is known that all of it is held, and where it only seems so. */
const STILL = { held: 2, 'as it seems': 20 } as const

/** What the origin held back for the sake of order alone goes on, one after another. */
export async function comeToRest(stage: Stage, origin: StagedOrigin, callers: Callers): Promise<void> {
  do await standStill(stage, origin, callers)
  while (origin.goOn({ until: 'at rest' }))
}

async function standStill(stage: Stage, origin: StagedOrigin, callers: Callers): Promise<void> {
  const giveUpAt = performance.now() + DEADLINE_MS
  let [before, looks] = ['', 0]
  for (;;) {
    callers.look()
    await new Promise(setImmediate)
    // On another thread, what was said before is heard before it tells these.
    const stats = [...new Set(stage.caches)].map((cache) => cache.stats())
    const now = JSON.stringify([stats, callers.progress])
    const state = stateOf(stats, origin, callers)
    looks = now === before && state !== 'moving' ? looks + 1 : 0
    before = now
    if (state !== 'moving' && looks >= STILL[state]) return
    if (performance.now() > giveUpAt) throw new Error(`it does not come to rest: ${now}`)
  }
}

type Counted = ReturnType<Stage['caches'][0]['stats']>

function stateOf(
  [first, ...others]: readonly Counted[],
  origin: StagedOrigin,
  callers: Callers,
): 'moving' | keyof typeof STILL {
  if (first === undefined || callers.isBusy) return 'moving'
  const uploading = callers.uploads.held
  if (origin.active > origin.held() + uploading) return 'moving'
  if (origin.active === 0 && uploading === 0 && callers.driven > 0) return 'moving'
  const unread = first.sends.active - origin.active
  if (unread < 0 || unread > callers.unread + uploading) return 'moving'
  const pending = others.reduce((sum, { requests }) => sum + requests.pending, first.requests.pending)
  // Callers of a range may have to wait for bytes that are still to come.
  const forBytes = Math.max(0, pending - first.transactions.waiting - origin.held('head'))
  const forOthers = callers.hooked + uploading
  if (forBytes > (origin.held('body') > 0 ? callers.wantingParts : 0) + forOthers) return 'moving'
  return unread + forBytes + forOthers + callers.visiting > 0 ? 'as it seems' : 'held'
}
