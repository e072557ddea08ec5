/** The host's side of the transactions that a guest runs itself, because their requests have hooks that must run there. */

import { BadHandleError } from '../../base/errors.js'
import type { AbandonReason } from '../../cache/commit-options.js'
import { Lease } from '../../cache/lease.js'
import { USABLE } from '../../cache/outcome.js'
import type { LocalHost } from '../../host/local-host.js'
import { openPart } from '../../host/part.js'
import { adapt as adaptResponse } from '../../http/adapt.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { WriteOptions } from '../../http/options.js'
import { type Handle, type Pending, ready } from '../../scheduler/index.js'
import type { Engine } from '../../scheduler/internal.js'
import { StoredBody } from '../../store/body.js'
import type { BodyTransfer, SerializedEntry, SerializedReason, ToHost } from '../line/protocol.js'
import { deserializeError, serializeError } from '../line/serialized-errors.js'
import { TurnWatch } from '../turning.js'
import type { GuestWriters } from './guest-writers.js'
import { type Outbox, wholeInHand } from './outbox.js'
import type { SessionParts } from './parts.js'
import { unstored } from './unstored.js'

/**
 * | kind | what one of the guest's numbers stands for |
 * |---|---|
 * | entry | a transaction |
 * | unstored | what the guest committed after its obligation had lapsed: nothing is stored, and only the guest reads the body |
 */
type Held =
  | {
      readonly kind: 'entry'
      readonly handle: Handle
      readonly request: RequestHead
      readonly watch: Pending<void> | undefined
    }
  | { readonly kind: 'unstored'; readonly body: StoredBody }

export interface GuestEntriesParts extends SessionParts {
  readonly outbox: Outbox
  readonly writers: GuestWriters
}

export class GuestEntries {
  readonly #parts: GuestEntriesParts
  readonly #held = new Map<number, Held>()
  readonly #lease: Lease
  readonly #turnWatch: TurnWatch

  constructor(parts: GuestEntriesParts) {
    this.#parts = parts
    this.#lease = new Lease(parts.leaseMs)
    this.#turnWatch = new TurnWatch({
      clock: parts.clock,
      leaseMs: parts.leaseMs,
      turns: () => parts.line.turns,
      turned: () => {
        this.#lease.hasLapsed = false
        this.#renew(() => true)
      },
      still: () => this.#renew((entry) => this.#host.waitsForOrigin(entry)),
      stillForLease: () => parts.writers.breakOff(),
      isNeeded: () => this.#held.size + parts.writers.size > 0,
    })
  }

  /** Carries out `say` if it is about a transaction; returns false if not. */
  obey(say: ToHost): boolean {
    const host = this.#host
    switch (say.do) {
      case 'lookup':
        this.#lookup(say)
        return true
      case 'open':
        this.#open(say)
        return true
      case 'insert':
        this.#insert(say)
        return true
      case 'update':
        this.#update(say)
        return true
      case 'choose-stale':
        this.#chooseStale(say.entry)
        return true
      case 'record':
        host.recordNotCacheable(this.handleOf(say.entry), say)
        return true
      case 'abandon':
        host.abandon(this.handleOf(say.entry), deserializeReason(say.reason))
        return true
      case 'close':
        return this.#close(say.call)
      default:
        return false
    }
  }

  /** The host's handle for a guest's entry. Throws `BadHandleError` if there is none. */
  handleOf(entry: number): Handle {
    return this.#entry(entry).handle
  }

  /** The host's handle for a guest's entry, or `undefined` if there is none. */
  openHandle(entry: number | undefined): Handle | undefined {
    const held = entry === undefined ? undefined : this.#held.get(entry)
    return held?.kind === 'entry' ? held.handle : undefined
  }

  /** The guest's transactions, by the numbers of the calls that opened them. */
  *lookups(): Generator<readonly [call: number, entry: Handle]> {
    for (const [call, held] of this.#held) if (held.kind === 'entry') yield [call, held.handle]
  }

  closeAll(): void {
    this.#turnWatch.end()
    for (const number of [...this.#held.keys()]) this.#close(number)
  }

  get #host(): LocalHost {
    return this.#parts.host
  }

  get #engine(): Engine {
    return this.#parts.surroundings.engine
  }

  #entry(number: number): Extract<Held, { kind: 'entry' }> {
    const held = this.#held.get(number)
    if (held?.kind !== 'entry') throw new BadHandleError(number, 'no entry of this guest')
    return held
  }

  #renew(isMeant: (entry: Handle) => boolean): void {
    for (const held of this.#held.values())
      if (held.kind === 'entry' && isMeant(held.handle)) this.#host.renewLease(held.handle)
  }

  #lookup({ call, request, key, waitTimeoutMs, madeBy }: ToHost & { do: 'lookup' }): void {
    const lease = this.#lease
    lease.hasLapsed = false
    const entry = this.#host.lookup(request, { key, waitTimeoutMs, lease, madeBy: this.openHandle(madeBy) })
    this.#turnWatch.begin()
    this.#tellWhenReady(call, entry, request)
  }

  #tellWhenReady(call: number, entry: Handle, request: RequestHead): void {
    const tell = () => this.#tell(call, entry)
    const watch = this.#engine.spawn(function* awaitEntry() {
      yield* ready(entry)
      tell()
    })
    this.#held.set(call, { kind: 'entry', handle: entry, request, watch })
    watch.then(undefined, (error: unknown) => {
      if (this.#held.has(call)) this.#parts.line.send({ say: { is: 'failed', call, error: serializeError(error) } })
    })
  }

  #tell(call: number, entry: Handle): void {
    const host = this.#host
    const peeked = host.peek(entry)
    const reader = peeked && openPart(peeked.object.body, peeked.adapted.body)
    const follows = this.#parts.writers.followedBy(reader)
    const said: SerializedEntry = {
      state: host.state(entry),
      report: host.report(entry),
      object: peeked?.report,
      stored: peeked?.object.head,
      isWhole: peeked?.object.body.phase === 'complete',
      adapted: peeked && { head: peeked.adapted.head, body: peeked.adapted.body },
      standing: peeked?.adapted.standing,
      length: peeked?.object.body.length,
      suggested: host.suggestedRequest(entry),
      ...(follows !== undefined && { follows }),
    }
    const whole = reader !== undefined && (said.state & USABLE) !== 0 ? wholeInHand(reader) : undefined
    if (whole === undefined) reader?.cancel()
    const body: BodyTransfer = { kind: whole === undefined ? 'none' : 'inline' }
    this.#parts.line.send({ say: { is: 'entry', call, entry: said, body }, ...whole })
  }

  /** If the obligation lapsed meanwhile, the stale object still answers the guest's own request, unless its body has broken off. */
  #chooseStale(entry: number): void {
    const handle = this.handleOf(entry)
    try {
      this.#host.chooseStale(handle)
    } catch (error) {
      const phase = this.#host.peek(handle)?.object.body.phase
      if (phase === undefined || phase === 'failed')
        return this.#parts.line.send({ say: { is: 'failed', call: entry, error: serializeError(error) } })
    }
    this.#tell(entry, handle)
  }

  #open({ entry, stream, part }: ToHost & { do: 'open' }): void {
    const held = this.#held.get(entry)
    const body = held?.kind === 'unstored' ? held.body : this.#host.peek(this.handleOf(entry))?.object.body
    if (body === undefined) throw new BadHandleError(entry, 'it has found nothing')
    this.#parts.outbox.begin(stream, openPart(body, part))
  }

  #insert({ entry, writer, back, head, options }: ToHost & { do: 'insert' }): void {
    const host = this.#host
    const { handle } = this.#entry(entry)
    try {
      if (back === undefined) {
        this.#parts.writers.add(writer, host.insert(handle, head, options))
        return
      }
      const inserted = host.insertAndStreamBack(handle, head, options)
      this.#parts.writers.add(writer, inserted.writer)
      this.#readBack(back, entry, inserted.entry)
    } catch (error) {
      if (!(error instanceof BadHandleError)) throw error
      const { length, splice } = options
      const body = new StoredBody({ length, ...(splice && host.peek(handle)?.object.body.ends(splice)) })
      this.#parts.writers.add(writer, host.openWriter(body.writer))
      if (back !== undefined) this.#readUnstored(back, entry, { head, options, body })
    }
  }

  #update({ entry, back, head, options }: ToHost & { do: 'update' }): void {
    const host = this.#host
    const { handle } = this.#entry(entry)
    const body = host.peek(handle)?.object.body
    try {
      if (back === undefined) host.update(handle, head, options)
      else this.#readBack(back, entry, host.updateAndReturnFresh(handle, head, options))
    } catch (error) {
      if (!(error instanceof BadHandleError)) throw error
      if (back !== undefined && body !== undefined) this.#readUnstored(back, entry, { head, options, body })
    }
  }

  /** A leader that asks for a range waits, like any request, until it is known whether the body has a byte of it (semantics 8.3b). */
  #readBack(back: number, entry: number, handle: Handle): void {
    const { request } = this.#entry(entry)
    if (!this.#host.isReady(handle)) return this.#tellWhenReady(back, handle, request)
    this.#held.set(back, { kind: 'entry', handle, request, watch: undefined })
    this.#tell(back, handle)
  }

  /** Answers the guest's read-back with what the guest has committed, though nothing of that is stored. */
  #readUnstored(
    back: number,
    entry: number,
    { head, options, body }: { readonly head: ResponseHead; readonly options: WriteOptions; readonly body: StoredBody },
  ): void {
    const { policy } = this.#parts.surroundings
    const { handle, request } = this.#entry(entry)
    const ageSeconds = options.initialAgeMs / 1000
    const adapted = adaptResponse(request, { head, ageSeconds, length: body.length }, policy)
    const reader = body.reader()
    const follows = this.#parts.writers.followedBy(reader)
    reader.cancel()
    this.#held.set(back, { kind: 'unstored', body })
    const said: SerializedEntry = {
      report: this.#host.report(handle),
      ...unstored({ head, options, adapted, length: body.length }),
      suggested: this.#host.suggestedRequest(handle),
      ...(follows !== undefined && { follows }),
    }
    this.#parts.line.send({ say: { is: 'entry', call: back, entry: said, body: { kind: 'none' } } })
  }

  #close(number: number): boolean {
    const held = this.#held.get(number)
    if (held === undefined) return false
    this.#held.delete(number)
    if (held.kind === 'entry') held.watch?.cancel()
    if (held.kind !== 'unstored') this.#host.close(held.handle)
    return true
  }
}

function deserializeReason(reason: SerializedReason): AbandonReason {
  return reason.because === 'failed' ? { because: 'failed', error: deserializeError(reason.error) } : reason
}
