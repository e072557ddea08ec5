/** The host's side of the transactions that a guest runs itself, because its hooks must run there. */

import { BadHandleError } from '../base/errors.js'
import type { LocalHost } from '../host/local-host.js'
import type { AbandonReason } from '../pending/host.js'
import { type Handle, type Pending, ready, type Scheduler } from '../scheduler/index.js'
import { StoredBody } from '../store/body.js'
import type { Outbox } from './outbox.js'
import type { SpokenEntry, SpokenReason, ToHost } from './protocol.js'
import type { SessionParts } from './session.js'
import { heard, spoken } from './spoken-errors.js'

/**
 * | kind | what a number of the guest's stands for |
 * |---|---|
 * | entry | a transaction |
 * | writer | a body the guest writes, or lets the host write |
 * | diverted | a body that could not be stored, because the obligation was lost on the way; only its own guest reads it |
 */
type Held =
  | { readonly kind: 'entry'; readonly handle: Handle; readonly watch: Pending<void> | undefined }
  | { readonly kind: 'writer'; readonly handle: Handle }
  | { readonly kind: 'diverted'; readonly body: StoredBody }

export class GuestEntries {
  readonly #parts: SessionParts & { readonly outbox: Outbox }
  readonly #held = new Map<number, Held>()

  constructor(parts: SessionParts & { readonly outbox: Outbox }) {
    this.#parts = parts
  }

  /** Does what `say` asks for, if it is about a transaction; false if not. */
  obey(say: ToHost, bytes: Uint8Array | undefined): boolean {
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
        host.chooseStale(this.handleOf(say.entry))
        return true
      case 'record':
        host.recordNotCacheable(this.handleOf(say.entry), say)
        return true
      case 'abandon':
        host.abandon(this.handleOf(say.entry), heardReason(say.reason))
        return true
      case 'append':
        this.#append(say)
        return true
      case 'write':
        host.write(this.#writer(say.writer), bytes ?? new Uint8Array(0))
        return true
      case 'finish':
        host.finish(this.#takeWriter(say.writer), say.trailers)
        return true
      case 'fail':
        host.fail(this.#takeWriter(say.writer), heard(say.error))
        return true
      case 'close':
        return this.#close(say.call)
      default:
        return false
    }
  }

  /** The host's own handle of a guest's entry. */
  handleOf(entry: number): Handle {
    const held = this.#held.get(entry)
    if (held?.kind !== 'entry') throw new BadHandleError(entry, 'no entry of this guest')
    return held.handle
  }

  closeAll(): void {
    for (const number of [...this.#held.keys()]) this.#close(number)
  }

  get #host(): LocalHost {
    return this.#parts.host
  }

  get #scheduler(): Scheduler {
    return this.#parts.surroundings.scheduler
  }

  #lookup({ call, request, key, waitTimeoutMs }: ToHost & { do: 'lookup' }): void {
    const entry = this.#host.lookup(request, { key, waitTimeoutMs })
    const tell = () => this.#tell(call, entry)
    const watch = this.#scheduler.spawn(function* awaitEntry() {
      yield* ready(entry)
      tell()
    })
    this.#held.set(call, { kind: 'entry', handle: entry, watch })
    watch.then(undefined, (error: unknown) => {
      if (this.#held.has(call)) this.#parts.line.send({ say: { is: 'failed', call, error: spoken(error) } })
    })
  }

  #tell(call: number, entry: Handle): void {
    const host = this.#host
    const peeked = host.peek(entry)
    const said: SpokenEntry = {
      state: host.state(entry),
      report: host.report(entry),
      object: peeked?.report,
      stored: peeked?.object.head,
      adapted: peeked?.adapted,
      length: peeked?.object.body.length,
      suggested: host.suggestedRequest(entry),
    }
    this.#parts.line.send({ say: { is: 'entry', call, entry: said } })
  }

  #open({ entry, stream, adapt }: ToHost & { do: 'open' }): void {
    const { outbox } = this.#parts
    const held = this.#held.get(entry)
    if (held?.kind === 'diverted') return outbox.begin(stream, held.body.reader())
    const found = this.#host.found(this.handleOf(entry), adapt)
    if (found === undefined) throw new BadHandleError(entry, 'it has found nothing')
    outbox.begin(stream, this.#host.takeBody(found.body))
  }

  #insert({ entry, writer, back, head, options }: ToHost & { do: 'insert' }): void {
    const host = this.#host
    try {
      const inserted = host.insertAndStreamBack(this.handleOf(entry), head, options)
      this.#held.set(writer, { kind: 'writer', handle: inserted.writer })
      if (back === undefined) host.close(inserted.entry)
      else this.#held.set(back, { kind: 'entry', handle: inserted.entry, watch: undefined })
    } catch (error) {
      if (!(error instanceof BadHandleError)) throw error
      const body = new StoredBody()
      this.#held.set(writer, { kind: 'writer', handle: host.openWriter(body.writer) })
      if (back !== undefined) this.#held.set(back, { kind: 'diverted', body })
    }
  }

  #update({ entry, back, head, options }: ToHost & { do: 'update' }): void {
    const host = this.#host
    const handle = this.handleOf(entry)
    const body = host.peek(handle)?.object.body
    try {
      const fresh = host.updateAndReturnFresh(handle, head, options)
      if (back === undefined) host.close(fresh)
      else this.#held.set(back, { kind: 'entry', handle: fresh, watch: undefined })
    } catch (error) {
      if (!(error instanceof BadHandleError)) throw error
      if (back !== undefined && body !== undefined) this.#held.set(back, { kind: 'diverted', body })
    }
  }

  #append({ writer, stream }: ToHost & { do: 'append' }): void {
    const reader = this.#parts.outbox.take(stream)
    const handle = this.#takeWriter(writer)
    if (reader === undefined) this.#host.fail(handle, new BadHandleError(stream, 'no stream of this guest'))
    else this.#host.append(handle, this.#host.openBody(reader))
  }

  #writer(writer: number): Handle {
    const held = this.#held.get(writer)
    if (held?.kind !== 'writer') throw new BadHandleError(writer, 'no writer of this guest')
    return held.handle
  }

  #takeWriter(writer: number): Handle {
    const handle = this.#writer(writer)
    this.#held.delete(writer)
    return handle
  }

  #close(number: number): boolean {
    const held = this.#held.get(number)
    if (held === undefined) return false
    this.#held.delete(number)
    if (held.kind === 'entry') held.watch?.cancel()
    if (held.kind !== 'diverted') this.#host.close(held.handle)
    return true
  }
}

function heardReason(reason: SpokenReason): AbandonReason {
  return reason.because === 'failed' ? { because: 'failed', error: heard(reason.error) } : reason
}
