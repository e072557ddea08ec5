/** What the specs of sends share: a clock to look at, and the steps from a request to its last byte. */

import type { BodyReader } from '../../lib/base/body.js'
import type { Undo } from '../../lib/base/undo.js'
import type { OriginSend } from '../../lib/host/origin-send.js'
import { Origins, type OriginsOptions } from '../../lib/host/origins.js'
import type { Field, RequestHead, ResponseHead } from '../../lib/http/message.js'
import { isSendError, type SendError } from '../../lib/pending/send-error.js'
import { TestClock } from '../kit/test-clock.js'

/** A test clock that tells how far off its timers are. */
export class WatchedClock extends TestClock {
  readonly #due = new Set<{ readonly atMs: number }>()

  override setTimer(delayMs: number, callback: () => void): Undo {
    const timer = { atMs: this.now() + delayMs }
    this.#due.add(timer)
    const cancel = super.setTimer(delayMs, () => {
      this.#due.delete(timer)
      callback()
    })
    return () => {
      this.#due.delete(timer)
      cancel()
    }
  }

  /** Milliseconds until each timer that is set, in the order they were set. */
  get timers(): number[] {
    return [...this.#due].map(({ atMs }) => atMs - this.now())
  }

  /** Resolves once there is a timer `ms` away. */
  async set(ms: number): Promise<void> {
    while (!this.timers.includes(ms)) await new Promise(setImmediate)
  }
}

/** Origins that close with the block they are used in. */
export class SpecOrigins extends Origins implements AsyncDisposable {
  readonly clock: WatchedClock

  constructor(options: Omit<OriginsOptions, 'clock'> = {}) {
    const clock = new WatchedClock()
    super({ ...options, clock })
    this.clock = clock
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

export function get(url: string, fields: readonly Field[] = []): RequestHead {
  return { method: 'GET', url, fields }
}

/** The answer, as soon as there is one; throws what `take` throws. */
export async function answerOf(send: OriginSend): Promise<{ head: ResponseHead; body: BodyReader }> {
  await new Promise<void>((resolve) => send.onReady(resolve))
  return send.take()
}

/** The next chunk as text, `undefined` at the clean end. */
export async function next(body: BodyReader): Promise<string | undefined> {
  await new Promise<void>((resolve) => body.onReady(resolve))
  const chunk = body.read()
  return chunk && Buffer.from(chunk).toString('latin1')
}

/** The whole body as text. */
export async function text(body: BodyReader): Promise<string> {
  let whole = ''
  for (;;) {
    const chunk = await next(body)
    if (chunk === undefined) return whole
    whole += chunk
  }
}

/** The `SendError` that `work` fails with. */
export async function failureOf(work: Promise<unknown>): Promise<SendError> {
  const outcome = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  if (isSendError(outcome)) return outcome
  throw outcome
}
