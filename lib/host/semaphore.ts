/** A counting semaphore for each name: at most so many permits are held at a time, and the others wait in the order they came. */

import { type Place, Queue } from '../base/queue.js'

/** A permit that is held, or a place in the queue for one. */
export interface Permit {
  readonly state: 'waiting' | 'held' | 'left'
  /** Harmless when repeated. */
  leave(): void
}

interface Room {
  held: number
  readonly waiting: Queue<Entrant>
}

export class Semaphore {
  readonly #most: number
  readonly #rooms = new Map<string, Room>()

  constructor(most: number) {
    this.#most = most
  }

  /** Asks for a permit. If that is not held at once, `onHeld` is called when it is. */
  enter(name: string, onHeld: () => void): Permit {
    const room = this.#rooms.get(name) ?? { held: 0, waiting: new Queue<Entrant>() }
    this.#rooms.set(name, room)
    const entrant = new Entrant(onHeld, (was) => this.#left(name, room, was))
    if (room.held < this.#most) this.#admit(room, entrant)
    else entrant.place = room.waiting.join(entrant)
    return entrant
  }

  #admit(room: Room, entrant: Entrant): void {
    room.held++
    entrant.state = 'held'
  }

  #left(name: string, room: Room, was: 'waiting' | 'held'): void {
    if (was === 'waiting') return
    room.held--
    const next = room.waiting.shift()
    if (next !== undefined) {
      this.#admit(room, next)
      next.onHeld()
    } else if (room.held === 0) {
      this.#rooms.delete(name)
    }
  }
}

class Entrant implements Permit {
  state: Permit['state'] = 'waiting'
  place: Place<Entrant> | undefined = undefined

  constructor(
    readonly onHeld: () => void,
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
