/** An ordered line of messages between two threads: through shared memory while they fit, through a port where they do not. */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type CancelTimer, type Clock, systemClock } from '../../base/clock.js'
import { markedMemory } from '../../base/marked-memory.js'
import { isSharedArrayBuffer } from '../../base/realms.js'
import { DIRECTION_WORDS, Direction, HOME_BYTES } from './direction.js'
import type { Waking } from './doorbell.js'
import { copied, isOldest, readFrame, roomForFrame, writeFrame } from './frame.js'

/** One message: something JSON can say, bytes that go with it, and memory that is shared rather than sent. */
export interface Message<T> {
  readonly say: T
  readonly bytes?: Uint8Array | undefined
  readonly shared?: readonly Uint8Array[] | undefined
}

/** Of both directions. */
const CONTROL_BYTES = 2 * DIRECTION_WORDS * 4
/** So often it is looked whether a ring that has grown is needed. */
const SHRINK_MS = 1000

type Side = 'guest' | 'host'

/** Shared memory for one line, both directions: new, or that of a line whose ends have both let go of it. */
export function lineMemory(used?: SharedArrayBuffer): SharedArrayBuffer {
  if (used === undefined) return markedMemory(CONTROL_BYTES + 2 * HOME_BYTES)
  new Int32Array(used, 0, CONTROL_BYTES / 4).fill(0)
  return used
}

/** What goes by port carries its number in the line; what goes by ring has it in front of the frame. */
interface Posted<T> extends Message<T> {
  readonly number: number
}

/** In the place of a message: from the next one on, frames lie in another ring, or at home again. */
interface Move {
  readonly number: number
  readonly ring: SharedArrayBuffer | undefined
}

type Sent<T> = Posted<T> | Move | typeof BELL

/** What is posted to sound the bell; a ring, in here, is where frames lie. */
const BELL = 0

/**
 * A host's answers come in crowds, many in one turn of its event loop: its bell sounds once for so many, and at the end of the
 * turn for the rest. A guest's sounds for each: it may be about to block.
 */
const MOST_UNTOLD = 16

export interface LineOptions {
  /** The number of the first message either way: the same at both ends. */
  readonly first?: number
  readonly clock?: Clock
}

function direction(memory: SharedArrayBuffer, index: 0 | 1, first: number): Direction {
  const words = new Int32Array(memory, index * DIRECTION_WORDS * 4, DIRECTION_WORDS)
  return new Direction(words, new Uint8Array(memory, CONTROL_BYTES + index * HOME_BYTES, HOME_BYTES), first)
}

/**
 * One end of the line. A message is received in the order it was sent, whichever way it came: each has a number, and the
 * next number is either at the head of the ring or on its way through the port. So a ring can be replaced while messages lie
 * in it: where frames go from then on is a message of its own, with a number of its own.
 */
export class Line<Out, In> {
  readonly #port: MessagePort
  readonly #out: Direction
  readonly #in: Direction
  /** Messages from the port whose turn has not come. */
  readonly #early = new Map<number, Posted<In> | Move>()
  readonly #clock: Clock
  readonly #hasMail = () =>
    this.#state === 'open' && (this.#isNextInRing() || this.#early.has(this.#in.count) || this.#isPosted())
  readonly #flush = () => this.flush()
  readonly #postBell = () => this.#port.postMessage(BELL)
  readonly #sounds: 'for each' | 'for many'
  #state: 'open' | 'closed' = 'open'
  #held = false
  #posted = 0
  /** Messages sent since the bell has sounded last. */
  #untold = 0
  #stopTimer: CancelTimer | undefined
  #onMail: () => void = () => {}

  constructor(port: MessagePort, memory: SharedArrayBuffer, side: Side, options: LineOptions = {}) {
    const { first = 0, clock = systemClock } = options
    this.#port = port
    this.#clock = clock
    this.#out = direction(memory, side === 'guest' ? 0 : 1, first)
    this.#in = direction(memory, side === 'guest' ? 1 : 0, first)
    this.#sounds = side === 'guest' ? 'for each' : 'for many'
    port.on('message', (data: Sent<In>) => {
      this.#arrive(data)
      this.#onMail()
    })
    // What cannot be read is lost, and so is the order of all that follows.
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

  /** Never blocks; what has no room in the ring goes by the port, or nowhere, if it can be missed. Nor once the line is closed. */
  send(message: Message<Out>, noRoom: 'post' | 'drop' = 'post'): void {
    if (this.#state === 'closed') return
    if (message.shared !== undefined || !this.#write(message)) {
      if (noRoom === 'drop') return
      this.#post(message)
    }
    this.#out.countOn()
    if (++this.#untold === 1 && this.#sounds === 'for many') queueMicrotask(this.#flush)
    else if (this.#untold === MOST_UNTOLD || this.#sounds === 'for each') this.flush()
  }

  /** Sounds the bell for what was sent, if that was not done yet; at the latest a microtask later it is done by itself. */
  flush(): void {
    if (this.#untold === 0 || this.#state === 'closed') return
    this.#untold = 0
    this.#out.bell.sound(this.#postBell)
  }

  /** The next message, if it is there. */
  receive(): Message<In> | undefined {
    while (this.#state === 'open') {
      if (this.#isNextInRing()) return this.#read()
      const { count } = this.#in
      if (!this.#early.has(count)) this.#collect()
      const next = this.#early.get(count)
      if (next === undefined) return undefined
      this.#early.delete(count)
      this.#in.countOn()
      if (!('ring' in next)) return next
      this.#in.move(next.ring)
    }
    return undefined
  }

  /**
   * Says that this thread is about to sleep in its event loop, and wants to be called. False if there is mail already: look
   * again first.
   */
  rest(): boolean {
    return this.#state === 'closed' || this.#in.bell.rest(this.#hasMail)
  }

  /** Blocks while there is no mail, for `timeoutMs` at most. */
  block(timeoutMs: number): Waking {
    return this.#state === 'closed' ? 'woken' : this.#in.bell.block(this.#hasMail, timeoutMs)
  }

  /** Shows the other side that this thread still turns. */
  turn(): void {
    if (this.#state === 'open') this.#out.turn()
  }

  /** How often the other side has shown that. */
  get turns(): number {
    return this.#in.turns
  }

  /** Shows the other side that this thread's event loop takes in what is said. */
  listen(): void {
    if (this.#state === 'open') this.#out.listen()
  }

  /** How often the other side has shown one or the other. */
  get attended(): number {
    return this.#in.turns + this.#in.listens
  }

  /** Whether neither side has closed it, as far as is known here. Once it is closed from here, its memory is not touched again. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Wakes the other side for the last time. What had come and was not received is gone. */
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

  /** More than were received; fewer, while the sender of one has not counted it yet. */
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

  /** A ring that has no room gives way to a larger one, as long as there are any. */
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
    this.#out.countOn()
    this.#out.move(ring)
  }

  #shrinkLater(): void {
    this.#stopTimer ??= this.#clock.setTimer(SHRINK_MS, () => this.#shrink(), { keepAlive: false })
  }

  /** Moves back home once nothing was said for a while that would not have fitted there. */
  #shrink(): void {
    this.#stopTimer = undefined
    if (this.#out.fitsHome) this.#move(undefined)
    else this.#shrinkLater()
  }

  #read(): Message<In> {
    const { text, bytes } = readFrame(this.#in)
    this.#in.countOn()
    return { say: JSON.parse(text) as In, bytes }
  }

  #post({ say, bytes, shared }: Message<Out>): void {
    const message: Posted<Out> = { number: this.#out.count, say, bytes: bytes && alone(bytes), shared }
    this.#port.postMessage(message)
    this.#out.countPosted()
  }

  /** Takes from the port what the event loop has not delivered, because it had no turn. */
  #collect(): void {
    while (this.#isPosted()) {
      const received = receiveMessageOnPort(this.#port)
      // Nothing came of what was posted: the port was closed from the other side, or this very thread is being ended.
      if (received?.message === undefined) return this.close()
      this.#arrive(received.message as Sent<In>)
    }
  }

  #arrive(data: Sent<In>): void {
    if (data === BELL) return this.#in.bell.answer()
    // Somebody else has posted it who had the port, and the order of all that follows is lost.
    if (!isSent(data)) return this.close()
    this.#posted = (this.#posted + 1) | 0
    this.#early.set(data.number, data)
  }
}

function isSent(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || !('number' in data) || typeof data.number !== 'number') return false
  return 'ring' in data ? isRing(data.ring) : 'say' in data
}

/** At home, or larger than that. */
function isRing(ring: unknown): boolean {
  return ring === undefined || (isSharedArrayBuffer(ring) && ring.byteLength >= HOME_BYTES)
}

/** A port sends all of the memory behind a view, and shares it where it is shared. */
function alone(bytes: Uint8Array): Uint8Array {
  const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return isAlone ? bytes : copied(bytes)
}
