/** An ordered line of messages between two threads: through shared memory while they fit, through a port where they do not. */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { DOORBELL_WORDS, Doorbell, type Waking } from './doorbell.js'
import { RING_WORDS, Ring } from './ring.js'

/** One message: something JSON can say, bytes that go with it, and memory that is shared rather than sent. */
export interface Message<T> {
  readonly say: T
  readonly bytes?: Uint8Array | undefined
  readonly shared?: readonly Uint8Array[] | undefined
}

/** Words per direction, after those of its ring: messages sent by port, the reader's doorbell, the writer's signs of life. */
const POSTED = RING_WORDS
const DOORBELL = RING_WORDS + 1
const TURNS = DOORBELL + DOORBELL_WORDS
const WORDS = 8
const RING_BYTES = 1 << 18
/** Of both directions, and one word for the line itself: whether its guest has come. */
const TAKEN = 2 * WORDS
const CONTROL_BYTES = 4 * WORDS * 4
/** A larger message would crowd out all others. */
const LARGEST_FRAME = RING_BYTES / 4

/** In front of a frame: the message's number, and how many bytes of it are text, with two flags. */
const HEAD_BYTES = 8
const HAS_BYTES = 0x4000_0000
const IS_ASCII = 0x2000_0000
const TEXT_BYTES = 0x1fff_ffff

export type Side = 'guest' | 'host'

/** Shared memory for one line, both directions. */
export function lineMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + 2 * RING_BYTES)
}

/** Takes the guest's end of a line; false if somebody has it already, in whichever thread. */
export function takeLine(memory: SharedArrayBuffer): boolean {
  return Atomics.exchange(new Int32Array(memory), TAKEN, 1) === 0
}

/** What goes by port carries its number in the line; what goes by ring has it in front of the frame. */
interface Posted<T> extends Message<T> {
  readonly number: number
}

/** What is posted to ring the bell. */
const RING = 0

/**
 * A host's answers come in crowds, many in one turn of its event loop: it rings once for so many, and at the end of the
 * turn for the rest. A guest rings for each: it may be about to block.
 */
const MOST_UNRUNG = 16

class Direction {
  readonly words: Int32Array
  readonly ring: Ring
  readonly headWords: Int32Array
  readonly bell: Doorbell

  constructor(
    memory: SharedArrayBuffer,
    index: 0 | 1,
    /** Messages sent, or received, so far; modulo 2^32. */
    public count: number,
  ) {
    this.words = new Int32Array(memory, index * WORDS * 4, WORDS)
    const bytes = new Uint8Array(memory, CONTROL_BYTES + index * RING_BYTES, RING_BYTES)
    this.ring = new Ring(this.words, bytes)
    this.headWords = new Int32Array(memory, bytes.byteOffset, RING_BYTES >> 2)
    this.bell = new Doorbell(this.words, DOORBELL)
  }

  countOn(): void {
    this.count = (this.count + 1) >>> 0
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
  readonly #hasMail = () =>
    this.#state === 'open' && (this.#isNextInRing() || this.#early.has(this.#in.count) || this.#isPosted())
  readonly #flush = () => this.flush()
  readonly #postRing = () => this.#port.postMessage(RING)
  readonly #ringing: 'for each' | 'for many'
  #state: 'open' | 'closed' = 'open'
  #held = false
  #posted = 0
  /** Messages sent since the bell was rung last. */
  #unrung = 0
  #onMail: () => void = () => {}

  /** `first` is the number of the first message either way: the same at both ends. */
  constructor(port: MessagePort, memory: SharedArrayBuffer, side: Side, first = 0) {
    this.#port = port
    this.#out = new Direction(memory, side === 'guest' ? 0 : 1, first)
    this.#in = new Direction(memory, side === 'guest' ? 1 : 0, first)
    this.#ringing = side === 'guest' ? 'for each' : 'for many'
    port.on('message', (data: Posted<In> | typeof RING) => {
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

  /** Never blocks; what has no room in the ring goes by the port. Goes nowhere once the line is closed. */
  send(message: Message<Out>): void {
    if (this.#state === 'closed') return
    if (message.shared !== undefined || !this.#write(message)) this.#post(message)
    this.#out.countOn()
    if (++this.#unrung === 1 && this.#ringing === 'for many') queueMicrotask(this.#flush)
    else if (this.#unrung === MOST_UNRUNG || this.#ringing === 'for each') this.flush()
  }

  /** Rings for what was sent, if that was not done yet; at the latest a microtask later it is done by itself. */
  flush(): void {
    if (this.#unrung === 0) return
    this.#unrung = 0
    this.#out.bell.ring(this.#postRing)
  }

  /** The next message, if it is there. */
  receive(): Message<In> | undefined {
    if (this.#state === 'closed') return undefined
    if (this.#isNextInRing()) return this.#read()
    const { count } = this.#in
    if (!this.#early.has(count)) this.#collect()
    const message = this.#early.get(count)
    if (message === undefined) return undefined
    this.#early.delete(count)
    this.#in.countOn()
    return message
  }

  /**
   * Says that this thread is about to sleep in its event loop, and wants to be called. False if there is mail already: look
   * again first.
   */
  rest(): boolean {
    return this.#in.bell.rest(this.#hasMail)
  }

  /** Blocks while there is no mail, for `timeoutMs` at most. */
  block(timeoutMs: number): Waking {
    return this.#in.bell.block(this.#hasMail, timeoutMs)
  }

  /** Shows the other side that this thread still turns. */
  turn(): void {
    Atomics.add(this.#out.words, TURNS, 1)
  }

  /** How often the other side has shown that. */
  get turns(): number {
    return Atomics.load(this.#in.words, TURNS)
  }

  /** Wakes the other side for the last time. What had come and was not received is gone. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#out.bell.ring(this.#postRing)
    this.#port.close()
  }

  #isNextInRing(): boolean {
    const { ring, headWords, count } = this.#in
    const at = ring.oldest()
    return at >= 0 && (headWords[at >> 2] as number) >>> 0 === count
  }

  /** More than were received; fewer, while the sender of one has not counted it yet. */
  #isPosted(): boolean {
    return ((Atomics.load(this.#in.words, POSTED) - this.#posted) | 0) > 0
  }

  #write({ say, bytes }: Message<Out>): boolean {
    const { ring, headWords, count } = this.#out
    const text = JSON.stringify(say)
    const bodyBytes = bytes?.byteLength ?? 0
    const textRoom = roomFor(text, LARGEST_FRAME - HEAD_BYTES - bodyBytes)
    const at = textRoom < 0 ? -1 : ring.claim(HEAD_BYTES + textRoom + bodyBytes)
    if (at < 0) return false
    const textBytes = ring.bytes.write(text, at + HEAD_BYTES, textRoom, 'utf8')
    if (bytes !== undefined) ring.bytes.set(bytes, at + HEAD_BYTES + textBytes)
    headWords[at >> 2] = count
    headWords[(at >> 2) + 1] =
      textBytes | (textBytes === text.length ? IS_ASCII : 0) | (bytes === undefined ? 0 : HAS_BYTES)
    ring.publish(HEAD_BYTES + textBytes + bodyBytes)
    return true
  }

  #read(): Message<In> {
    const { ring, headWords } = this.#in
    const at = ring.oldest()
    const lengths = headWords[(at >> 2) + 1] as number
    const text = at + HEAD_BYTES
    const end = text + (lengths & TEXT_BYTES)
    const say = JSON.parse(ring.bytes.toString((lengths & IS_ASCII) === 0 ? 'utf8' : 'latin1', text, end)) as In
    const bytes = (lengths & HAS_BYTES) === 0 ? undefined : copy(ring.bytes.subarray(end, at + ring.length))
    ring.release()
    this.#in.countOn()
    return { say, bytes }
  }

  #post({ say, bytes, shared }: Message<Out>): void {
    const message: Posted<Out> = { number: this.#out.count, say, bytes: bytes && alone(bytes), shared }
    this.#port.postMessage(message)
    Atomics.add(this.#out.words, POSTED, 1)
  }

  /** Takes from the port what the event loop has not delivered, because it had no turn. */
  #collect(): void {
    while (this.#isPosted()) {
      const received = receiveMessageOnPort(this.#port)
      // Nothing came of what was posted: the port was closed from the other side.
      if (received === undefined) return this.close()
      this.#arrive(received.message as Posted<In> | typeof RING)
    }
  }

  #arrive(data: Posted<In> | typeof RING): void {
    if (data === RING) return this.#in.bell.answer()
    this.#posted = (this.#posted + 1) | 0
    this.#early.set(data.number, data)
  }
}

/** Bytes to set aside for `text` in UTF-8, which takes three for each of its units at most; -1 if they are more than `most`. */
function roomFor(text: string, most: number): number {
  if (text.length * 3 <= most) return text.length * 3
  const bytes = text.length > most ? most + 1 : Buffer.byteLength(text)
  return bytes > most ? -1 : bytes
}

function copy(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(bytes.byteLength)
  own.set(bytes)
  return own
}

/** A port sends all of the memory behind a view, and shares it where it is shared. */
function alone(bytes: Uint8Array): Uint8Array {
  const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return isAlone ? bytes : copy(bytes)
}
