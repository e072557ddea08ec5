/** Numbers that may be used again: the one free for longest first, and none while few of them are free. */

/** So many rest at a time: a handle that somebody has kept too long is bad for a while, before it is somebody else's. */
const RESTING = 256

export class FreeNumbers {
  #numbers: number[] = []
  #taken = 0

  get size(): number {
    return this.#numbers.length - this.#taken
  }

  give(number: number): void {
    this.#numbers.push(number)
  }

  take(): number | undefined {
    if (this.size <= RESTING) return undefined
    const number = this.#numbers[this.#taken++]
    if (this.#taken > this.#numbers.length / 2) {
      this.#numbers = this.#numbers.slice(this.#taken)
      this.#taken = 0
    }
    return number
  }
}
