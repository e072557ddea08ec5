/** Tells the host whether a guest turns, that is, goes on with its requests: others may wait for its obligations and bodies. */

import { type Clock, systemClock } from '../base/clock.js'
import type { Undo } from '../base/undo.js'

/** How often a turning guest shows that it turns. The shortest lease is several times as long. */
const SHOW_MS = 250

/** How the requests of this guest are driven. */
export interface Driving {
  /** Whether the event loop drives them. */
  readonly isTurning: boolean
  /** Whether some of them wait for something that only the event loop can bring about, such as a hook's promise. */
  readonly needsEventLoop: boolean
}

/**
 * The guest's side: decides when the guest shows the host that it turns. While others may wait for the guest, two things show
 * nothing: an event loop that runs but does not drive the guest's requests, though it takes in mail; and a thread that polls but
 * never returns to its event loop, where its requests need that.
 */
export class TurnSigns {
  readonly #show: () => void
  #driving: Driving = { isTurning: true, needsEventLoop: false }
  #reasons = 0
  #timer: 'off' | 'on' = 'off'
  #immediate: 'none' | 'scheduled' = 'none'

  constructor(show: () => void) {
    this.#show = show
  }

  drivenBy(driving: Driving): void {
    this.#driving = driving
  }

  /** Whether this guest holds a transaction or writes a body, so that others may have to wait for it. */
  get mayHoldUpOthers(): boolean {
    return this.#reasons > 0
  }

  /** The guest has opened a transaction or a writer. */
  begin(): void {
    this.#reasons++
    this.#later()
  }

  /** A transaction or a writer has ended. */
  end(): void {
    this.#reasons--
  }

  /** The event loop has turned. */
  loopTurned(): void {
    if (!this.mayHoldUpOthers || this.#driving.isTurning) this.#show()
  }

  /** A driver of the guest's requests (`poll`, `wait`) looks for mail. */
  polled(): void {
    if (!this.mayHoldUpOthers || !this.#driving.needsEventLoop) return this.#show()
    if (this.#immediate === 'scheduled') return
    this.#immediate = 'scheduled'
    const round = () => {
      this.#immediate = 'none'
      this.#show()
    }
    setImmediate(round).unref()
  }

  #later(): void {
    if (this.#timer === 'on' || this.#reasons === 0) return
    this.#timer = 'on'
    const show = () => {
      this.#timer = 'off'
      this.loopTurned()
      this.#later()
    }
    systemClock.setTimer(SHOW_MS, show, { keepAlive: false })
  }
}

/** How often in one lease the host checks whether the guest turns. */
const CHECKS_PER_LEASE = 4

export interface TurnWatchOptions {
  readonly clock: Clock
  readonly leaseMs: number
  /** How often the guest has shown that it turns. */
  readonly turns: () => number
  /** Called at a check if the guest has turned since the last one. */
  readonly turned: () => void
  /** Called at a check if the guest has not turned since the last one. */
  readonly still: () => void
  /** Called at a check, after `still`, if the guest has not turned for the length of a lease. */
  readonly stillForLease: () => void
  /** Whether the guest still holds anything that others may wait for. */
  readonly isNeeded: () => boolean
}

/** The host's side: checks periodically whether the guest turns, as long as that matters. */
export class TurnWatch {
  readonly #options: TurnWatchOptions
  #stopTimer: Undo | undefined
  #seen = 0
  /** How many checks in a row have seen no turn. */
  #stillChecks = 0

  constructor(options: TurnWatchOptions) {
    this.#options = options
  }

  begin(): void {
    if (this.#stopTimer !== undefined) return
    this.#stillChecks = 0
    this.#later()
  }

  end(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }

  #later(): void {
    const { clock, leaseMs, turns } = this.#options
    this.#seen = turns()
    this.#stopTimer = clock.setTimer(leaseMs / CHECKS_PER_LEASE, () => this.#check(), { keepAlive: false })
  }

  #check(): void {
    const { turns, turned, still, stillForLease, isNeeded } = this.#options
    this.#stopTimer = undefined
    this.#stillChecks = turns() === this.#seen ? this.#stillChecks + 1 : 0
    if (this.#stillChecks === 0) turned()
    else still()
    if (this.#stillChecks >= CHECKS_PER_LEASE) stillForLease()
    if (isNeeded()) this.#later()
  }
}
