/** A latch and a count, for which any number of callers can wait. */

/** Closed until `open` is called, then open for good. */
export class Latch {
  #release: () => void = () => {}
  readonly opened: Promise<void> = new Promise((resolve) => {
    this.#release = resolve
  })

  open(): void {
    this.#release()
  }
}

/** A number that only grows. */
export class Count {
  #value = 0
  #waiting: { readonly goal: number; readonly latch: Latch }[] = []

  get value(): number {
    return this.#value
  }

  add(): void {
    this.#value++
    for (const { goal, latch } of this.#waiting) if (goal <= this.#value) latch.open()
    this.#waiting = this.#waiting.filter(({ goal }) => goal > this.#value)
  }

  /** Resolves once the count is at least `goal`. */
  reached(goal: number): Promise<void> {
    const latch = new Latch()
    if (goal <= this.#value) latch.open()
    else this.#waiting.push({ goal, latch })
    return latch.opened
  }
}
