/** A guest's end of the line: this thread speaks to its host, sleeps until mail comes, and learns that the host is gone. */

import { type Clock, systemClock } from '../../base/clock.js'
import { ClosedError, type HostLostError } from '../../base/errors.js'
import { nothingToUndo, type Undo } from '../../base/undo.js'
import type { Reaction } from '../../scheduler/index.js'
import type { Incoming } from '../incoming.js'
import type { Life } from '../life.js'
import type { Line, Message } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { TurnSigns } from '../turning.js'
import type { Addressee } from './addressees.js'
import { Mail } from './mail.js'
import { Standstill } from './standstill.js'
import type { Streams } from './streams.js'
import type { Written } from './written.js'

type LossListener = (lost: HostLostError | ClosedError) => void

/** A blocked thread looks this often whether the host still lives, and whether it waits for itself. */
const LOOK_MS = 250

export class Mailbox {
  readonly #line: Line<ToHost, ToGuest>
  readonly #life: Life
  #nextCall = 1
  /** For who holds what the others may have to wait for. */
  readonly signs = new TurnSigns(() => this.turn())
  readonly #mail = new Mail({
    tell: (say, bytes) => this.tellIfAlive(say, bytes),
    changed: () => this.#hold(),
    signs: this.signs,
  })
  readonly #standstill = new Standstill((call) => this.tellIfAlive({ do: 'own-waits', call }))
  #lost: HostLostError | ClosedError | undefined
  readonly #lossListeners = new Set<LossListener>()
  /** Whether anybody was told anything since it was last asked. */
  #news: 'none' | 'some' = 'none'
  readonly #clock: Pick<Clock, 'now'>
  /** When this thread last looked in vain, or slept. */
  #lookedMs: number

  /** The machine's clock, whatever clock the cache goes by: so does the host's pulse. */
  constructor(line: Line<ToHost, ToGuest>, life: Life, clock: Pick<Clock, 'now'> = systemClock) {
    this.#line = line
    this.#life = life
    this.#clock = clock
    this.#lookedMs = clock.now()
    line.onMail(() => {
      line.listen()
      this.signs.comeRound()
      this.#takeIn()
    })
    line.onClose(() => this.lose())
    line.rest()
    if (life.isOver(0)) this.lose()
  }

  /** Throws `HostLostError` once the host is gone, `ClosedError` once this guest has left. */
  say(say: ToHost, bytes?: Uint8Array): void {
    if (this.#lost) throw this.#lost
    this.#line.send({ say, bytes })
  }

  /** Bodies that this guest writes over there. */
  get written(): Written {
    return this.#mail.written
  }

  /** Whether the host lives, as far as can be told without waiting, and this guest has not left. */
  get isInTouch(): boolean {
    return this.#lost === undefined && !this.#life.hasEnded
  }

  /** A number for something this guest asks for; never used twice, so that a late answer finds nobody else. */
  number(): number {
    return this.#nextCall++
  }

  /** Says what a host that is gone does not have to hear. */
  tellIfAlive(say: ToHost, bytes?: Uint8Array): void {
    if (!this.#lost) this.#line.send({ say, bytes })
  }

  /**
   * Reads `source` on this thread's event loop, and sends it as the body of the request `call`, whose answer is expected.
   * `failure` is what the answer fails with if the source does.
   */
  upload(call: number, source: AsyncIterable<Uint8Array>, failure: (cause: unknown) => unknown): void {
    if (!this.#lost) this.#mail.uploads.begin(call, source, failure)
  }

  /** From now on the answer to `call` goes to `addressee`. While anybody waits, the event loop goes on. */
  expect(call: number, addressee: Addressee): void {
    if (this.#lost) addressee.failed(this.#lost)
    else this.#mail.answers.add(call, addressee)
  }

  /** Nobody waits for the answer to `call` any more. */
  forget(call: number): void {
    this.#mail.answers.take(call)
  }

  /** Ends what the request `call` still does here and over there. */
  end(call: number): void {
    this.#drop({ do: 'close', call })
  }

  /** As `end`; but if the request leads over there, it goes on for the others. */
  leave(call: number): void {
    this.#drop({ do: 'leave', call })
  }

  /** The end of a background fetch goes to `addressee`. Like a fetch in this thread, it keeps the event loop running. */
  expectRevalidation(number: number, addressee: Addressee): void {
    if (this.#lost) addressee.failed(this.#lost)
    else this.#mail.revalidations.add(number, addressee)
  }

  /** Nobody waits for the end of that background fetch any more. */
  forgetRevalidation(number: number): void {
    this.#mail.revalidations.take(number)
  }

  /** As `Streams.open`. */
  openStream(options: Parameters<Streams['open']>[0]): ReturnType<Streams['open']> {
    return this.#mail.streams.open(options)
  }

  /** As `Streams.giveBack`. */
  giveBack(body: Incoming): number | undefined {
    return this.#mail.streams.giveBack(body)
  }

  /** Shows the host that this thread turns. */
  turn(): void {
    this.#line.turn()
  }

  /** Takes in what has come, for who drives, without blocking. A thread that only ever looks must see the host's end here. */
  look(): void {
    this.signs.look()
    this.#takeIn()
    if (this.#isInNeed && this.#life.isOver(this.#sinceLook())) this.lose()
  }

  /** At most what one sleep would come to: between its looks a thread may have been stopped, together with its host. */
  #sinceLook(): number {
    const sinceMs = this.#clock.now() - this.#lookedMs
    this.#lookedMs += sinceMs
    return Math.min(sinceMs, LOOK_MS)
  }

  /** Whether somebody here needs the host. */
  get #isInNeed(): boolean {
    return this.#mail.isAwaited || this.#lossListeners.size > 0
  }

  #takeIn(): void {
    do {
      for (let message = this.#line.receive(); message !== undefined; message = this.#line.receive()) {
        this.#hear(message)
      }
    } while (!this.#line.rest())
    if (this.#isInNeed && this.#life.isOver(0)) this.lose()
  }

  /** Takes in what has come, for who drives; while that is nothing, blocks. */
  react(timeoutMs: number | undefined): Reaction {
    this.look()
    if (this.#takeNews() === 'some') return 'ready'
    return timeoutMs === 0 ? 'timeout' : this.#sleep(timeoutMs)
  }

  /** Blocks until `isThere`, and drives nobody meanwhile. */
  stall(isThere: () => boolean): void {
    this.#takeIn()
    while (!isThere()) this.#sleep(undefined)
  }

  /** The host is gone: everybody who waits hears of it. */
  lose(): void {
    this.#fail(this.#life.loss)
  }

  /** For those who wait for something else than mail. Called once, at once if it is over. */
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
    this.#mail.uploads.stop(say.call)
    this.tellIfAlive(say)
  }

  #fail(lost: HostLostError | ClosedError): void {
    if (this.#lost) return
    this.#lost = lost
    this.#news = 'some'
    this.#mail.fail(lost)
    const listeners = [...this.#lossListeners]
    this.#lossListeners.clear()
    for (const listener of listeners) listener(lost)
    this.#hold()
  }

  /** Blocks until there is news. A wake-up may come late, for something that was taken in already: it is not a timeout. */
  #sleep(timeoutMs: number | undefined): Reaction {
    const deadlineMs = timeoutMs === undefined ? undefined : this.#clock.now() + timeoutMs
    do {
      if (!this.#canBeWoken) return 'never'
      const leftMs = deadlineMs === undefined ? LOOK_MS : deadlineMs - this.#clock.now()
      if (leftMs <= 0) return 'timeout'
      const sliceMs = Math.min(leftMs, LOOK_MS)
      const waking = this.#line.block(sliceMs)
      this.#lookedMs = this.#clock.now()
      if (waking !== 'mail' && this.#life.isOver(waking === 'timeout' ? sliceMs : 0)) this.lose()
      // Not as one that turns: while it sleeps, nothing goes on here that needs the event loop, or waits for that.
      this.#takeIn()
      if (waking === 'timeout' && this.signs.areShown) this.#standstill.suspect(this.number())
    } while (this.#takeNews() === 'none')
    return 'ready'
  }

  /** Whether a message of the host can wake this thread while it sleeps. */
  get #canBeWoken(): boolean {
    if (this.#mail.uploads.size === 0 && !this.signs.areShown) return this.#mail.isAwaited
    return this.#mail.canComeMeanwhile((call) => this.#standstill.includes(call))
  }

  #takeNews(): 'none' | 'some' {
    const news = this.#news
    this.#news = 'none'
    return news
  }

  #hear({ say, bytes, shared }: Message<ToGuest>): void {
    if (say.is === 'own-waits') return this.#standstill.confirm(say.call, say.calls)
    this.#news = 'some'
    this.#standstill.clear()
    this.#mail.hand({ say, bytes, shared })
  }

  #hold(): void {
    this.#line.hold(this.#mail.isAwaited || this.#mail.uploads.isFull)
  }
}
