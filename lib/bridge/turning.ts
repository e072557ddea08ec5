/** Whether a guest still turns: it shows so as long as it holds transactions, and the host looks. */

import { type CancelTimer, type Clock, systemClock } from '../base/clock.js'

/** Several times in the shortest lease there is. */
const SHOW_MS = 250

/** The guest's side, for while it waits for something else than mail: whoever looks for mail shows that it turns as well. */
export class TurnSigns {
  readonly #show: () => void
  #transactions = 0
  #timer: 'off' | 'on' = 'off'

  constructor(show: () => void) {
    this.#show = show
  }

  begin(): void {
    this.#transactions++
    this.#later()
  }

  end(): void {
    this.#transactions--
  }

  #later(): void {
    if (this.#timer === 'on' || this.#transactions === 0) return
    this.#timer = 'on'
    const show = () => {
      this.#timer = 'off'
      this.#show()
      this.#later()
    }
    systemClock.setTimer(SHOW_MS, show, { keepAlive: false })
  }
}

export interface TurnWatchOptions {
  readonly clock: Clock
  readonly everyMs: number
  /** How often the guest has shown that it turns. */
  readonly turns: () => number
  /** Called at each look if it has turned since the last one. */
  readonly turned: () => void
  /** Whether there is anything left to look for. */
  readonly isNeeded: () => boolean
}

/** The host's side. */
export class TurnWatch {
  readonly #options: TurnWatchOptions
  #stopTimer: CancelTimer | undefined
  #seen = 0

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
    const { clock, everyMs, turns } = this.#options
    this.#seen = turns()
    this.#stopTimer = clock.setTimer(everyMs, () => this.#look(), { keepAlive: false })
  }

  #look(): void {
    const { turns, turned, isNeeded } = this.#options
    this.#stopTimer = undefined
    if (turns() !== this.#seen) turned()
    if (isNeeded()) this.#later()
  }
}
