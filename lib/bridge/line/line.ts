/** An ordered channel of messages between two threads: through a ring in shared memory if they fit, else through a message port. */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type Clock, systemClock } from '../../base/clock.js'
import { markedMemory } from '../../base/marked-memory.js'
import type { Undo } from '../../base/undo.js'
import { DIRECTION_WORDS, Direction, INITIAL_RING_BYTES } from './direction.js'
import type { Waking } from './doorbell.js'
import { isOldest, readFrame, roomForFrame, writeFrame } from './frame.js'
import { alone, BELL, isSent, KNOCK, type Message, type Move, type Posted, type Sent } from './messages.js'

/** Control words of both directions. */
const CONTROL_BYTES = 2 * DIRECTION_WORDS * 4
/** How often the writer checks whether it still needs a ring that has grown. */
const SHRINK_MS = 1000

type Side = 'guest' | 'host'

/** Shared memory for both directions of one line: new, or `used` memory that neither end of an earlier line touches any more. */
export function lineMemory(used?: SharedArrayBuffer): SharedArrayBuffer {
  if (used === undefined) return markedMemory(CONTROL_BYTES + 2 * INITIAL_RING_BYTES)
  new Int32Array(used, 0, CONTROL_BYTES / 4).fill(0)
  return used
}

/**
 * The host sends many answers in one turn of its event loop, so it sounds the doorbell once for this many messages, and for the
 * remaining ones in a microtask. A guest sounds it for each message, because its thread may block right after sending.
 */
const MOST_UNANNOUNCED = 16

export interface LineOptions {
  /** The number of the first message in each direction. Both ends must use the same. */
  readonly first?: number
  readonly clock?: Clock
}

function direction(memory: SharedArrayBuffer, index: 0 | 1, first: number): Direction {
  const words = new Int32Array(memory, index * DIRECTION_WORDS * 4, DIRECTION_WORDS)
  return new Direction(
    words,
    new Uint8Array(memory, CONTROL_BYTES + index * INITIAL_RING_BYTES, INITIAL_RING_BYTES),
    first,
  )
}

/**
 * One end of the line. Messages are received in the order they were sent, whether they came by ring or by port: each has a
 * number, and the message with the next number is either the oldest frame in the ring or on its way through the port. A ring can
 * therefore be replaced while frames lie in it: the `Move` that says so has a message number of its own.
 */
export class Line<Out, In> {
  readonly #port: MessagePort
  readonly #out: Direction
  readonly #in: Direction
  /** Messages that the port delivered before those with lower numbers were received from the ring. */
  readonly #outOfOrder = new Map<number, Posted<In> | Move>()
  readonly #clock: Clock
  readonly #hasMail = () =>
    this.#state === 'open' && (this.#isNextInRing() || this.#outOfOrder.has(this.#in.count) || this.#isPosted())
  readonly #flush = () => this.flush()
  readonly #postBell = () => this.#port.postMessage(BELL)
  readonly #sounds: 'for each' | 'for many'
  #state: 'open' | 'closed' = 'open'
  #held = false
  /** How many numbered messages came by port so far, modulo 2^32. */
  #posted = 0
  /** How many messages were sent since the doorbell last sounded. */
  #unannounced = 0
  #stopTimer: Undo | undefined
  #onMail: () => void = () => {}

  constructor(port: MessagePort, memory: SharedArrayBuffer, side: Side, options: LineOptions = {}) {
    const { first = 0, clock = systemClock } = options
    this.#port = port
    this.#clock = clock
    this.#out = direction(memory, side === 'guest' ? 0 : 1, first)
    this.#in = direction(memory, side === 'guest' ? 1 : 0, first)
    this.#sounds = side === 'guest' ? 'for each' : 'for many'
    port.on('message', (data: Sent<In>) => {
      if (data === KNOCK) return
      this.#arrive(data)
      this.#onMail()
    })
    // A message that cannot be deserialized is lost, and without it the messages after it have no order.
    port.on('messageerror', () => this.close())
    port.unref()
  }

  /** `listener` is called on the event loop when there may be mail. */
  onMail(listener: () => void): void {
    this.#onMail = listener
  }

  /** `listener` is called on the event loop when the line is closed, from either side. */
  onClose(listener: () => void): void {
    this.#port.on('close', listener)
  }

  /** While held, the line keeps this thread's event loop running. */
  hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    if (held) this.#port.ref()
    else this.#port.unref()
  }

  /**
   * Sends `message` without ever blocking. What has no room in the ring, or shares memory, goes by port, or is dropped if `noRoom`
   * says so. A closed line sends nothing.
   */
  send(message: Message<Out>, noRoom: 'post' | 'drop' = 'post'): void {
    if (this.#state === 'closed') return
    if (message.shared !== undefined || !this.#write(message)) {
      if (noRoom === 'drop') return
      this.#post(message)
    }
    this.#out.advance()
    if (++this.#unannounced === 1 && this.#sounds === 'for many') queueMicrotask(this.#flush)
    else if (this.#unannounced === MOST_UNANNOUNCED || this.#sounds === 'for each') this.flush()
  }

  /** Sounds the doorbell for the messages sent since it last sounded. Without this call it sounds in a microtask. */
  flush(): void {
    if (this.#unannounced === 0 || this.#state === 'closed') return
    this.#unannounced = 0
    this.#out.bell.sound(this.#postBell)
  }

  /** The next message, or `undefined` if it has not come. Carries out moves to another ring on the way. */
  receive(): Message<In> | undefined {
    while (this.#state === 'open') {
      if (this.#isNextInRing()) return this.#read()
      const { count } = this.#in
      if (!this.#outOfOrder.has(count)) this.#collect()
      const next = this.#outOfOrder.get(count)
      if (next === undefined) return undefined
      this.#outOfOrder.delete(count)
      this.#in.advance()
      if (!('ring' in next)) return next
      this.#in.move(next.ring)
    }
    return undefined
  }

  /**
   * Says that this thread returns to its event loop and wants the doorbell to sound there. Returns false if there is mail
   * already: the caller must receive it first, and call this again.
   */
  rest(): boolean {
    return this.#state === 'closed' || this.#in.bell.rest(this.#hasMail)
  }

  /** Blocks the thread while there is no mail, for `timeoutMs` at most. */
  block(timeoutMs: number): Waking {
    return this.#state === 'closed' ? 'woken' : this.#in.bell.block(this.#hasMail, timeoutMs)
  }

  /**
   * Whether the other end's port was closed, as when its thread ends in any way: also seen by a thread whose event loop stands
   * still. Posts a message to find out. If Node no longer says whether a post has a receiver, which is not documented, always false.
   */
  isCut(): boolean {
    const isReceived: unknown = this.#port.postMessage(KNOCK)
    return isReceived === false
  }

  /** Shows the other side that this thread goes on with its requests. */
  turn(): void {
    if (this.#state === 'open') this.#out.turn()
  }

  /** How often the other side has called `turn`. */
  get turns(): number {
    return this.#in.turns
  }

  /** Shows the other side that this thread's event loop takes in messages, whether or not it goes on with its requests. */
  listen(): void {
    if (this.#state === 'open') this.#out.listen()
  }

  /** How often the other side has called `turn` or `listen`. */
  get signsOfLife(): number {
    return this.#in.turns + this.#in.listens
  }

  /** Whether this end has neither closed the line nor noticed that the other end did. A closed end never writes to the memory. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Wakes the other side once more, and closes the port. Messages that had come and were not received are lost. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopTimer?.()
    this.#out.bell.sound(this.#postBell)
    this.#port.close()
  }

  #isNextInRing(): boolean {
    return isOldest(this.#in, this.#in.count)
  }

  /** Whether the port has messages to collect. The sender counts a message after posting it, so the shared count may lag behind. */
  #isPosted(): boolean {
    return ((this.#in.posted - this.#posted) | 0) > 0
  }

  #write({ say, bytes }: Message<Out>): boolean {
    const text = JSON.stringify(say)
    const room = roomForFrame(text, bytes)
    const at = room < 0 ? -1 : this.#claim(room)
    if (at < 0) return false
    writeFrame(this.#out, { at, room }, { number: this.#out.count, text, bytes })
    return true
  }

  /** Claims room in the ring. If there is none, replaces the ring by a larger one first, up to the largest size. */
  #claim(bytes: number): number {
    const at = this.#out.claim(bytes)
    const larger = at < 0 ? this.#out.larger(bytes) : undefined
    if (larger === undefined) return at
    this.#move(larger)
    this.#shrinkLater()
    return this.#out.claim(bytes)
  }

  #move(ring: SharedArrayBuffer | undefined): void {
    const move: Move = { number: this.#out.count, ring }
    this.#port.postMessage(move)
    this.#out.countPosted()
    this.#out.advance()
    this.#out.move(ring)
  }

  #shrinkLater(): void {
    this.#stopTimer ??= this.#clock.setTimer(SHRINK_MS, () => this.#shrink(), { keepAlive: false })
  }

  /** Moves back to the initial ring once half of that would have been enough in the last `SHRINK_MS`. */
  #shrink(): void {
    this.#stopTimer = undefined
    if (this.#out.fitsInitialRing) this.#move(undefined)
    else this.#shrinkLater()
  }

  #read(): Message<In> {
    const { text, bytes } = readFrame(this.#in)
    this.#in.advance()
    return { say: JSON.parse(text) as In, bytes }
  }

  #post({ say, bytes, shared }: Message<Out>): void {
    const message: Posted<Out> = { number: this.#out.count, say, bytes: bytes && alone(bytes), shared }
    this.#port.postMessage(message)
    this.#out.countPosted()
  }

  /** Takes messages from the port that the event loop has not delivered yet: a blocked thread's event loop does not run. */
  #collect(): void {
    while (this.#isPosted()) {
      const received = receiveMessageOnPort(this.#port)
      // The shared count promised a message and there is none: the other side closed the port, or this thread is being terminated.
      if (received?.message === undefined) return this.close()
      this.#arrive(received.message as Sent<In>)
    }
  }

  #arrive(data: Sent<In>): void {
    if (data === KNOCK) return
    if (data === BELL) return this.#in.bell.answer()
    // Not a message of a line: other code had this port and posted to it. The order of later messages cannot be trusted.
    if (!isSent(data)) return this.close()
    this.#posted = (this.#posted + 1) | 0
    this.#outOfOrder.set(data.number, data)
  }
}
