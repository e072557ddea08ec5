/** Counts the reads of stored bodies that wait for more bytes: a closing cache lets them finish (semantics 10.6). */

import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../../base/clock.js'

export class Reads {
  #waiting = 0
  #listener: (() => void) | undefined

  begin(): void {
    this.#waiting++
  }

  end(): void {
    this.#waiting--
    if (this.#waiting === 0) this.#listener?.()
  }

  /**
   * Waits until no read waits, for `timeoutMs` at most. That time is the machine's, whatever clock the cache uses, because bodies
   * come over the network.
   */
  async drain(timeoutMs: number): Promise<void> {
    if (timeoutMs <= 0) return
    let late = false
    const stopTimer = systemClock.setTimer(timeoutMs, () => {
      late = true
      this.#listener?.()
    })
    // A reader that has just got a chunk asks for the next one within a turn or two.
    for (let idleTurns = 0; idleTurns < 3 && !late; idleTurns++) {
      await turn()
      if (this.#waiting === 0 || late) continue
      await new Promise<void>((resolve) => {
        this.#listener = resolve
      })
      idleTurns = 0
    }
    stopTimer()
  }
}
