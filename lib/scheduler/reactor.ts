/** Where coroutines park and are woken. It knows what can move, and never moves anything itself. */

import { BadHandleError } from '../base/errors.js'
import type { Undo } from '../base/undo.js'
import type { Coroutine } from './coroutine.js'
import { ManualReadiness } from './manual.js'
import { Parked } from './parked.js'
import type { Handle, Reaction, Readiness } from './readiness.js'
import { RunQueue } from './run-queue.js'
import { reaction, selected, watched } from './source.js'
import type { Resumption, Steps } from './steps.js'
import type { Wait } from './wait-graph.js'

/** The reactor's own handles, the end of a coroutine or of a foreign effect, begin above all those a source can have. */
const OWN_HANDLES = 2 ** 32
/**
 * As callers see them they are numbers of 32 bits like all others, counted down from here: far from where any source
 * begins, or ends. While such a number is in use, it means what is the reactor's own.
 */
const SHOWN_FIRST = 0xe5a3_71c9
/** Below this no number is one of the reactor's own as callers see them. */
const SHOWN_LAST = SHOWN_FIRST - 0x0fff_ffff

/** How many places of parked coroutines are looked at where a source cannot say by itself what became ready. */
const GLANCE = 64

type AnyCoroutine = Coroutine<unknown>

/** An entry of the run queue: a coroutine that can move, or a handle that was ready and has one parked on it. */
type Runnable = AnyCoroutine | Handle

/** What one of the reactor's own handles stands for: a coroutine's end, or something in words. */
type Meaning = AnyCoroutine | string

/** The source's handles and its own in one number space, with the coroutines that wait for them. */
export class Reactor {
  readonly #source: Readiness
  readonly #own = new ManualReadiness({ base: OWN_HANDLES })
  readonly #parked = new Parked<AnyCoroutine>()
  readonly #runnable = new RunQueue<Runnable>((entry) =>
    typeof entry === 'number' ? this.#parked.on(entry) !== 'nobody' : canMove(entry),
  )
  readonly #meanings: (Meaning | undefined)[] = []
  readonly #unwatch: readonly Undo[]
  readonly #onRunnable: () => void
  #parkedOnSource = 0
  /** Handles of what only the event loop brings about: a promise, an effect of Effection's. */
  #loopBound = 0
  /** A handle that is always ready. */
  readonly movable: Handle

  /** `onRunnable` is called whenever a coroutine has become able to move. */
  constructor(source: Readiness, onRunnable: () => void) {
    this.#source = source
    this.#onRunnable = onRunnable
    const wake = (handle: Handle) => this.#wake(handle)
    this.#unwatch = [watched(source, wake), this.#own.watch(wake)]
    this.movable = this.open('nothing')
    this.#own.settle(this.movable)
    // Nobody brings about that.
    this.#loopBound--
  }

  /** Whether anybody waits for what only the event loop brings about. */
  get needsEventLoop(): boolean {
    return this.#loopBound > 0
  }

  /** Entries in the run queue, some of them perhaps out of date. */
  get runnable(): number {
    return this.#runnable.length
  }

  /** Puts a coroutine that can move at the end of the run queue. */
  enqueue(coroutine: AnyCoroutine): void {
    this.#runnable.push(coroutine)
  }

  /** The next that can move, if there is one. */
  dequeue(): AnyCoroutine | undefined {
    for (;;) {
      const next = this.#runnable.take()
      if (typeof next === 'number') {
        const woken = this.#parked.take(next)
        if (woken instanceof Set) for (const coroutine of woken) this.#rouse(coroutine)
        else if (woken !== undefined) return this.#unparked(woken)
      } else if (next === undefined || canMove(next)) return next
    }
  }

  park(coroutine: AnyCoroutine): void {
    coroutine.state = 'parked'
    if (coroutine.handle < OWN_HANDLES) this.#parkedOnSource++
    this.#parked.add(coroutine.handle, coroutine, coroutine.content as Steps)
  }

  /** Sends a coroutine that could go on to the end of the run queue. */
  rest(coroutine: AnyCoroutine): void {
    coroutine.state = 'resting'
    this.#runnable.push(coroutine)
    this.#onRunnable()
  }

  /** Lets a parked coroutine move, whatever it is parked on. */
  rouse(coroutine: AnyCoroutine): void {
    if (coroutine.state !== 'parked') return
    this.unpark(coroutine)
    this.#runnable.push(coroutine)
    this.#onRunnable()
  }

  /** Takes a parked coroutine off its handle, to be moved by the caller. */
  unpark(coroutine: AnyCoroutine): void {
    if (coroutine.state !== 'parked') return
    this.#parked.remove(coroutine.handle, coroutine)
    this.#unparked(coroutine)
  }

  /** What callers see of a handle: a number of 32 bits. */
  shown(handle: Handle): Handle {
    return handle < OWN_HANDLES ? handle : SHOWN_FIRST - (handle - OWN_HANDLES)
  }

  /** The handle that a caller means. */
  meant(handle: Handle): Handle {
    if (!(handle >= SHOWN_LAST && handle <= SHOWN_FIRST)) return handle
    const own = OWN_HANDLES + SHOWN_FIRST - handle
    return this.#meanings[own - OWN_HANDLES] === undefined ? handle : own
  }

  /** What a coroutine needs to move: of one that waits for another, what that one needs; its own where they go in a circle. */
  needOf(coroutine: AnyCoroutine): Handle {
    const seen = new Set<AnyCoroutine>()
    for (let last = coroutine; last.state === 'parked'; ) {
      seen.add(last)
      const next = this.whoEndsAt(last.handle)
      if (next === undefined || seen.has(next)) return last.handle
      last = next
    }
    return this.movable
  }

  isReady(handle: Handle): boolean {
    return handle >= OWN_HANDLES ? this.#own.isReady(handle) : this.#source.isReady(handle)
  }

  /**
   * Whether a coroutine woken from `handle` may still go on. A source's handle is asked again, since somebody else may
   * have acted on it first; one of our own wakes once, and is closed by then.
   */
  isStillReady(handle: Handle): boolean {
    return handle >= OWN_HANDLES || this.#source.isReady(handle)
  }

  /** Forgets what was moved without being taken from the run queue. */
  tidy(): void {
    this.#runnable.trim()
  }

  /** A handle of the reactor's own, for `fulfil`. */
  open(meaning: Meaning): Handle {
    const handle = this.#own.open()
    this.#meanings[handle - OWN_HANDLES] = meaning
    if (typeof meaning === 'string') this.#loopBound++
    return handle
  }

  /** Wakes whoever is parked on a handle of `open`, for the last time. */
  fulfil(handle: Handle): void {
    if (typeof this.#meanings[handle - OWN_HANDLES] === 'string') this.#loopBound--
    this.#meanings[handle - OWN_HANDLES] = undefined
    this.#own.settle(handle)
    this.#own.close(handle)
  }

  /**
   * Lets the source notice what became ready, without blocking. One without `react` may be unable to while this thread
   * is busy, so a few of its handles are asked, others each time: as many with ten parked as with a million.
   */
  look(): void {
    if (this.#source.react) this.#source.react(0)
    else if (this.#parkedOnSource > 0) {
      for (const handle of this.#parked.glance(GLANCE)) {
        if (this.isReadyOrBad(handle)) this.#wake(handle)
      }
    }
  }

  /** Whether somebody parked on `handle` has to move, be it only to hear that the handle is bad. */
  isReadyOrBad(handle: Handle): boolean {
    try {
      return this.isReady(handle)
    } catch {
      return true
    }
  }

  /** Blocks until something that is parked can move. */
  block(timeoutMs: number | undefined): Reaction {
    if (this.#parkedOnSource === 0) return 'never'
    if (this.#source.react) return reaction(this.#source.react(timeoutMs))
    const handles: Handle[] = []
    for (const [handle] of this.#parked.entries()) if (handle < OWN_HANDLES) handles.push(handle)
    const handle = this.#selected(handles, timeoutMs)
    if (handle === undefined) return 'timeout'
    this.#wake(handle)
    return 'ready'
  }

  /** A handle that has gone bad meanwhile counts: whoever is parked on it has to hear of that. */
  #selected(handles: readonly Handle[], timeoutMs: number | undefined): Handle | undefined {
    try {
      return selected(handles, this.#source.select(handles, timeoutMs))
    } catch (failure) {
      if (failure instanceof BadHandleError && handles.includes(failure.handle)) return failure.handle
      throw failure
    }
  }

  /** Everybody who is parked or can move. */
  everybody(): AnyCoroutine[] {
    const parked = Array.from(this.#parked.entries(), ([, coroutine]) => coroutine)
    return [...parked, ...this.#runnable.entries().filter((entry) => typeof entry !== 'number')]
  }

  waits(): Wait[] {
    const woken = new Set(this.#runnable.entries())
    const waits: Wait[] = []
    for (const [handle, coroutine] of this.#parked.entries()) {
      if (!woken.has(handle)) waits.push({ coroutine: nameOf(coroutine), waitsFor: this.describe(handle) })
    }
    return waits
  }

  /** What the handle stands for, in words. */
  describe(handle: Handle): string {
    if (handle < OWN_HANDLES) return this.#source.describe?.(handle) ?? `handle ${handle}`
    const meaning = this.#meanings[handle - OWN_HANDLES]
    return typeof meaning === 'object' ? `${nameOf(meaning)} to finish` : (meaning ?? 'nothing')
  }

  /** The coroutine whose end the handle stands for. */
  whoEndsAt(handle: Handle): AnyCoroutine | undefined {
    const meaning = handle < OWN_HANDLES ? undefined : this.#meanings[handle - OWN_HANDLES]
    return typeof meaning === 'object' ? meaning : undefined
  }

  stopWatching(): void {
    for (const undo of this.#unwatch) undo()
  }

  /**
   * Whoever waits alone stays parked until its turn, and is not looked at before: in a large crowd it is far away in memory,
   * and would have to be fetched twice.
   */
  #wake(handle: Handle): void {
    const waiting = this.#parked.on(handle)
    if (waiting === 'nobody') return
    const failure = handle < OWN_HANDLES ? this.#failureOf(handle) : undefined
    if (waiting === 'one' && handle < OWN_HANDLES && failure === undefined) this.#runnable.push(handle)
    else for (const coroutine of this.#parked.takeAll(handle)) this.#rouse(coroutine, failure)
    this.#onRunnable()
  }

  #rouse(coroutine: AnyCoroutine, failure?: Resumption): void {
    if (failure !== undefined) coroutine.particular.resumption = failure
    this.#runnable.push(this.#unparked(coroutine))
  }

  #unparked(coroutine: AnyCoroutine): AnyCoroutine {
    if (coroutine.handle < OWN_HANDLES) this.#parkedOnSource--
    coroutine.state = 'queued'
    return coroutine
  }

  /** Found out at once, not when the coroutine moves: by then the number may be somebody else's handle. */
  #failureOf(handle: Handle): Resumption | undefined {
    try {
      this.#source.isReady(handle)
      return undefined
    } catch (value) {
      return { method: 'throw', value }
    }
  }
}

function canMove({ state }: AnyCoroutine): boolean {
  return state === 'fresh' || state === 'queued' || state === 'resting'
}

function nameOf({ name }: AnyCoroutine): string {
  return name || 'a coroutine'
}
