/** Where coroutines park and are woken. It knows what can move, and never moves anything itself. */

import { BadHandleError } from '../base/errors.js'
import type { Undo } from '../base/undo.js'
import type { Coroutine } from './coroutine.js'
import { isOwn, type Meaning, OwnHandles, placeOf } from './own-handles.js'
import { Parked } from './parked.js'
import type { Handle, Reaction, Readiness } from './readiness.js'
import { RunQueue } from './run-queue.js'
import { reaction, selected, watched } from './source.js'
import type { Resumption, Steps } from './steps.js'
import type { Wait } from './wait-graph.js'

/** How many places of parked coroutines are looked at where a source cannot say by itself what became ready. */
const GLANCE = 64

type AnyCoroutine = Coroutine<unknown>

/** An entry of the run queue: a coroutine that can move, or a handle that was ready and has one parked on it. */
type Runnable = AnyCoroutine | Handle

/** The source's handles and its own, with the coroutines that wait for them. */
export class Reactor {
  readonly #source: Readiness
  readonly #own = new OwnHandles()
  /** On handles of the source. */
  readonly #parked = new Parked<AnyCoroutine>()
  /** On its own, by their places. */
  readonly #joining = new Parked<AnyCoroutine>()
  readonly #runnable = new RunQueue<Runnable>((entry) =>
    typeof entry === 'number' ? this.#parked.on(entry) !== 'nobody' : canMove(entry),
  )
  readonly #unwatch: readonly Undo[]
  readonly #onRunnable: () => void
  #parkedOnSource = 0
  /** A handle that is always ready. */
  readonly movable: Handle

  /** `onRunnable` is called whenever a coroutine has become able to move. */
  constructor(source: Readiness, onRunnable: () => void) {
    this.#source = source
    this.#onRunnable = onRunnable
    this.#unwatch = [watched(source, (handle) => this.#wake(handle)), this.#own.watch((own) => this.#wakeOwn(own))]
    this.movable = this.#own.openReady()
  }

  /** Whether anybody waits for what only the event loop brings about. */
  get needsEventLoop(): boolean {
    return this.#own.needEventLoop
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
    const { handle, content } = coroutine
    if (isOwn(handle)) return this.#joining.add(placeOf(handle), coroutine, content as Steps)
    this.#parkedOnSource++
    this.#parked.add(handle, coroutine, content as Steps)
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
    const { handle } = coroutine
    if (isOwn(handle)) this.#joining.remove(placeOf(handle), coroutine)
    else this.#parked.remove(handle, coroutine)
    this.#unparked(coroutine)
  }

  /** What callers see of a handle: a number of 32 bits. */
  shown(handle: Handle): Handle {
    return this.#own.shown(handle)
  }

  /** The handle that a caller means. */
  meant(handle: Handle): Handle {
    return this.#own.meant(handle)
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
    return isOwn(handle) ? this.#own.isReady(handle) : this.#source.isReady(handle)
  }

  /**
   * Whether a coroutine woken from `handle` may still go on. A source's handle is asked again, since somebody else may
   * have acted on it first; one of our own wakes once, and is closed by then.
   */
  isStillReady(handle: Handle): boolean {
    return isOwn(handle) || this.#source.isReady(handle)
  }

  /** Forgets what was moved without being taken from the run queue. */
  tidy(): void {
    this.#runnable.trim()
  }

  /** A handle of the reactor's own, for `fulfil`. */
  open(meaning: Meaning): Handle {
    return this.#own.open(meaning)
  }

  /** Wakes whoever is parked on a handle of `open`, for the last time. */
  fulfil(handle: Handle): void {
    this.#own.fulfil(handle)
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
    for (const [handle] of this.#parked.entries()) handles.push(handle)
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
    return [...this.#everybodyParked(), ...this.#runnable.entries().filter((entry) => typeof entry !== 'number')]
  }

  waits(): Wait[] {
    const woken = new Set(this.#runnable.entries())
    const waits: Wait[] = []
    for (const coroutine of this.#everybodyParked()) {
      const { handle } = coroutine
      if (!woken.has(handle)) waits.push({ coroutine: nameOf(coroutine), waitsFor: this.describe(handle) })
    }
    return waits
  }

  /** What the handle stands for, in words. */
  describe(handle: Handle): string {
    if (!isOwn(handle)) return this.#source.describe?.(handle) ?? `handle ${handle}`
    const meaning = this.#own.meaning(handle)
    return typeof meaning === 'object' ? `${nameOf(meaning)} to finish` : (meaning ?? 'nothing')
  }

  /** The coroutine whose end the handle stands for. */
  whoEndsAt(handle: Handle): AnyCoroutine | undefined {
    const meaning = isOwn(handle) ? this.#own.meaning(handle) : undefined
    return typeof meaning === 'object' ? meaning : undefined
  }

  #everybodyParked(): AnyCoroutine[] {
    return [...this.#parked.entries(), ...this.#joining.entries()].map(([, coroutine]) => coroutine)
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
    const failure = this.#failureOf(handle)
    if (waiting === 'one' && failure === undefined) this.#runnable.push(handle)
    else for (const coroutine of this.#parked.takeAll(handle)) this.#rouse(coroutine, failure)
    this.#onRunnable()
  }

  #wakeOwn(handle: Handle): void {
    const woken = this.#joining.take(placeOf(handle))
    if (woken === undefined) return
    if (woken instanceof Set) for (const coroutine of woken) this.#rouse(coroutine)
    else this.#rouse(woken)
    this.#onRunnable()
  }

  #rouse(coroutine: AnyCoroutine, failure?: Resumption): void {
    if (failure !== undefined) coroutine.particular.resumption = failure
    this.#runnable.push(this.#unparked(coroutine))
  }

  #unparked(coroutine: AnyCoroutine): AnyCoroutine {
    if (!isOwn(coroutine.handle)) this.#parkedOnSource--
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
