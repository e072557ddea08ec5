/** At most so many at a time in each place; whoever comes later waits for one to leave, in the order they came. */

import { type Place, Queue } from '../base/queue.js'

/** Leave to be there, or a place in the line of those who wait for it. */
export interface Permit {
  readonly state: 'waiting' | 'held' | 'left'
  /** Harmless when repeated. */
  leave(): void
}

interface Room {
  held: number
  readonly waiting: Queue<Claim>
}

export class Semaphore {
  readonly #most: number
  readonly #rooms = new Map<string, Room>()

  constructor(most: number) {
    this.#most = most
  }

  /** `called` is called when the permit is held, unless it is at once. */
  enter(name: string, called: () => void): Permit {
    const room = this.#rooms.get(name) ?? { held: 0, waiting: new Queue<Claim>() }
    this.#rooms.set(name, room)
    const claim = new Claim(called, (was) => this.#left(name, room, was))
    if (room.held < this.#most) this.#admit(room, claim)
    else claim.place = room.waiting.join(claim)
    return claim
  }

  #admit(room: Room, claim: Claim): void {
    room.held++
    claim.state = 'held'
  }

  #left(name: string, room: Room, was: 'waiting' | 'held'): void {
    if (was === 'waiting') return
    room.held--
    const next = room.waiting.shift()
    if (next !== undefined) {
      this.#admit(room, next)
      next.called()
    } else if (room.held === 0) {
      this.#rooms.delete(name)
    }
  }
}

class Claim implements Permit {
  state: Permit['state'] = 'waiting'
  place: Place<Claim> | undefined = undefined

  constructor(
    readonly called: () => void,
    private readonly onLeft: (was: 'waiting' | 'held') => void,
  ) {}

  leave(): void {
    const was = this.state
    if (was === 'left') return
    this.state = 'left'
    this.place?.leave()
    this.onLeft(was)
  }
}
