/** The request of a caller as the call takes it, with hooks that do what the program says and report what they see. */

import type { FetchInit } from '../../lib/client/fetch/fetch-init.js'
import type { BackendRequest, CandidateResponse, HookResult, PendingRequest, SendInit } from '../../lib/index.js'
import type { After, Asked, Before } from './asked.js'
import { toldCandidate } from './told.js'
import type { UploadBody } from './uploads.js'

/** Called with what a hook saw. */
export type Notes = unknown[]

export interface AskingOptions {
  readonly notes: Notes
  /** `always` gives requests without hooks one that does nothing, if that is to change nothing: they then run in their own thread. */
  readonly hooks: 'as asked' | 'always'
  readonly body: UploadBody | undefined
  /** The key that all requests with a key share. */
  readonly key: string
  /** A request of a hook's own, for a page. */
  readonly ask: (page: number) => PendingRequest
}

export function initOf(asked: Asked, options: AskingOptions): SendInit {
  const { notes, hooks, body, key } = options
  const { method, fields, override, before, after, form } = asked
  const beforeSend = hookOf<BackendRequest>(form, (request) => edit(request, before, notes), asksFor(asked, options))
  const afterSend = hookOf<CandidateResponse>(form, (candidate) => decide(candidate, after, notes))
  return {
    method: method ?? 'GET',
    headers: fields ?? {},
    backend: 'origin',
    ...(body !== undefined && { body }),
    ...(override !== undefined && { cacheOverride: override }),
    ...(asked.key !== undefined && { cacheKey: key }),
    ...(before !== undefined && { beforeSend }),
    ...(after !== undefined && { afterSend }),
    ...(hooks === 'always' && before === undefined && after === undefined && !goesAsItIs(asked) && { beforeSend() {} }),
  }
}

export function fetchInitOf({ mode, redirect }: Asked, init: SendInit, signal: AbortSignal): FetchInit {
  return { ...init, signal, redirect: redirect ?? 'manual', ...(mode !== undefined && { cache: mode }) }
}

/** What only a request without hooks may send as it is, where its answer is for one caller alone. */
function goesAsItIs({ method, fields = {} }: Asked): boolean {
  return method === 'HEAD' || Object.keys(fields).some((name) => name === 'range' || name.startsWith('if-'))
}

/** What a hook waits for besides, if anything. */
function asksFor({ page, before }: Asked, { ask }: AskingOptions): (() => PendingRequest) | undefined {
  if (before === 'asks') return () => ask(1 - page)
  if (before === 'asks itself') return () => ask(page)
  return undefined
}

/** One that asks after an `await` has to be declared `async`. */
function hookOf<T>(
  form: Asked['form'],
  work: (about: T) => void,
  ask?: () => PendingRequest,
): (about: T) => HookResult {
  switch (form) {
    case undefined:
      return work
    case 'promise':
      return async (about) => {
        await undefined
        work(about)
        if (ask !== undefined) (await ask()).cancel()
      }
    case 'generator':
      return function* (about) {
        work(about)
        if (ask !== undefined) (yield* ask()).cancel()
      }
  }
}

function edit(request: BackendRequest, before: Before | undefined, notes: Notes): void {
  notes.push(['beforeSend', request.method, request.url, [...request.headers], request.cacheOverride])
  switch (before) {
    case 'edits':
      request.headers.set('x-edited', 'by a hook')
      request.headers.delete('x-v')
      return
    case 'overrides':
      request.cacheOverride = { ttl: 15, surrogateKey: 'mine' }
      return
    case 'conditions':
      request.headers.set('if-none-match', '"1"')
      request.headers.set('range', 'bytes=1-3')
      return
    case 'throws':
      throw new Error('beforeSend throws')
  }
}

function decide(candidate: CandidateResponse, steps: readonly After[] = [], notes: Notes): void {
  notes.push(['afterSend', ...toldCandidate(candidate)])
  for (const step of steps) take(step, candidate)
  notes.push(['afterSend leaves', ...toldCandidate(candidate)])
}

function take(step: After, candidate: CandidateResponse): void {
  switch (step) {
    case 'throws':
      throw new Error('afterSend throws')
    case 'refuses errors':
      if (candidate.status >= 500) throw new Error(`afterSend refuses ${candidate.status}`)
      return
    case 'ttl':
      candidate.ttl = 25
      return
    case 'stales':
      candidate.ttl = 0
      return
    case 'windows':
      Object.assign(candidate, { ttl: 2, staleWhileRevalidate: 30, staleIfError: 50 })
      return
    case 'closes':
      Object.assign(candidate, { staleWhileRevalidate: 0, staleIfError: 0 })
      return
    case 'declines':
      return candidate.setUncacheable()
    case 'records':
      return candidate.setUncacheable({ record: true })
    case 'stores':
      return candidate.setCacheable()
    case 'varies':
      candidate.vary = ['X-V']
      return
    case 'keys':
      candidate.surrogateKeys = ['mine', 'two']
      return
    case 'hides':
      candidate.sensitive = true
      return
    case 'rewrites':
      candidate.status = 203
      candidate.headers.set('cache-control', 'max-age=8')
      candidate.headers.delete('etag')
      return
    case 'transforms':
      candidate.bodyTransform = louder
      return
    case 'breaks':
      candidate.bodyTransform = breaking
  }
}

async function* louder(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(String(Buffer.from(chunk)).toUpperCase())
  yield Buffer.from('!')
}

async function* breaking(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk
    throw new Error('the transform throws')
  }
}
