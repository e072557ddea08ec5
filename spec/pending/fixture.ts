/** Short words for the specs of pending requests: a host whose origin answers as told, and requests on it. */

import { standingsMemory } from '../../lib/cache/standings.js'
import { LocalHost } from '../../lib/host/local-host.js'
import type { RequestHead, ResponseHead } from '../../lib/http/message.js'
import { type Policy, rfc9111 } from '../../lib/http/policy.js'
import type { Answer } from '../../lib/pending/answer.js'
import { begin } from '../../lib/pending/begin.js'
import type { RequestContext } from '../../lib/pending/context.js'
import type { Host, HostSendOptions } from '../../lib/pending/host.js'
import { pendingRequest } from '../../lib/pending/request.js'
import type { RequestOptions } from '../../lib/pending/request-options.js'
import { Revalidations } from '../../lib/pending/revalidations.js'
import { SendError, type SendErrorCode } from '../../lib/pending/send-error.js'
import type { Handle, Pending } from '../../lib/scheduler/index.js'
import { Coroutine, type Engine, Scheduler } from '../../lib/scheduler/internal.js'
import { MemoryStore } from '../../lib/store/memory.js'
import { TestClock } from '../kit/test-clock.js'

/** What the origin says: a head with a body, part of one that goes on, or a failure. */
export type Said =
  | { readonly head: ResponseHead; readonly body?: string | readonly Uint8Array[]; readonly end?: 'later' }
  | SendErrorCode

interface Sent {
  readonly request: RequestHead
  readonly signal: { readonly writer: Handle; readonly body: Handle }
  said: Said | undefined
}

export const GET: RequestHead = { method: 'GET', url: 'http://origin/', fields: [] }

export function get(fields: Readonly<Record<string, string>> = {}): RequestHead {
  return { ...GET, fields: Object.entries(fields) }
}

export function head(fields: Readonly<Record<string, string>> = {}, status = 200): ResponseHead {
  return { status, statusText: '', fields: Object.entries(fields) }
}

export function ok(cacheControl: string, body = 'body', fields: Readonly<Record<string, string>> = {}): Said {
  return { head: head({ 'cache-control': cacheControl, ...fields }), body }
}

/** A host in this thread that never touches a socket: sends are answered by the script, or later by `answer`. */
export class ScriptedHost extends LocalHost {
  readonly clock: TestClock
  readonly sent: Sent[] = []
  /** Answers at once, where it returns something. */
  script: (nth: number) => Said | undefined = () => undefined
  /** Writers of bodies that go on. */
  readonly open: Handle[] = []

  constructor(policy: Policy = rfc9111, standings = standingsMemory()) {
    const clock = new TestClock()
    const store = new MemoryStore({ maxBytes: 1 << 24 })
    super({ clock, policy, standings, store, invariants: true, backends: { api: 'http://origin' } })
    this.clock = clock
  }

  override send(request: RequestHead, _options: HostSendOptions): Handle {
    const sent: Sent = { request, signal: this.pipe(), said: undefined }
    const nth = this.sent.push(sent)
    const said = this.script(nth)
    if (said !== undefined) this.answer(nth, said)
    return sent.signal.body
  }

  answer(nth: number, said: Said): void {
    const sent = this.sent[nth - 1]
    if (sent === undefined) throw new Error(`there was no send ${nth}`)
    sent.said = said
    this.finish(sent.signal.writer)
  }

  override receive(send: Handle): { head: ResponseHead; body: Handle } {
    const { request, said } = this.sent.findLast(({ signal }) => signal.body === send) as Sent
    this.close(send)
    if (said === undefined) throw new Error('not answered yet')
    if (typeof said === 'string') throw new SendError(said, { backend: 'origin', request })
    const { writer, body } = this.pipe()
    for (const chunk of typeof said.body === 'string' ? [bytes(said.body)] : (said.body ?? []))
      this.write(writer, chunk)
    if (said.end === 'later') this.open.push(writer)
    else this.finish(writer)
    return { head: said.head, body }
  }

  /** How many handles are open now, without those of sends that nobody has answered. */
  get held(): number {
    return this.stats().handles - this.sent.filter(({ said }) => said === undefined).length
  }
}

/** As a request of the library does, it closes an answer that nobody takes. */
class Requested extends Coroutine<Answer> {
  readonly #host: Host

  constructor(engine: Engine, context: RequestContext) {
    super(engine, () => pendingRequest(context), 'a request')
    this.#host = context.host
  }

  override dropped({ body }: Answer): void {
    if (body !== undefined) this.#host.close(body)
  }
}

export interface Setting {
  readonly host: ScriptedHost
  readonly clock: TestClock
  readonly scheduler: Scheduler
  readonly revalidations: Revalidations
  /** A request that nobody drives yet. Other `revalidations` are those of another thread. */
  request(options?: Partial<RequestOptions>, revalidations?: Revalidations): Pending<Answer>
  context(options?: Partial<RequestOptions>, revalidations?: Revalidations): RequestContext
  /** Asks, has the origin say `said`, and reads all of the answer. */
  stored(said: Said, options?: Partial<RequestOptions>): Promise<void>
}

export function setting(policy: Policy = rfc9111): Setting {
  const host = new ScriptedHost(policy)
  const { clock } = host
  const scheduler = new Scheduler(host)
  const own = new Revalidations(scheduler.engine, clock)
  const context = (options: Partial<RequestOptions> = {}, revalidations = own) =>
    begin(
      { host, policy, engine: scheduler.engine, revalidations, invariants: true },
      { request: GET, body: undefined, backend: undefined, key: undefined, override: 'none', hooks: {}, ...options },
    )
  const request = (options: Partial<RequestOptions> = {}, revalidations = own) => {
    const begun = context(options, revalidations)
    return new Requested(scheduler.engine, begun)
  }
  return {
    host,
    clock,
    scheduler,
    revalidations: own,
    context,
    request,
    async stored(said, options) {
      const { script } = host
      host.script = () => said
      await textOf(host, await request(options))
      host.script = script
    },
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** All of an answer's body; its handle is closed. */
export async function textOf(host: LocalHost, { body }: Pick<Answer, 'body'>): Promise<string> {
  if (body === undefined) return ''
  let text = ''
  try {
    for (;;) {
      while (!host.isReady(body)) await new Promise((resolve) => setImmediate(resolve))
      const chunk = host.read(body)
      if (chunk === undefined) return text
      text += new TextDecoder().decode(chunk)
    }
  } finally {
    host.close(body)
  }
}
