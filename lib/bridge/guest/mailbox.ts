/** A guest's end of the line: mail is handed to whom it is for, and this thread sleeps until some comes. */

import { systemClock } from '../../base/clock.js'
import { ClosedError, HostLostError } from '../../base/errors.js'
import { nothingToUndo, type Undo } from '../../base/undo.js'
import type { Reaction } from '../../scheduler/index.js'
import { onceMore } from '../alike.js'
import { Incoming } from '../inbox.js'
import type { Life } from '../life.js'
import type { Line, Message } from '../line/line.js'
import type { Answered, SpokenBody, ToGuest, ToHost } from '../line/protocol.js'
import { heard } from '../line/spoken-errors.js'
import { TurnSigns } from '../turning.js'
import { type Addressee, Addressees } from './addressees.js'
import { publish } from './listening.js'
import { Standstill } from './standstill.js'
import { Streams } from './streams.js'
import { Uploads } from './upload.js'
import { Written } from './written.js'

type LossListener = (lost: HostLostError | ClosedError) => void

/** A blocked thread looks this often whether the host still lives, and whether it waits for itself. */
const LOOK_MS = 250

export class Mailbox {
  readonly #line: Line<ToHost, ToGuest>
  readonly #life: Life
  /** Of answers, by the numbers of the calls. */
  readonly #addressees = new Addressees(() => this.#hold())
  /** Of the ends of background fetches, by numbers of the host's. */
  readonly #revalidations = new Addressees(() => this.#hold())
  #nextCall = 1
  readonly #streams = new Streams({ tell: (say) => this.tellIfAlive(say), changed: () => this.#hold() })
  /** For who holds what the others may have to wait for. */
  readonly signs = new TurnSigns(() => this.turn())
  readonly written = new Written(this.signs)
  readonly #uploads = new Uploads({
    tell: (say, bytes) => this.tellIfAlive(say, bytes),
    failed: (call, error) => this.#addressees.take(call)?.failed(error),
    changed: () => this.#hold(),
  })
  readonly #standstill = new Standstill((call) => this.tellIfAlive({ do: 'own-waits', call }))
  #lastAnswer: Message<Answered> | undefined
  #lost: HostLostError | ClosedError | undefined
  readonly #lossListeners = new Set<LossListener>()
  /** Whether anybody was told anything since it was last asked. */
  #news: 'none' | 'some' = 'none'

  constructor(line: Line<ToHost, ToGuest>, life: Life) {
    this.#line = line
    this.#life = life
    line.onMail(() => this.look())
    line.onClose(() => this.lose())
    line.rest()
    if (life.isOver(0)) this.lose()
  }

  /** Throws `HostLostError` once the host is gone, `ClosedError` once this guest has left. */
  say(say: ToHost, bytes?: Uint8Array): void {
    if (this.#lost) throw this.#lost
    this.#line.send({ say, bytes })
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
    if (!this.#lost) this.#uploads.begin(call, source, failure)
  }

  /** From now on the answer to `call` goes to `addressee`. While anybody waits, the event loop goes on. */
  expect(call: number, addressee: Addressee): void {
    if (this.#lost) addressee.failed(this.#lost)
    else this.#addressees.add(call, addressee)
  }

  /** Nobody waits for the answer to `call` any more. */
  forget(call: number): void {
    this.#addressees.take(call)
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
    else this.#revalidations.add(number, addressee)
  }

  /** Nobody waits for the end of that background fetch any more. */
  forgetRevalidation(number: number): void {
    this.#revalidations.take(number)
  }

  /** As `Streams.open`. */
  openStream(options: Parameters<Streams['open']>[0]): ReturnType<Streams['open']> {
    return this.#streams.open(options)
  }

  /** As `Streams.giveBack`. */
  giveBack(body: Incoming): number | undefined {
    return this.#streams.giveBack(body)
  }

  /** Shows the host that this thread turns. */
  turn(): void {
    this.#line.turn()
  }

  /** Takes in what has come, without blocking. A thread that only ever looks must see the host's end here. */
  look(): void {
    this.signs.look()
    this.#takeIn()
  }

  #takeIn(): void {
    do {
      for (let message = this.#line.receive(); message !== undefined; message = this.#line.receive()) {
        this.#hear(message)
      }
    } while (!this.#line.rest())
    if ((this.#isWaiting || this.#lossListeners.size > 0) && this.#life.isOver(0)) this.lose()
  }

  /** Takes in what has come; while that is nothing, blocks. */
  react(timeoutMs: number | undefined): Reaction {
    this.look()
    if (this.#takeNews() === 'some') return 'ready'
    return timeoutMs === 0 ? 'timeout' : this.#sleep(timeoutMs)
  }

  /** The host is gone: everybody who waits hears of it. */
  lose(): void {
    this.#fail(new HostLostError(this.#cause()))
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
    this.#uploads.stop(say.call)
    this.tellIfAlive(say)
  }

  #cause(): Error | undefined {
    const { cause } = this.#life
    return cause && heard(cause)
  }

  #fail(lost: HostLostError | ClosedError): void {
    if (this.#lost) return
    this.#lost = lost
    this.#news = 'some'
    const waiting = [...this.#addressees.takeAll(), ...this.#revalidations.takeAll()]
    this.#lastAnswer = undefined
    this.#uploads.stopAll()
    for (const addressee of waiting) addressee.failed(lost)
    this.#streams.failAll(lost)
    const listeners = [...this.#lossListeners]
    this.#lossListeners.clear()
    for (const listener of listeners) listener(lost)
    this.#hold()
  }

  /** Blocks until there is news. A wake-up may come late, for something that was taken in already: it is not a timeout. */
  #sleep(timeoutMs: number | undefined): Reaction {
    const deadlineMs = timeoutMs === undefined ? undefined : systemClock.now() + timeoutMs
    do {
      if (!this.#canBeWoken) return 'never'
      const leftMs = deadlineMs === undefined ? LOOK_MS : deadlineMs - systemClock.now()
      if (leftMs <= 0) return 'timeout'
      const sliceMs = Math.min(leftMs, LOOK_MS)
      const waking = this.#line.block(sliceMs)
      if (waking !== 'mail' && this.#life.isOver(waking === 'timeout' ? sliceMs : 0)) this.lose()
      // Not as one that turns: while it sleeps, nothing goes on here that needs the event loop, or waits for that.
      this.#takeIn()
      if (waking === 'timeout' && this.signs.areShown) this.#standstill.suspect(this.number())
    } while (this.#takeNews() === 'none')
    return 'ready'
  }

  /** Whether a message of the host would wake anybody. */
  get #isWaiting(): boolean {
    return this.#addressees.size > 0 || this.#streams.areAwaited || this.#revalidations.size > 0
  }

  /** Whether it could while this thread sleeps: what waits for a source or a transform here waits for this thread to turn. */
  get #canBeWoken(): boolean {
    if (this.#uploads.size === 0 && !this.signs.areShown) return this.#isWaiting
    for (const call of this.#addressees.numbers())
      if (!this.#uploads.isOpen(call) && !this.#standstill.includes(call)) return true
    return this.#revalidations.size > 0 || this.#streams.someAwaited((behind) => !this.#takesTurns(behind))
  }

  #takesTurns(behind: number | undefined): boolean {
    return behind !== undefined && (this.#uploads.isOpen(behind) || this.written.takesTurns(behind))
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
    switch (say.is) {
      case 'chunk':
        return this.#streams.arrive(say.stream, chunksOf({ bytes, shared }))
      case 'end':
        return this.#streams.end(say.stream, say.trailers)
      case 'broken':
        return this.#streams.fail(say.stream, heard(say.error))
      case 'revalidated': {
        const addressee = this.#revalidations.take(say.revalidation)
        return say.error === undefined ? addressee?.heard(say, undefined) : addressee?.failed(heard(say.error))
      }
      case 'told':
        return publish(say.channel, say.error === undefined ? say.message : { ...say.message, error: heard(say.error) })
      case 'left-cache':
        return this.#addressees.get(say.call)?.leftCache?.()
      case 'deserted':
        return this.written.desert(say.writer)
      case 'interim':
        return this.#addressees.get(say.call)?.interim?.(say.head)
      case 'upload-credit':
        return this.#uploads.credit(say.call, say.bytes)
      case 'upload-closed':
        return this.#uploads.stop(say.call)
      case 'failed':
        this.#uploads.stop(say.call)
        return this.#addressees.take(say.call)?.failed(heard(say.error))
      case 'answered-alike':
        return this.#answer(onceMore(this.#lastAnswer, say))
      case 'answered':
        this.#lastAnswer = { say, bytes, shared }
        return this.#answer(this.#lastAnswer)
      default:
        return this.#answer({ say, bytes, shared })
    }
  }

  #answer({ say, bytes, shared }: Message<ToGuest & { readonly call: number }>): void {
    const body = 'body' in say ? this.#body(say.body, chunksOf({ bytes, shared })) : undefined
    if (body instanceof Incoming) body.behind = behindOf(say)
    const addressee = this.#addressees.take(say.call)
    if (addressee !== undefined) addressee.heard(say, body)
    else if (body instanceof Incoming) body.cancel()
  }

  #body(body: SpokenBody, chunks: readonly Uint8Array[]): Incoming | readonly Uint8Array[] | undefined {
    if (body.kind === 'inline') return chunks
    return body.kind === 'stream' ? this.#streams.come(body.stream, body.length, body.flow) : undefined
  }

  #hold(): void {
    this.#line.hold(this.#isWaiting || this.#uploads.isFull)
  }
}

function chunksOf({ bytes, shared }: Pick<Message<unknown>, 'bytes' | 'shared'>): readonly Uint8Array[] {
  return shared ?? (bytes === undefined ? [] : [bytes])
}

/** The writer of this guest that the body follows, or the request whose own body may have to be sent on. */
function behindOf(say: ToGuest & { readonly call: number }): number {
  return ('body' in say && say.body.kind === 'stream' && say.body.behind) || say.call
}
