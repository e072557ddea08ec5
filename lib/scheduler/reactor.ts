/** Where coroutines park and are woken. The reactor knows which coroutines can move, and never steps one. */

import { BadHandleError } from '../base/errors.js'
import type { Undo } from '../base/undo.js'
import type { Coroutine } from './coroutine.js'
import { isOwn, type Meaning, OwnHandles, ownIndex } from './own-handles.js'
import { Parked } from './parked.js'
import type { Handle, Reaction, Readiness } from './readiness.js'
import { RunQueue } from './run-queue.js'
import { reaction, selected, watched } from './source.js'
import type { Resumption, Steps } from './steps.js'
import type { Wait } from './wait-graph.js'

/** Where the source has no `react`, one `poll` looks at so many handles of the dense part of `Parked`, and of the sparse part. */
const SAMPLE = 64

type AnyCoroutine = Coroutine<unknown>

/** An entry of the run queue: a coroutine that can move, or a handle that has become ready and has one coroutine parked on it. */
type Runnable = AnyCoroutine | Handle

/** Knows two kinds of handles, those of the source and its own, and which coroutines are parked on them. */
export class Reactor {
  readonly #source: Readiness
  readonly #own = new OwnHandles()
  /** Coroutines parked on handles of the source. */
  readonly #parked = new Parked<AnyCoroutine>()
  /** Coroutines parked on own handles, by `ownIndex`. */
  readonly #parkedOnOwn = new Parked<AnyCoroutine>()
  readonly #runnable = new RunQueue<Runnable>((entry) =>
    typeof entry === 'number' ? this.#parked.on(entry) !== 'nobody' : canMove(entry),
  )
  readonly #unwatch: readonly Undo[]
  readonly #onRunnable: () => void
  #parkedOnSource = 0
  /** An own handle that is always ready. */
  readonly alwaysReady: Handle

  /** `onRunnable` is called when a coroutine that was parked or running is put in the run queue: not by `enqueue` or `unpark`. */
  constructor(source: Readiness, onRunnable: () => void) {
    this.#source = source
    this.#onRunnable = onRunnable
    this.#unwatch = [watched(source, (handle) => this.#wake(handle)), this.#own.watch((own) => this.#wakeOwn(own))]
    this.alwaysReady = this.#own.openReady()
  }

  /** Whether a coroutine waits for something that only the event loop can bring about. */
  get needsEventLoop(): boolean {
    return this.#own.needEventLoop
  }

  /** How many entries the run queue has. Some may be out of date. */
  get runnable(): number {
    return this.#runnable.length
  }

  /** Puts a coroutine that can move at the end of the run queue. */
  enqueue(coroutine: AnyCoroutine): void {
    this.#runnable.push(coroutine)
  }

  /** Takes the next coroutine that can move from the run queue. */
  dequeue(): AnyCoroutine | undefined {
    for (;;) {
      const next = this.#runnable.take()
      if (typeof next === 'number') {
        const woken = this.#parked.take(next)
        if (woken instanceof Set) for (const coroutine of woken) this.#enqueueWoken(coroutine)
        else if (woken !== undefined) return this.#unparked(woken)
      } else if (next === undefined || canMove(next)) return next
    }
  }

  park(coroutine: AnyCoroutine): void {
    coroutine.state = 'parked'
    const { handle, content } = coroutine
    if (isOwn(handle)) return this.#parkedOnOwn.add(ownIndex(handle), coroutine, content as Steps)
    this.#parkedOnSource++
    this.#parked.add(handle, coroutine, content as Steps)
  }

  /** Puts a running coroutine that could go on at the end of the run queue, so that others have their turn. */
  preempt(coroutine: AnyCoroutine): void {
    coroutine.state = 'preempted'
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

  /** Takes a parked coroutine off its handle. The caller steps it. */
  unpark(coroutine: AnyCoroutine): void {
    if (coroutine.state !== 'parked') return
    const { handle } = coroutine
    if (isOwn(handle)) this.#parkedOnOwn.remove(ownIndex(handle), coroutine)
    else this.#parked.remove(handle, coroutine)
    this.#unparked(coroutine)
  }

  /** The 32-bit number by which callers know `handle`. */
  toPublic(handle: Handle): Handle {
    return this.#own.toPublic(handle)
  }

  /** The handle for which `handle`, given by a caller, stands. */
  fromPublic(handle: Handle): Handle {
    return this.#own.fromPublic(handle)
  }

  /**
   * The handle that has to become ready for `coroutine` to move. If it waits for another coroutine, that is the wait handle of
   * the other; where coroutines wait for each other in a circle, one of their done handles. A coroutine that can move or has
   * finished has `alwaysReady`.
   */
  waitHandleOf(coroutine: AnyCoroutine): Handle {
    const seen = new Set<AnyCoroutine>()
    for (let last = coroutine; last.state === 'parked'; ) {
      seen.add(last)
      const next = this.joinTarget(last.handle)
      if (next === undefined || seen.has(next)) return last.handle
      last = next
    }
    return this.alwaysReady
  }

  isReady(handle: Handle): boolean {
    return isOwn(handle) ? this.#own.isReady(handle) : this.#source.isReady(handle)
  }

  /**
   * Whether a coroutine that was woken from `handle` may go on. A handle of the source is asked about again, because another
   * coroutine may have acted on it first. An own handle wakes its coroutines once, and is closed by then.
   */
  isStillReady(handle: Handle): boolean {
    return isOwn(handle) || this.#source.isReady(handle)
  }

  /** Drops out-of-date entries from both ends of the run queue. */
  trim(): void {
    this.#runnable.trim()
  }

  /** Opens an own handle. `fulfil` closes it. */
  open(meaning: Meaning): Handle {
    return this.#own.open(meaning)
  }

  /** Wakes every coroutine parked on an own handle, and closes the handle. */
  fulfil(handle: Handle): void {
    this.#own.fulfil(handle)
  }

  /**
   * Lets the source notice what has become ready, without blocking. A source without `react` may be unable to while this
   * thread is busy, so it is asked about a few parked handles, others each time. The cost is the same with ten parked and with
   * a million.
   */
  poll(): void {
    if (this.#source.react) this.#source.react(0)
    else if (this.#parkedOnSource > 0) {
      for (const handle of this.#parked.sample(SAMPLE)) {
        if (this.isReadyOrBad(handle)) this.#wake(handle)
      }
    }
  }

  /** Whether a coroutine parked on `handle` has to move: a bad handle counts too, because it has to throw there. */
  isReadyOrBad(handle: Handle): boolean {
    try {
      return this.isReady(handle)
    } catch {
      return true
    }
  }

  /** Blocks until a parked coroutine can move or the time is up. Returns `never` at once where none ever can. */
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

  /** The handle that the source selects. A handle that has gone bad counts as selected: its coroutines have to throw. */
  #selected(handles: readonly Handle[], timeoutMs: number | undefined): Handle | undefined {
    try {
      return selected(handles, this.#source.select(handles, timeoutMs))
    } catch (failure) {
      if (failure instanceof BadHandleError && handles.includes(failure.handle)) return failure.handle
      throw failure
    }
  }

  /** Every coroutine that is parked or can move. */
  liveCoroutines(): AnyCoroutine[] {
    return [...this.#parkedCoroutines(), ...this.#runnable.entries().filter((entry) => typeof entry !== 'number')]
  }

  waits(): Wait[] {
    const woken = new Set(this.#runnable.entries())
    const waits: Wait[] = []
    for (const coroutine of this.#parkedCoroutines()) {
      const { handle } = coroutine
      if (!woken.has(handle)) waits.push({ coroutine: nameOf(coroutine), waitsFor: this.describe(handle) })
    }
    return waits
  }

  /** What `handle` stands for, in words. */
  describe(handle: Handle): string {
    if (!isOwn(handle)) return this.#source.describe?.(handle) ?? `handle ${handle}`
    const meaning = this.#own.meaning(handle)
    return typeof meaning === 'object' ? `${nameOf(meaning)} to finish` : (meaning ?? 'nothing')
  }

  /** The coroutine whose done handle this is, if it is one. */
  joinTarget(handle: Handle): AnyCoroutine | undefined {
    const meaning = isOwn(handle) ? this.#own.meaning(handle) : undefined
    return typeof meaning === 'object' ? meaning : undefined
  }

  #parkedCoroutines(): AnyCoroutine[] {
    return [...this.#parked.entries(), ...this.#parkedOnOwn.entries()].map(([, coroutine]) => coroutine)
  }

  stopWatching(): void {
    for (const undo of this.#unwatch) undo()
  }

  /**
   * A coroutine that is alone on its handle stays parked until its turn, and only the handle is queued. Among a million, the
   * coroutine is not in the processor's cache: if it were touched here too, it would be fetched from memory twice.
   */
  #wake(handle: Handle): void {
    const waiting = this.#parked.on(handle)
    if (waiting === 'nobody') return
    const failure = this.#failureOf(handle)
    if (waiting === 'one' && failure === undefined) this.#runnable.push(handle)
    else for (const coroutine of this.#parked.takeAll(handle)) this.#enqueueWoken(coroutine, failure)
    this.#onRunnable()
  }

  #wakeOwn(handle: Handle): void {
    const woken = this.#parkedOnOwn.take(ownIndex(handle))
    if (woken === undefined) return
    if (woken instanceof Set) for (const coroutine of woken) this.#enqueueWoken(coroutine)
    else this.#enqueueWoken(woken)
    this.#onRunnable()
  }

  #enqueueWoken(coroutine: AnyCoroutine, failure?: Resumption): void {
    if (failure !== undefined) coroutine.ensureExtra().resumption = failure
    this.#runnable.push(this.#unparked(coroutine))
  }

  #unparked(coroutine: AnyCoroutine): AnyCoroutine {
    if (!isOwn(coroutine.handle)) this.#parkedOnSource--
    coroutine.state = 'queued'
    return coroutine
  }

  /** Asked at once and not when the coroutine moves: by then the number may be reused for another handle. */
  #failureOf(handle: Handle): Resumption | undefined {
    try {
      this.#source.isReady(handle)
      return undefined
    } catch (value) {
      return { method: 'throw', value }
    }
  }
}

/** Whether a step can be taken: not while it is parked or running, and not once it has finished. */
export function canMove({ state }: AnyCoroutine): boolean {
  return state === 'fresh' || state === 'queued' || state === 'preempted'
}

function nameOf({ name }: AnyCoroutine): string {
  return name || 'a coroutine'
}
