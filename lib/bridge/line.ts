/** An ordered line of messages between two threads: through shared memory while they fit, through a port where they do not. */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { RING_WORDS, Ring } from './ring.js'

/** One message: something JSON can say, bytes that go with it, and memory that is shared rather than sent. */
export interface Message<T> {
  readonly say: T
  readonly bytes?: Uint8Array | undefined
  readonly shared?: readonly Uint8Array[] | undefined
}

/**
 * | state of a receiver | what a sender does after writing |
 * |---|---|
 * | awake | nothing: it looks once more before it sleeps |
 * | sleeping | posts a doorbell: it is in its event loop |
 * | blocked | notifies: it waits on this very word |
 */
const AWAKE = 0
const SLEEPING = 1
const BLOCKED = 2

/** Words per direction, after those of its ring. */
const POSTED = RING_WORDS
const STATE = RING_WORDS + 1
const BELL = RING_WORDS + 2
const WORDS = 8
const RING_BYTES = 1 << 18
const CONTROL_BYTES = 2 * WORDS * 4
/** A larger message would crowd out all others. */
const LARGEST_FRAME = RING_BYTES / 4

export type Side = 'guest' | 'host'

/** Shared memory for one line, both directions. */
export function lineMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + 2 * RING_BYTES)
}

/** What goes by port carries its number in the line; what goes by ring has it in front of the frame. */
interface Posted<T> extends Message<T> {
  readonly number: number
}

const DOORBELL = 0

class Direction {
  readonly words: Int32Array
  readonly ring: Ring
  /** Messages sent, or received, so far. */
  count = 0

  constructor(memory: SharedArrayBuffer, index: 0 | 1) {
    this.words = new Int32Array(memory, index * WORDS * 4, WORDS)
    this.ring = new Ring(this.words, new Uint8Array(memory, CONTROL_BYTES + index * RING_BYTES, RING_BYTES))
  }
}

/**
 * One end of the line. A message is received in the order it was sent, whichever way it came: each has a number, and the
 * next number is either at the head of the ring or on its way through the port.
 */
export class Line<Out, In> {
  readonly #port: MessagePort
  readonly #out: Direction
  readonly #in: Direction
  /** Messages from the port whose turn has not come. */
  readonly #early = new Map<number, Message<In>>()
  #frame: { readonly number: number; readonly message: Message<In> } | undefined
  #posted = 0
  #onMail: () => void = () => {}

  constructor(port: MessagePort, memory: SharedArrayBuffer, side: Side) {
    this.#port = port
    this.#out = new Direction(memory, side === 'guest' ? 0 : 1)
    this.#in = new Direction(memory, side === 'guest' ? 1 : 0)
    port.on('message', (data: Posted<In> | typeof DOORBELL) => {
      this.#arrive(data)
      this.#onMail()
    })
    port.unref()
  }

  /** `listener` is called on the event loop when there may be mail. */
  onMail(listener: () => void): void {
    this.#onMail = listener
  }

  /** `listener` is called on the event loop when the other side is gone. */
  onClose(listener: () => void): void {
    this.#port.on('close', listener)
  }

  /** While held, the line keeps this thread's event loop running. */
  hold(held: boolean): void {
    if (held) this.#port.ref()
    else this.#port.unref()
  }

  /** Never blocks; what has no room in the ring goes by the port. */
  send(message: Message<Out>): void {
    const number = this.#out.count++
    if (message.shared !== undefined || !this.#writeFrame(number, message)) {
      this.#port.postMessage({ ...message, number })
      Atomics.add(this.#out.words, POSTED, 1)
    }
    this.#ring()
  }

  /** The next message, if it is there. */
  receive(): Message<In> | undefined {
    const number = this.#in.count
    this.#frame ??= this.#readFrame()
    if (this.#frame?.number === number) {
      const { message } = this.#frame
      this.#frame = undefined
      this.#in.count++
      return message
    }
    if (!this.#early.has(number)) this.#collect()
    const message = this.#early.get(number)
    if (message === undefined) return undefined
    this.#early.delete(number)
    this.#in.count++
    return message
  }

  /**
   * Says that this thread is about to sleep in its event loop, and wants to be called. False if there is mail already: look
   * again first.
   */
  rest(): boolean {
    Atomics.store(this.#in.words, STATE, SLEEPING)
    return !this.#hasMail()
  }

  /** Blocks until there is mail; false if there is none after `timeoutMs`. */
  block(timeoutMs: number): boolean {
    const { words } = this.#in
    Atomics.store(words, STATE, BLOCKED)
    if (!this.#hasMail()) Atomics.wait(words, STATE, BLOCKED, timeoutMs)
    Atomics.store(words, STATE, SLEEPING)
    return this.#hasMail()
  }

  /** Wakes the other side for the last time. */
  close(): void {
    this.#ring()
    this.#port.close()
  }

  /** Wakes the other side in whichever way it sleeps, once; a doorbell that was not answered yet is not rung again. */
  #ring(): void {
    const { words } = this.#out
    const state = Atomics.exchange(words, STATE, AWAKE)
    if (state === BLOCKED) Atomics.notify(words, STATE)
    else if (state === SLEEPING && Atomics.exchange(words, BELL, 1) === 0) this.#port.postMessage(DOORBELL)
  }

  #hasMail(): boolean {
    return (
      this.#frame !== undefined ||
      this.#early.size > 0 ||
      !this.#in.ring.isEmpty ||
      Atomics.load(this.#in.words, POSTED) !== this.#posted
    )
  }

  #writeFrame(number: number, { say, bytes }: Message<Out>): boolean {
    const text = encode(JSON.stringify(say))
    const length = 8 + text.byteLength + (bytes?.byteLength ?? 0)
    if (length > LARGEST_FRAME) return false
    const head = new Uint8Array(8)
    const view = new DataView(head.buffer)
    view.setUint32(0, number, true)
    view.setUint32(4, text.byteLength | (bytes === undefined ? 0 : HAS_BYTES), true)
    return this.#out.ring.write(bytes === undefined ? [head, text] : [head, text, bytes])
  }

  #readFrame(): { number: number; message: Message<In> } | undefined {
    const frame = this.#in.ring.read()
    if (frame === undefined) return undefined
    const view = new DataView(frame.buffer)
    const lengths = view.getUint32(4, true)
    const end = 8 + (lengths & ~HAS_BYTES)
    const say = JSON.parse(decode(frame, 8, end)) as In
    const message = (lengths & HAS_BYTES) === 0 ? { say } : { say, bytes: frame.subarray(end) }
    return { number: view.getUint32(0, true), message }
  }

  /** Takes from the port what the event loop has not delivered, because it had no turn. */
  #collect(): void {
    while (Atomics.load(this.#in.words, POSTED) !== this.#posted) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return
      this.#arrive(received.message as Posted<In> | typeof DOORBELL)
    }
  }

  #arrive(data: Posted<In> | typeof DOORBELL): void {
    if (data === DOORBELL) {
      Atomics.store(this.#in.words, BELL, 0)
      return
    }
    this.#posted = (this.#posted + 1) | 0
    this.#early.set(data.number, data)
  }
}

const HAS_BYTES = 0x4000_0000

function encode(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

function decode(frame: Uint8Array, start: number, end: number): string {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('utf8', start, end)
}
