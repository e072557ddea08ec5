/** Whether a guest still turns: it shows so as long as it holds transactions or writes bodies, and the host looks. */

import { type CancelTimer, type Clock, systemClock } from '../base/clock.js'

/** Several times in the shortest lease there is. */
const SHOW_MS = 250

/** Who drives what this guest has begun. */
export interface Driving {
  /** Whether the event loop does. */
  readonly isTurning: boolean
  /** Whether some of it waits for what only the event loop brings about. */
  readonly needsEventLoop: boolean
}

/**
 * The guest's side. An event loop that goes round, but not for what it has begun here, shows nothing, whatever mail that takes
 * in; nor does a thread that looks for mail and never comes to its event loop, where that is needed.
 */
export class TurnSigns {
  readonly #show: () => void
  #driving: Driving = { isTurning: true, needsEventLoop: false }
  #reasons = 0
  #timer: 'off' | 'on' = 'off'
  #looked: 'not' | 'on its way round' = 'not'

  constructor(show: () => void) {
    this.#show = show
  }

  drivenBy(driving: Driving): void {
    this.#driving = driving
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

  /** The event loop has come round. */
  comeRound(): void {
    if (!this.areShown || this.#driving.isTurning) this.#show()
  }

  /** Whoever drives what was begun here looks for mail. */
  look(): void {
    if (!this.areShown || !this.#driving.needsEventLoop) return this.#show()
    if (this.#looked === 'on its way round') return
    this.#looked = 'on its way round'
    const round = () => {
      this.#looked = 'not'
      this.#show()
    }
    setImmediate(round).unref()
  }

  #later(): void {
    if (this.#timer === 'on' || this.#reasons === 0) return
    this.#timer = 'on'
    const show = () => {
      this.#timer = 'off'
      this.comeRound()
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
    if (this.#stopTimer !== undefined) return
    this.#still = 0
    this.#later()
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
