/** The types that programs are written against, by package name. It only has to compile; nothing here is run. */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import {
  type BackendRequest,
  type Cache,
  type CandidateResponse,
  connect,
  type Explanation,
  type HostThread,
  type HttpResponse,
  isSendError,
  openCache,
  type PendingRequest,
  type SendError,
  type Stats,
  startHost,
  type Ticket,
} from 'tidewait'
import {
  type Handle,
  ManualReadiness,
  type Pending,
  type Poll,
  type Readiness,
  ready,
  Scheduler,
  type Settled,
} from 'tidewait/scheduler'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Fails to compile unless the type of `value` is `Expected`, and neither wider nor `any`. */
declare function is<Expected>(): <Actual>(
  value: Actual,
  ...same: Same<Actual, Expected> extends true ? [] : [never]
) => void

/** Three methods are a source of readiness. */
class Own implements Readiness {
  isReady(handle: Handle): boolean {
    return handle > 0
  }

  select(handles: readonly Handle[], timeoutMs?: number): number {
    return timeoutMs === undefined ? 0 : handles.length
  }

  watch(listener: (handle: Handle) => void): () => void {
    return () => listener(0)
  }
}

export async function scheduling(): Promise<void> {
  const manual = new ManualReadiness()
  const handle: Handle = manual.open()
  manual.settle(handle)
  manual.close(handle)
  is<Operation<void>>()(ready(handle))

  const scheduler = new Scheduler(new Own())
  const pending = scheduler.spawn(function* () {
    yield* ready(1)
    return 'in'
  })
  is<Pending<string>>()(pending)
  is<Poll<string>>()(pending.poll())
  is<string>()(pending.wait({ timeoutMs: 1 }))
  is<Handle>()(pending.waitHandle)
  is<string>()(await pending)
  is<Promise<number>>()(pending.then((text) => text.length).catch(() => 0))
  is<number>()(scheduler.turn())
  pending.cancel('reason')

  const { index, value, rest } = scheduler.select([pending], { timeoutMs: 1 })
  is<number>()(index)
  is<string>()(value)
  is<Pending<string>[]>()(rest)
  is<Generator<Settled<string>, void>>()(scheduler.completed([pending]))
  is<AsyncGenerator<Settled<string>, void>>()(scheduler.asCompleted(new Set([pending])))
  const inEffection: Operation<string> = pending
  const disposable: Disposable = pending
  const closing: AsyncDisposable = scheduler
  mixed(scheduler, pending)
  added(scheduler, [Object.assign(pending, { name: 'first' })], [pending])
  void [inEffection, disposable, closing]
}

/** Pendings of several types at once, and options that may be absent. */
function mixed(scheduler: Scheduler, text: Pending<string>, timeoutMs?: number): void {
  const count = scheduler.spawn(function* () {
    yield* text
    return 1
  })
  const { value, rest } = scheduler.select([text, count], { timeoutMs })
  is<string | number>()(value)
  is<(Pending<string> | Pending<number>)[]>()(rest)
  is<Generator<Settled<string | number>, void>>()(scheduler.completed([text, count]))
  is<AsyncGenerator<Settled<string | number>, void>>()(scheduler.asCompleted(new Set([text, count])))
}

/** What a program has added to its pendings is there in what `select` gives back, and a type parameter stays what it is. */
function added<T>(
  scheduler: Scheduler,
  named: (Pending<string> & { readonly name: string })[],
  all: Pending<T>[],
): void {
  const first = scheduler.select(named)
  is<string>()(first.value)
  is<(Pending<string> & { readonly name: string })[]>()(first.rest)
  const { value, rest } = scheduler.select(all)
  is<T>()(value)
  is<Pending<T>[]>()(rest)
}

export async function caching(ticket: Ticket, client: ServerResponse, operation: Operation<void>): Promise<void> {
  const host: HostThread = await startHost({ policy: { markerMode: 'miss' }, store: { kind: 'memory', maxBytes: 1e9 } })
  is<Ticket>()(host.ticket())
  is<Stats>()(host.stats())
  const caches: Cache[] = [
    openCache(),
    openCache({ fetch, policy: 'fastly', id: 'edge' }),
    connect(ticket),
    host.connect(),
  ]
  const cache = openCache({ backends: { plain: 'http://origin.example', full: { url: 'http://origin.example' } } })
  is<Stats>()(cache.stats())

  const request = cache.send(new URL('http://origin.example'), {
    method: 'GET',
    headers: { accept: 'text/plain' },
    body: null,
    signal: AbortSignal.timeout(1),
    backend: 'plain',
    cacheKey: 'key',
    cacheOverride: {
      ttl: 1,
      staleWhileRevalidate: 1,
      staleIfError: 1,
      surrogateKey: 'a',
      sensitive: true,
      lookupTimeoutMs: 1,
    },
    beforeSend: (outgoing) => is<BackendRequest>()(outgoing),
    afterSend: async (candidate) => changed(candidate),
  })
  is<PendingRequest>()(request)
  cache.send(new Request('http://origin.example'), { cacheOverride: 'pass', beforeSend: () => operation })
  cache.send('http://origin.example', { cacheOverride: 'none' })
  // @ts-expect-error There is no such option.
  cache.send('http://origin.example', { cacheKeys: 'key' })
  // @ts-expect-error There is no such option.
  openCache({ stores: 1 })

  request.setResponseHeader('name', 'value')
  request.appendResponseHeader('name', 'value', 'error')
  request.removeResponseHeader('name', 'any')
  is<Handle | undefined>()(request.intoDirectHandle())
  is<Pending<void>>()(request.sendToClient(client))
  request.detach()
  const answer: Pending<HttpResponse> = request
  is<HttpResponse>()(await answer)

  const { value, rest } = cache.select([request], { timeoutMs: 1 })
  is<HttpResponse>()(value)
  is<PendingRequest[]>()(rest)
  is<AsyncGenerator<Settled<HttpResponse>, void>>()(cache.asCompleted([request]))
  is<Pending<number>>()(cache.purge({ surrogateKey: 'a' }, { soft: true }))
  is<Pending<number>>()(cache.purge({ url: 'http://origin.example' }))
  is<Pending<number>>()(cache.purge({ all: true }))
  is<Pending<Explanation>>()(cache.explain('http://origin.example', { method: 'HEAD' }))
  is<Promise<void>>()(cache.close({ drainMs: 1 }))
  is<Promise<Response>>()(
    cache.fetch('http://origin.example', { redirect: 'manual', cache: 'reload', cacheOverride: 'pass' }),
  )
  const anyFetch: typeof globalThis.fetch = cache.fetch
  const disposables: AsyncDisposable[] = [host, ...caches]
  void [anyFetch, disposables]
}

function changed(candidate: CandidateResponse): void {
  is<CandidateResponse>()(candidate)
  is<boolean>()(candidate.isStale)
  is<boolean>()(candidate.staleIfErrorAvailable)
  is<readonly [number, number]>()([candidate.age, candidate.maxAge] as const)
  is<Headers>()(candidate.headers)
  candidate.status = 200
  candidate.ttl = candidate.staleWhileRevalidate = candidate.staleIfError = 1
  candidate.vary = ['accept']
  candidate.surrogateKeys = ['a']
  candidate.sensitive = true
  candidate.setCacheable()
  candidate.setUncacheable({ record: true })
  candidate.bodyTransform = async function* (chunks) {
    for await (const chunk of chunks) yield chunk
  }
  // @ts-expect-error Only the cache says what was found.
  candidate.isStale = true
}

export async function answered(response: HttpResponse): Promise<void> {
  is<number>()(response.status)
  is<string>()(response.statusText)
  is<Headers>()(response.headers)
  is<string>()(response.url)
  is<string>()(response.backend)
  is<boolean>()(response.wasCached)
  is<boolean | undefined>()(response.isStale)
  is<number>()(response.hits)
  for (const seconds of [response.age, response.ttl, response.staleWhileRevalidate, response.staleIfError])
    is<number | undefined>()(seconds)
  is<string[]>()(response.vary)
  is<string[]>()(response.surrogateKeys)
  is<SendError | undefined>()(response.maskedError)
  is<Pending<void> | undefined>()(response.revalidation)
  is<Pending<string>>()(response.text())
  is<Pending<{ tide: number }>>()(response.json<{ tide: number }>())
  is<Pending<unknown>>()(response.json())
  is<Pending<Uint8Array>>()(response.bytes())
  is<Pending<Uint8Array | undefined>>()(response.read())
  is<Response>()(response.toWeb())
  for await (const chunk of response) is<Uint8Array>()(chunk)
}

export function failed(failure: unknown): string | undefined {
  if (!isSendError(failure)) return undefined
  is<SendError>()(failure)
  is<'caller' | 'origin' | 'store' | 'bug'>()(failure.blame)
  is<string>()(failure.backend)
  is<string>()(failure.request.url)
  is<unknown>()(failure.cause)
  // The list of codes is closed: a switch over it needs no default.
  const code: 'ConnectionRefused' | 'Custom' extends typeof failure.code ? string : never = failure.code
  // @ts-expect-error There is no such code.
  if (failure.code === 'Refused') return undefined
  return code
}
