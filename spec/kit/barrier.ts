/** Where a spec waits for something to have happened, and lets others wait for it: no spec sleeps. */

/** A barrier that is closed until it is opened, and then stays open. */
export class Barrier {
  #isOpen = false
  #release!: () => void
  /** Resolves once the barrier is open. */
  readonly opened: Promise<void>

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  open(): void {
    this.#isOpen = true
    this.#release()
  }
}

/** A count that only grows, and that can be waited for. */
export class Tally {
  #count = 0
  #waiting: { readonly goal: number; readonly barrier: Barrier }[] = []

  get count(): number {
    return this.#count
  }

  /** Counts one more, and returns how many that makes. */
  add(): number {
    this.#count += 1
    for (const { goal, barrier } of this.#waiting) if (goal <= this.#count) barrier.open()
    this.#waiting = this.#waiting.filter(({ barrier }) => !barrier.isOpen)
    return this.#count
  }

  /** Resolves once the count is at least `goal`. */
  reached(goal: number): Promise<void> {
    const barrier = new Barrier()
    if (goal <= this.#count) barrier.open()
    else this.#waiting.push({ goal, barrier })
    return barrier.opened
  }
}
