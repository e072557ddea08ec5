/** One caller of a program, how far it is, and what it has seen. */

import type { HttpResponse } from '../../lib/index.js'
import type { Asked } from './asked.js'
import type { Notes } from './asking.js'
import { toldFailure } from './told.js'

/** All that the caller and its hooks saw, each under its name and with its moment. */
export interface Seen {
  readonly notes: Notes
  readonly came: Record<string, number>
  [what: string]: unknown
}

export class Sight {
  readonly seen: Seen = { notes: [], came: {} }

  constructor(private readonly now: () => number) {}

  tell(what: string, value: unknown): void {
    this.seen[what] = value
    this.seen.came[what] = this.now()
  }

  /** What `work` comes to: seen by `then`, or as a failure under a name. */
  see<T>(failing: string, work: Promise<T>, then: (value: T) => void): void {
    work.then(then, (failure: unknown) => {
      this.tell(failing, toldFailure(failure))
      this.failed(failing)
    })
  }

  protected failed(_what: string): void {}
}

export class Caller extends Sight {
  /** `leaves`: it was cancelled, and has not seen that. */
  state: 'waits' | 'leaves' | 'answered' | 'over' = 'waits'
  response: HttpResponse | undefined
  /** Gives up waiting, or reading. */
  leave: () => void = () => {}
  /** A caller that hears nothing of its request is over once this says so. */
  isOver: () => boolean = () => false

  constructor(
    readonly asked: Asked,
    /** The cache that it asks. */
    readonly crowd: 'in one thread' | 'in two',
    now: () => number,
  ) {
    super(now)
  }

  protected override failed(what: string): void {
    if (what !== 'revalidation') this.state = 'over'
  }
}
