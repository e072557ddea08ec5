/** The tour: starts origin, host and crew, plays one scene after another, and ends everything it has started. */

import { systemClock } from '../../base/clock.js'
import { startHost } from '../../client/host-thread.js'
import { Crew } from './crew.js'
import { MissedError } from './expect.js'
import { ForeignOrigin } from './foreign-origin.js'
import { OriginProcess } from './origin.js'
import type { Report } from './report.js'
import { type Outcome, review, type Scene, type Stage } from './scene.js'
import type { Verdict } from './verdict.js'

const THREADS = 4
/** A scene takes a second at most. This deadline only ends a scene that hangs. */
const DEADLINE_MS = 15_000

export interface TourOptions {
  readonly scenes: readonly Scene[]
  /** A page of a real server; `undefined` for an origin of the tour's own. */
  readonly origin: URL | undefined
  readonly report: Report
  readonly interrupted: AbortSignal
}

/** Returns whether all scenes that could be played have passed. The first that has not ends the tour: it may disturb later ones. */
export async function tour({ scenes, origin: url, report, interrupted }: TourOptions): Promise<'passed' | 'missed'> {
  const start = systemClock.now()
  await using host = await startHost()
  await using crew = new Crew(host, THREADS)
  await using cache = host.connect()
  // Declared last, so disposed first: then nothing waits for its answers while the rest is disposed.
  await using own = url === undefined ? await OriginProcess.start() : undefined
  const origin = own ?? new ForeignOrigin(url as URL, host)
  const page = await inTime(origin.page(interrupted), interrupted)
  const stage = { host, cache, crew, page, origin }
  report.open(page.url, crew.size)

  const verdicts: Verdict[] = []
  for (const scene of scenes) {
    report.begin(scene)
    const verdict = await play(scene, stage, own, interrupted)
    report.end(verdict)
    verdicts.push(verdict)
    if (verdict.is === 'missed') break
  }
  report.close(verdicts, { planned: scenes.length, tookMs: systemClock.now() - start })
  return verdicts.some(({ is }) => is === 'missed') ? 'missed' : 'passed'
}

async function play(
  scene: Scene,
  stage: Stage,
  own: OriginProcess | undefined,
  interrupted: AbortSignal,
): Promise<Verdict> {
  const start = systemClock.now()
  try {
    const before = await stage.origin.requests()
    const playing = played(scene, stage, own)
    if (playing === undefined) return { is: 'skipped', scene, why: 'needs an origin that can be told what to do' }
    const { account, note } = await inTime(playing, interrupted)
    const originRequests = (await stage.origin.requests()) - before
    review(scene, account, originRequests)
    return { is: 'passed', scene, account, originRequests, note, tookMs: systemClock.now() - start }
  } catch (failure) {
    return { is: 'missed', scene, why: failure instanceof MissedError ? failure.message : String(failure) }
  }
}

function played(scene: Scene, stage: Stage, own: OriginProcess | undefined): Promise<Outcome> | undefined {
  if (scene.on === 'any origin') return scene.play(stage)
  return own && scene.play({ ...stage, origin: own })
}

/** Rejects at the deadline, or when the tour is interrupted. Work that is still under way then ends with the tour. */
async function inTime<T>(work: Promise<T>, interrupted: AbortSignal): Promise<T> {
  let undo = () => {}
  const end = new Promise<never>((_, reject) => {
    const stopTimer = systemClock.setTimer(DEADLINE_MS, () => reject(new MissedError(`not done in ${DEADLINE_MS} ms`)))
    const interrupt = () => reject(new MissedError('interrupted'))
    if (interrupted.aborted) interrupt()
    interrupted.addEventListener('abort', interrupt)
    undo = () => {
      stopTimer()
      interrupted.removeEventListener('abort', interrupt)
    }
  })
  try {
    return await Promise.race([work, end])
  } finally {
    undo()
  }
}
