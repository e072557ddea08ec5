/** One attempt to get an answer: its phases, the time limit of each, and its single end. A `Wire` carries the bytes. */

import type { Trailers } from '../base/body.js'
import type { Clock } from '../base/clock.js'
import type { Undo } from '../base/undo.js'
import { bodyLength } from '../http/body-length.js'
import type { ResponseHead } from '../http/message.js'
import { SendError, type SendErrorCode } from '../pending/send-error.js'
import { toSendError } from '../pending/to-send-error.js'
import type { BackendTimeouts } from './backends.js'
import { abandonBody, type Outgoing } from './outgoing.js'
import { type BodySource, StreamBody } from './stream-body.js'

/** A head, and the body that follows it. */
export interface Arrived {
  readonly head: ResponseHead
  readonly body: StreamBody
  /** When the request was put on a connection: `request_time` of RFC 9111 4.2.3. */
  readonly sentMs: number
}

/** Carries one attempt, and reports to it by `sent`, `informational`, `answered`, `data`, `finished` and `failed`. */
export interface Wire {
  start(attempt: Attempt): void
  pause(): void
  resume(): void
  /** Gives the connection up. The attempt ignores whatever the wire reports afterwards. */
  abort(reason: Error): void
  /** Whether the attempt waits because all connections that the backend allows are busy. */
  readonly saturated: boolean
}

/** How far a request has come: not on a connection yet, on a connection that has sent no octet back, or its answer has begun. */
export type Progress = 'unsent' | 'unanswered' | 'answered'

/** `connecting` until the request is on a connection, `waiting` until the head is there, `streaming` until the body is whole. */
type Phase = 'connecting' | 'waiting' | 'streaming' | 'ended'

const TIME_LIMITS: Readonly<Record<Exclude<Phase, 'ended'>, readonly [keyof BackendTimeouts, SendErrorCode]>> = {
  connecting: ['connectTimeoutMs', 'ConnectionTimeout'],
  waiting: ['firstByteTimeoutMs', 'HttpResponseTimeout'],
  streaming: ['betweenBytesTimeoutMs', 'HttpResponseTimeout'],
}

/** Work that ends when the host closes. */
export interface Activity {
  abort(reason: Error): void
}

/** What sends share. `activities` has a send until its head is there, and after that its attempt until the body has ended. */
export interface SendContext {
  readonly clock: Clock
  readonly activities: Set<Activity>
  openWire(): Wire
}

/** `answer` settles when the head is there or the attempt has failed. After a head, the attempt ends with the body. */
export class Attempt implements BodySource, Activity {
  readonly answer: Promise<Arrived>
  readonly #wire: Wire
  #phase: Phase = 'connecting'
  #body: StreamBody | undefined
  #stopTimer: Undo | undefined
  #lostAt: Progress | undefined
  #sentMs: number
  #resolve!: (answer: Arrived) => void
  #reject!: (error: SendError) => void

  constructor(
    readonly outgoing: Outgoing,
    private readonly context: SendContext,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#wire = context.openWire()
    this.#sentMs = context.clock.now()
    this.#enter('connecting')
    this.#wire.start(this)
  }

  get ended(): boolean {
    return this.#phase === 'ended'
  }

  /** What the attempt waits for. */
  get awaits(): 'head' | 'body' {
    return this.#body ? 'body' : 'head'
  }

  /** How far the request had come when its reused connection was lost; `undefined` if the attempt has not failed in this way. */
  get lostAt(): Progress | undefined {
    return this.#lostAt
  }

  /** The request is on a connection. */
  sent(): void {
    if (this.#phase !== 'connecting') return
    this.#sentMs = this.context.clock.now()
    this.#enter('waiting')
  }

  informational(head: ResponseHead): void {
    if (this.#phase !== 'ended') this.outgoing.onInformational?.(head)
  }

  /** The head is there. */
  answered(head: ResponseHead): void {
    if (this.#phase === 'ended') return
    this.#enter('streaming')
    // Until now the send was the activity, and would have aborted this attempt.
    this.context.activities.add(this)
    this.#body = new StreamBody(this, bodyLength(this.outgoing.request.method, head))
    this.#resolve({ head, body: this.#body, sentMs: this.#sentMs })
  }

  data(chunk: Uint8Array): void {
    const hasRoom = this.#phase === 'streaming' && this.#body?.push(chunk)
    // `push` has told the reader, which may have cancelled the body and so ended this attempt.
    if (this.#phase !== 'streaming') return
    if (hasRoom) {
      this.#startTimer('streaming')
    } else {
      // The reader is slow, not the origin: no limit runs while the connection is paused.
      this.#stopTimer?.()
      this.#wire.pause()
    }
  }

  finished(trailers?: Trailers): void {
    if (this.#phase === 'ended') return
    this.#end()
    // The origin may have answered without reading all of the request body; nothing more of that is sent.
    abandonBody(this.outgoing)
    this.#body?.end(trailers)
  }

  /** `lostAt`: how far the request had come, if the connection was a reused one and broke. */
  failed(error: unknown, lostAt?: Progress): void {
    if (this.#phase === 'ended') return
    const { label: backend, request } = this.outgoing
    const failure = toSendError(error, { backend, request, phase: this.awaits })
    if (failure.code === 'ConnectionTerminated') this.#lostAt = lostAt
    this.#end()
    // Before the head another attempt may follow, so the send decides when to abandon the request's body.
    if (this.#body === undefined) return this.#reject(failure)
    abandonBody(this.outgoing)
    this.#body.fail(failure)
  }

  /** Ends the attempt and its connection. What waits for the answer or the body fails with `reason`. */
  abort(reason: Error): void {
    if (this.#phase === 'ended') return
    this.failed(reason)
    this.#wire.abort(reason)
  }

  resume(): void {
    if (this.#phase !== 'streaming') return
    this.#startTimer('streaming')
    this.#wire.resume()
  }

  abandon(): void {
    if (this.#phase === 'ended') return
    this.#end()
    abandonBody(this.outgoing)
    this.#wire.abort(new Error('the body is not wanted'))
  }

  #enter(phase: Exclude<Phase, 'ended'>): void {
    this.#phase = phase
    this.#startTimer(phase)
  }

  #end(): void {
    this.#phase = 'ended'
    this.#stopTimer?.()
    this.context.activities.delete(this)
  }

  #startTimer(phase: Exclude<Phase, 'ended'>): void {
    const [option, code] = TIME_LIMITS[phase]
    this.#stopTimer?.()
    this.#stopTimer = this.context.clock.setTimer(this.outgoing.backend[option], () => {
      const { label: backend, request } = this.outgoing
      const crowded = phase === 'connecting' && this.#wire.saturated
      this.abort(new SendError(crowded ? 'ConnectionLimitReached' : code, { backend, request }))
    })
  }
}
