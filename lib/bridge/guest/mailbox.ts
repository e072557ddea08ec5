/** A guest's end of the line: sends to the host, takes in its messages, blocks until one comes, and notices the host's death. */

import { type Clock, systemClock } from '../../base/clock.js'
import { ClosedError, type HostLostError } from '../../base/errors.js'
import { nothingToUndo, type Undo } from '../../base/undo.js'
import type { Reaction } from '../../scheduler/index.js'
import type { Incoming } from '../incoming.js'
import type { Life } from '../life.js'
import type { Line } from '../line/line.js'
import type { Message } from '../line/messages.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { TurnSigns } from '../turning.js'
import type { Addressee } from './addressees.js'
import { Dispatcher } from './dispatcher.js'
import type { OpenWriters } from './open-writers.js'
import { SelfWaits } from './self-waits.js'
import type { Streams } from './streams.js'

type LossListener = (lost: HostLostError | ClosedError) => void

/** How often a thread that blocks or only polls checks whether the host is alive, and one that blocks whether it waits for itself. */
const LOOK_MS = 250

export class Mailbox {
  readonly #line: Line<ToHost, ToGuest>
  readonly #life: Life
  #nextCall = 1
  /** Told when the guest opens or ends a transaction or a writer, for which others may have to wait. */
  readonly signs = new TurnSigns(() => this.turn())
  readonly #dispatcher = new Dispatcher({
    tell: (say, bytes) => this.sayIfConnected(say, bytes),
    changed: () => this.#hold(),
    signs: this.signs,
  })
  readonly #selfWaits = new SelfWaits((call) => this.sayIfConnected({ do: 'self-waits', call }))
  #lost: HostLostError | ClosedError | undefined
  readonly #lossListeners = new Set<LossListener>()
  /** Whether a message or a failure was delivered since `#takeNews` was last called. */
  #news: 'none' | 'some' = 'none'
  readonly #clock: Pick<Clock, 'now'>
  /** When the host's pulse was last checked, or this thread last woke from sleep. */
  #polledMs: number
  /** When the host was last asked whether it still has its port. */
  #knockedMs: number

  /** `clock` is the machine's, whatever clock the cache uses, because the host's pulse runs by the machine's clock. */
  constructor(line: Line<ToHost, ToGuest>, life: Life, clock: Pick<Clock, 'now'> = systemClock) {
    this.#line = line
    this.#life = life
    this.#clock = clock
    this.#polledMs = clock.now()
    this.#knockedMs = this.#polledMs
    line.onMail(() => {
      line.listen()
      this.signs.loopTurned()
      this.#takeIn()
    })
    line.onClose(() => this.loseHost())
    line.rest()
    if (life.isOver(0)) this.loseHost()
  }

  /** Throws `HostLostError` once the host is gone, `ClosedError` once this guest has left. */
  say(say: ToHost, bytes?: Uint8Array): void {
    if (this.#lost) throw this.#lost
    this.#line.send({ say, bytes })
  }

  /** Bodies in the host's store that this guest writes. */
  get writers(): OpenWriters {
    return this.#dispatcher.writers
  }

  /** Whether this guest has not left, and its host was not marked as dead. */
  get isConnected(): boolean {
    return this.#lost === undefined && !this.#life.hasEnded
  }

  /** A new number for a call, an entry or a writer. None is used twice, so a late answer cannot reach a wrong addressee. */
  number(): number {
    return this.#nextCall++
  }

  /** As `say`, but does nothing once the host is gone or this guest has left. */
  sayIfConnected(say: ToHost, bytes?: Uint8Array): void {
    if (!this.#lost) this.#line.send({ say, bytes })
  }

  /**
   * Reads `source` on this thread's event loop, and sends it as the body of the request `call`. If the source fails, the answer
   * to `call` fails with `failure`.
   */
  upload(call: number, source: AsyncIterable<Uint8Array>, failure: (cause: unknown) => unknown): void {
    if (!this.#lost) this.#dispatcher.uploads.begin(call, source, failure)
  }

  /** Delivers the answer to `call` to `addressee`. An addressee that waits keeps the event loop running. */
  expect(call: number, addressee: Addressee): void {
    if (this.#lost) addressee.failed(this.#lost)
    else this.#dispatcher.answers.add(call, addressee)
  }

  /** Discards the answer to `call`. */
  forget(call: number): void {
    this.#dispatcher.answers.take(call)
  }

  /** Ends the request or entry `call`: its upload here, and its work on the host. */
  end(call: number): void {
    this.#drop({ do: 'close', call })
  }

  /** As `end`, but a placed request that leads goes on at the host, because others may wait for its fetch. */
  leave(call: number): void {
    this.#drop({ do: 'leave', call })
  }

  /** Delivers the end of a background fetch to `addressee`. Until then, as for a fetch in this thread, the event loop keeps running. */
  expectRevalidation(number: number, addressee: Addressee): void {
    if (this.#lost) addressee.failed(this.#lost)
    else this.#dispatcher.revalidations.add(number, addressee)
  }

  /** Discards the end of a background fetch. */
  forgetRevalidation(number: number): void {
    this.#dispatcher.revalidations.take(number)
  }

  /** As `Streams.open`. */
  openStream(options: Parameters<Streams['open']>[0]): ReturnType<Streams['open']> {
    return this.#dispatcher.streams.open(options)
  }

  /** As `Streams.giveBack`. */
  giveBack(body: Incoming): number | undefined {
    return this.#dispatcher.streams.giveBack(body)
  }

  /** Shows the host that this thread goes on with its requests. */
  turn(): void {
    this.#line.turn()
  }

  /** For a driver: takes in what has come, without blocking. A thread that only ever polls must notice the host's death here. */
  poll(): void {
    this.signs.polled()
    this.#takeIn()
    if (this.#needsHost && (this.#life.isOver(this.#sincePoll()) || this.#isCut())) this.loseHost()
  }

  /**
   * How long ago the last poll or sleep was. At most `LOOK_MS`, as for one sleep: a process that was suspended between two polls
   * has suspended the host's pulse as well, and that time says nothing about the host.
   */
  #sincePoll(): number {
    const sinceMs = this.#clock.now() - this.#polledMs
    this.#polledMs += sinceMs
    return Math.min(sinceMs, LOOK_MS)
  }

  /** Whether the line was found cut. Asks every `LOOK_MS` at most, because that posts a message to the host. */
  #isCut(): boolean {
    if (this.#polledMs - this.#knockedMs < LOOK_MS) return false
    this.#knockedMs = this.#polledMs
    return this.#line.isCut()
  }

  /** Whether anything in this thread depends on the host being alive. */
  get #needsHost(): boolean {
    return this.#dispatcher.isAwaited || this.#lossListeners.size > 0
  }

  #takeIn(): void {
    do {
      for (let message = this.#line.receive(); message !== undefined; message = this.#line.receive()) {
        this.#receive(message)
      }
    } while (!this.#line.rest())
    if (this.#needsHost && this.#life.isOver(0)) this.loseHost()
  }

  /** For a driver: takes in what has come, and blocks while that is nothing. */
  react(timeoutMs: number | undefined): Reaction {
    this.poll()
    if (this.#takeNews() === 'some') return 'ready'
    return timeoutMs === 0 ? 'timeout' : this.#sleep(timeoutMs)
  }

  /** Blocks until `isThere` returns true, without driving any request meanwhile. */
  blockUntil(isThere: () => boolean): void {
    this.#takeIn()
    while (!isThere()) this.#sleep(undefined)
  }

  /** The host is gone: fails everything that waits for it. */
  loseHost(): void {
    this.#fail(this.#life.loss)
  }

  /** For waits that are not for mail. Calls `listener` once when the host is gone, at once if it is gone already. */
  onLost(listener: LossListener): Undo {
    if (this.#lost) {
      listener(this.#lost)
      return nothingToUndo
    }
    this.#lossListeners.add(listener)
    return () => this.#lossListeners.delete(listener)
  }

  /** This guest leaves; the host notices by the closed port. */
  close(): void {
    this.#fail(new ClosedError('the cache'))
    this.#line.close()
  }

  #drop(say: ToHost & { readonly do: 'close' | 'leave' }): void {
    this.forget(say.call)
    this.#dispatcher.uploads.stop(say.call)
    this.sayIfConnected(say)
  }

  #fail(lost: HostLostError | ClosedError): void {
    if (this.#lost) return
    this.#lost = lost
    this.#news = 'some'
    this.#dispatcher.fail(lost)
    const listeners = [...this.#lossListeners]
    this.#lossListeners.clear()
    for (const listener of listeners) listener(lost)
  }

  /** Blocks until there is news. A wake-up may be late, for mail that was taken in already; that does not count as a timeout. */
  #sleep(timeoutMs: number | undefined): Reaction {
    const deadlineMs = timeoutMs === undefined ? undefined : this.#clock.now() + timeoutMs
    do {
      if (!this.#canBeWoken) return 'never'
      const leftMs = deadlineMs === undefined ? LOOK_MS : deadlineMs - this.#clock.now()
      if (leftMs <= 0) return 'timeout'
      const sliceMs = Math.min(leftMs, LOOK_MS)
      const waking = this.#line.block(sliceMs)
      this.#polledMs = this.#clock.now()
      if (waking !== 'mail' && (this.#life.isOver(waking === 'timeout' ? sliceMs : 0) || this.#isCut())) this.loseHost()
      // Without `signs.polled`: a sleeping thread does not turn, because nothing that needs its event loop goes on meanwhile.
      this.#takeIn()
      if (waking === 'timeout' && this.signs.mayHoldUpOthers) this.#selfWaits.ask(this.number())
    } while (this.#takeNews() === 'none')
    return 'ready'
  }

  /** Whether a message of the host can wake this thread while it sleeps. */
  get #canBeWoken(): boolean {
    if (this.#dispatcher.uploads.size === 0 && !this.signs.mayHoldUpOthers) return this.#dispatcher.isAwaited
    return this.#dispatcher.canComeMeanwhile((call) => this.#selfWaits.includes(call))
  }

  #takeNews(): 'none' | 'some' {
    const news = this.#news
    this.#news = 'none'
    return news
  }

  #receive({ say, bytes, shared }: Message<ToGuest>): void {
    if (say.is === 'self-waits') return this.#selfWaits.answered(say.call, say.calls)
    this.#news = 'some'
    this.#selfWaits.clear()
    this.#dispatcher.dispatch({ say, bytes, shared })
  }

  #hold(): void {
    this.#line.hold(this.#dispatcher.isAwaited || this.#dispatcher.uploads.isStalled)
  }
}
