/** What a caller asks for, as the call takes it: with hooks that do what the program says, and tell what they see. */

import type { BackendRequest, CandidateResponse, HookResult, SendInit } from '../../lib/index.js'
import type { After, Asked, Before } from './program.js'
import { toldCandidate } from './told.js'

/** Told of what a hook saw. */
export type Notes = unknown[]

/** `hooks: 'always'` gives those who have none one that does nothing: the request then runs in its own thread. */
export function initOf(asked: Asked, notes: Notes, hooks: 'as asked' | 'always'): SendInit {
  const { method, fields, override, before, after, form } = asked
  const beforeSend = (request: BackendRequest) => formed(form, () => edit(request, before, notes))
  const afterSend = (candidate: CandidateResponse) => formed(form, () => decide(candidate, after, notes))
  return {
    method,
    headers: fields,
    backend: 'origin',
    ...(method === 'POST' && { body: 'said' }),
    ...(override !== undefined && { cacheOverride: override }),
    ...(before !== 'none' && { beforeSend }),
    ...(after !== 'none' && { afterSend }),
    ...(hooks === 'always' && before === 'none' && after === 'none' && { beforeSend() {} }),
  }
}

function formed(form: Asked['form'], work: () => void): HookResult {
  switch (form) {
    case 'function':
      return work()
    case 'promise':
      return Promise.resolve().then(work)
    case 'generator':
      return (function* () {
        work()
      })()
  }
}

function edit(request: BackendRequest, before: Before, notes: Notes): void {
  notes.push(['beforeSend', request.method, request.url, [...request.headers], request.cacheOverride])
  switch (before) {
    case 'edits':
      request.headers.set('x-edited', 'by a hook')
      request.headers.delete('x-v')
      return
    case 'overrides':
      request.cacheOverride = { ttl: 15, surrogateKey: 'mine' }
      return
    case 'throws':
      throw new Error('beforeSend throws')
  }
}

function decide(candidate: CandidateResponse, after: After, notes: Notes): void {
  notes.push(['afterSend', ...toldCandidate(candidate)])
  switch (after) {
    case 'throws':
      throw new Error('afterSend throws')
    case 'ttl':
      candidate.ttl = 25
      break
    case 'windows':
      Object.assign(candidate, { ttl: 2, staleWhileRevalidate: 30, staleIfError: 50 })
      break
    case 'declines':
      return candidate.setUncacheable()
    case 'records':
      return candidate.setUncacheable({ record: true })
    case 'stores':
      candidate.setCacheable()
      break
    case 'varies':
      candidate.vary = ['X-V']
      break
    case 'keys':
      candidate.surrogateKeys = ['mine', 'two']
      break
    case 'rewrites':
      candidate.status = 203
      candidate.headers.set('cache-control', 'max-age=8')
      candidate.headers.delete('etag')
      break
    case 'transforms':
      candidate.bodyTransform = louder
      break
    case 'breaks':
      candidate.bodyTransform = breaking
  }
  notes.push(['afterSend leaves', ...toldCandidate(candidate)])
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
