/** Whether a guest still turns: it shows so as long as it holds transactions or writes bodies, and the host looks. */

import { type CancelTimer, type Clock, systemClock } from '../base/clock.js'

/** Several times in the shortest lease there is. */
const SHOW_MS = 250

/**
 * The guest's side, for while it waits for something else than mail: whoever looks for mail shows that it turns as well. An
 * event loop that goes round, but not for what it has begun here, shows nothing.
 */
export class TurnSigns {
  readonly #show: () => void
  #isDriving: () => boolean = () => true
  #reasons = 0
  #timer: 'off' | 'on' = 'off'

  constructor(show: () => void) {
    this.#show = show
  }

  /** How to see whether the event loop goes on with what this guest has begun. */
  driveWhile(isDriving: () => boolean): void {
    this.#isDriving = isDriving
  }

  /** Whether others may have to wait for this guest. */
  get areShown(): boolean {
    return this.#reasons > 0
  }

  begin(): void {
    this.#reasons++
    this.#later()
  }

  end(): void {
    this.#reasons--
  }

  #later(): void {
    if (this.#timer === 'on' || this.#reasons === 0) return
    this.#timer = 'on'
    const show = () => {
      this.#timer = 'off'
      if (this.#isDriving()) this.#show()
      this.#later()
    }
    systemClock.setTimer(SHOW_MS, show, { keepAlive: false })
  }
}

/** How often in a lease the host looks. */
const LOOKS_PER_LEASE = 4

export interface TurnWatchOptions {
  readonly clock: Clock
  readonly leaseMs: number
  /** How often the guest has shown that it turns. */
  readonly turns: () => number
  /** Called at each look if it has turned since the last one. */
  readonly turned: () => void
  /** Called at each look if it has not. */
  readonly stands: () => void
  /** Called at each look if it has not turned for as long as a lease. */
  readonly stood: () => void
  /** Whether there is anything left to look for. */
  readonly isNeeded: () => boolean
}

/** The host's side. */
export class TurnWatch {
  readonly #options: TurnWatchOptions
  #stopTimer: CancelTimer | undefined
  #seen = 0
  /** Looks in a row that have seen no turn. */
  #still = 0

  constructor(options: TurnWatchOptions) {
    this.#options = options
  }

  begin(): void {
    if (this.#stopTimer === undefined) this.#later()
  }

  end(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }

  #later(): void {
    const { clock, leaseMs, turns } = this.#options
    this.#seen = turns()
    this.#stopTimer = clock.setTimer(leaseMs / LOOKS_PER_LEASE, () => this.#look(), { keepAlive: false })
  }

  #look(): void {
    const { turns, turned, stands, stood, isNeeded } = this.#options
    this.#stopTimer = undefined
    this.#still = turns() === this.#seen ? this.#still + 1 : 0
    if (this.#still === 0) turned()
    else stands()
    if (this.#still >= LOOKS_PER_LEASE) stood()
    if (isNeeded()) this.#later()
  }
}
