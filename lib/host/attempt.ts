/** One attempt at an answer: its phases, the time each may take, and its one end, whatever carries the bytes. */

import type { Trailers } from '../base/body.js'
import type { CancelTimer, Clock } from '../base/clock.js'
import { bodyLength } from '../http/body-length.js'
import type { ResponseHead } from '../http/message.js'
import type { SendErrorCode } from '../pending/send-error.js'
import { SendError } from '../pending/send-error.js'
import { toSendError } from '../pending/to-send-error.js'
import type { BackendTimeouts } from './backends.js'
import { leaveBody, type Outgoing } from './outgoing.js'
import type { BodySource } from './stream-body.js'
import { StreamBody } from './stream-body.js'

/** A head, and the body that follows it. */
export interface Arrived {
  readonly head: ResponseHead
  readonly body: StreamBody
  /** When the request was put on a connection: `request_time` of RFC 9111 4.2.3. */
  readonly sentMs: number
}

/** What carries an attempt. It reports to the attempt by `sent`, `informational`, `answered`, `data`, `finished` and `failed`. */
export interface Wire {
  start(attempt: Attempt): void
  pause(): void
  resume(): void
  /** Gives the connection up; whatever it reports afterwards is ignored. */
  abort(reason: Error): void
  /** Whether all connections the backend allows are busy. */
  readonly saturated: boolean
}

/** How far a request had come: put on no connection yet, on one that gave no octet back, or at its answer. */
export type Progress = 'unsent' | 'unanswered' | 'answered'

/** `connecting` until the request is on a connection, `waiting` until the head is there, `streaming` until the body is whole. */
type Phase = 'connecting' | 'waiting' | 'streaming' | 'ended'

const TIME_LIMITS: Readonly<Record<Exclude<Phase, 'ended'>, readonly [keyof BackendTimeouts, SendErrorCode]>> = {
  connecting: ['connectTimeoutMs', 'ConnectionTimeout'],
  waiting: ['firstByteTimeoutMs', 'HttpResponseTimeout'],
  streaming: ['betweenBytesTimeoutMs', 'HttpResponseTimeout'],
}

/** Whatever has to be ended when the host closes. */
export interface Activity {
  abort(reason: Error): void
}

/** What sends run in. A send is one of the `activities` until its head is there, its attempt until the body is whole. */
export interface SendContext {
  readonly clock: Clock
  readonly activities: Set<Activity>
  openWire(): Wire
}

/** Settles `answer` once; after that, the end of the body is the end of the attempt. */
export class Attempt implements BodySource, Activity {
  readonly answer: Promise<Arrived>
  readonly #wire: Wire
  #phase: Phase = 'connecting'
  #body: StreamBody | undefined
  #stopTimer: CancelTimer | undefined
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

  /** What it is waiting for. */
  get awaits(): 'head' | 'body' {
    return this.#body ? 'body' : 'head'
  }

  /** How far it had come when it failed because a connection that had been kept was closed; `undefined` where that is not why. */
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
    // Until now it was the send's to end.
    this.context.activities.add(this)
    this.#body = new StreamBody(this, bodyLength(this.outgoing.request.method, head))
    this.#resolve({ head, body: this.#body, sentMs: this.#sentMs })
  }

  data(chunk: Uint8Array): void {
    const hasRoom = this.#phase === 'streaming' && this.#body?.push(chunk)
    // The reader was told, and may have had enough.
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
    // An origin that has said all need not have read all, and its connection goes no further.
    leaveBody(this.outgoing)
    this.#body?.end(trailers)
  }

  /** `lostAt`: how far it had come on a connection that had been kept, and broke. */
  failed(error: unknown, lostAt?: Progress): void {
    if (this.#phase === 'ended') return
    const { label: backend, request } = this.outgoing
    const failure = toSendError(error, { backend, request, phase: this.awaits })
    if (failure.code === 'ConnectionTerminated') this.#lostAt = lostAt
    this.#end()
    // Before there is an answer another attempt may follow: the request's body is the send's to leave.
    if (this.#body === undefined) return this.#reject(failure)
    leaveBody(this.outgoing)
    this.#body.fail(failure)
  }

  /** Ends the attempt and its connection; whoever waits for the answer or the body gets `reason`. */
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
    leaveBody(this.outgoing)
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
