/** Explains what would become of a request, and by which rules: the path, the lookup and the fetch, step by step, with no I/O. */

import type { ForwardReason } from '../http/cache-status.js'
import { isPart } from '../http/content-range.js'
import { type Directives, demandedBy } from '../http/directives.js'
import { first, type RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { suggestedRequest } from '../http/revalidation.js'
import { canAnswer } from '../http/stored-part.js'
import { bypassReason, isForCacheOnly, leavesCache } from './bypass.js'
import type { Foreseen, ObjectReport } from './host.js'
import type { RequestOptions } from './request-options.js'

/** One step of the decision: what was checked, what was found, and the RFC section or rule that applies. */
export interface ExplanationStep {
  /** What was checked: `age`, for instance. */
  readonly step: string
  /** What was found, in words. */
  readonly finding: string
  /** `RFC 9111 4.2`, or a rule of `lib/pending/README.md`. */
  readonly rule: string
}

/**
 * | decision | what happens |
 * |---|---|
 * | hit | answered from the cache, fresh |
 * | stale | answered from the cache, stale; nothing is fetched for it |
 * | stale-and-revalidate | answered from the cache, stale, and fetched in the background |
 * | fetch | fetched, and stored if it may be |
 * | fetch-or-stale | fetched; if that fails, answered stale |
 * | wait | waits for the fetch of another request |
 * | direct | fetched past the cache |
 * | refuse | answered 504: `only-if-cached`, and nothing stored can be used |
 */
export type Decision =
  | 'hit'
  | 'stale'
  | 'stale-and-revalidate'
  | 'fetch'
  | 'fetch-or-stale'
  | 'wait'
  | 'direct'
  | 'refuse'

/**
 * The decision that would be taken now, and the steps that lead to it. `String(explanation)` is a text for people.
 *
 * @example
 * const { decision, steps } = await cache.explain('http://localhost:8080/story')
 * console.log(decision, steps.map(({ rule }) => rule))
 */
export class Explanation {
  constructor(
    /** The request that was explained. */
    readonly request: RequestHead,
    /** What would happen. */
    readonly decision: Decision,
    /** What `Cache-Status` would say: a hit, or why the request is forwarded, and whether it is collapsed (RFC 9211 2). */
    readonly cacheStatus: {
      readonly hit: boolean
      readonly forward: ForwardReason | undefined
      readonly collapsed: boolean
    },
    /** The steps that led to the decision, in order. */
    readonly steps: readonly ExplanationStep[],
  ) {}

  /** A line for the decision, and one for each step. */
  toString(): string {
    const { method, url } = this.request
    const lines = this.steps.map(({ step, finding, rule }) => `  ${step}: ${finding} (${rule})`)
    return [`${method} ${url}: ${this.decision}`, ...lines].join('\n')
  }
}

/** `foreseen` is the host's answer to `foresee`. A request that goes past the cache needs none. */
export function explain(
  options: Omit<RequestOptions, 'body'>,
  policy: Policy,
  foreseen: Foreseen | undefined,
): Explanation {
  const { request } = options
  const past = bypassReason(options, policy)
  if (past !== undefined) {
    const status = forwarded(past === 'method' ? 'method' : 'bypass')
    return new Explanation(request, 'direct', status, [passedBy(past, request)])
  }
  if (foreseen === undefined) throw new Error('a request that may come from the cache needs the host to look')
  const steps = [
    step('method', `${request.method} may be answered from the cache`, 'RFC 9111 2'),
    step('key', foreseen.key, options.key === undefined ? 'RFC 9111 2' : 'semantics 5.3'),
    ...lookupSteps(foreseen),
    ...partSteps(request, foreseen, policy),
    ...demandSteps(request, foreseen, policy),
  ]
  if (isRefused(request, foreseen, policy)) {
    const refusal = step('only-if-cached', 'nothing here can answer it: 504', 'RFC 9111 5.2.1.7')
    return new Explanation(request, 'refuse', NEITHER, [...steps, refusal])
  }
  const status = statusOf(request, foreseen, policy)
  if (leavesCache(options, { forward: status.forward, marked: foreseen.marked }, policy)) {
    const rule = foreseen.marked ? 'semantics 5.2' : 'RFC 9111 3.5'
    const leaves = step('fetch', 'as it is, for this caller alone', rule)
    return new Explanation(request, 'direct', status, [...steps, leaves])
  }
  return new Explanation(request, decisionOf(foreseen), status, [...steps, ...fetchSteps(request, foreseen, policy)])
}

/** Whether an `only-if-cached` request finds nothing to use. A stale object within stale-while-revalidate can be used. */
function isRefused(request: RequestHead, { does, outcome }: Foreseen, policy: Policy): boolean {
  if ((does !== 'lead' && does !== 'pass') || outcome === 'stale-lead') return false
  return isForCacheOnly(request, policy)
}

function passedBy(why: NonNullable<ReturnType<typeof bypassReason>>, { method }: RequestHead): ExplanationStep {
  switch (why) {
    case 'method':
      return step('method', `${method} is never answered from the cache`, 'RFC 9111 4')
    case 'override':
      return step('override', 'the caller passes the cache', 'semantics 5.1')
    case 'no-store':
      return step('no-store', 'the request must leave no trace', 'RFC 9111 5.2.1.5')
  }
}

function lookupSteps({ does, outcome, object, known }: Foreseen): ExplanationStep[] {
  if (outcome === 'pass') return [step('lookup', 'marked as uncacheable a moment ago', 'semantics 3.3 L15')]
  const steps: ExplanationStep[] = []
  if (object === undefined) {
    if (known === 'nothing') steps.push(step('lookup', 'nothing is stored', 'RFC 9111 4'))
    else steps.push(step('lookup', 'nothing is stored for these request headers', 'RFC 9111 4.1'))
  } else steps.push(...ageSteps(object))
  if (does === 'wait') steps.push(step('collapse', 'another request is fetching it', 'RFC 9111 4'))
  return steps
}

function ageSteps({ ageMs, isPast, maxAgeMs, swrMs, sieMs }: ObjectReport): ExplanationStep[] {
  const age = step('age', `${seconds(ageMs)} old, fresh for ${seconds(maxAgeMs)}`, 'RFC 9111 4.2')
  if (!isPast) return [age]
  if (ageMs < maxAgeMs) return [age, step('soft purge', 'it has ended that freshness', 'semantics 12-3')]
  const overMs = ageMs - maxAgeMs
  const windows = [
    swrMs > 0 && step('stale-while-revalidate', `${within(overMs, swrMs)} ${seconds(swrMs)}`, 'RFC 5861 3'),
    sieMs > 0 && step('stale-if-error', `${within(overMs, sieMs)} ${seconds(sieMs)}`, 'RFC 5861 4'),
  ]
  return [age, ...windows.filter((window) => window !== false)]
}

/** The request directives that changed the decision which the object's age alone would have led to. */
function demandSteps(request: RequestHead, { object, does, outcome }: Foreseen, policy: Policy): ExplanationStep[] {
  if (object === undefined) return []
  const directives = demandedBy(request, policy)
  const fresh = !object.isPast
  const finding = fresh ? 'the request asks the origin first' : 'the request accepts it stale'
  const said = fresh === (does === 'use') ? [] : DEMANDS.filter(([name]) => isSaid(directives, name))
  const steps = said.map(([name, section]) => step(name, finding, section))
  if (outcome !== 'lead-if-error' || directives.seconds('stale-if-error') === undefined) return steps
  return [...steps, step('stale-if-error', 'the request accepts it stale if the fetch fails', 'RFC 5861 4')]
}

const DEMANDS = [
  ['no-cache', 'RFC 9111 5.2.1.4'],
  ['max-age', 'RFC 9111 5.2.1.1'],
  ['min-fresh', 'RFC 9111 5.2.1.3'],
  ['max-stale', 'RFC 9111 5.2.1.2'],
] as const

function isSaid(directives: Directives, name: (typeof DEMANDS)[number][0]): boolean {
  if (name === 'no-cache') return directives.has(name)
  return directives.seconds(name) !== undefined || (name === 'max-stale' && directives.bare(name))
}

function fetchSteps(request: RequestHead, foreseen: Foreseen, policy: Policy): ExplanationStep[] {
  const { does, outcome, stored, backOffMs } = foreseen
  if (does !== 'lead') return []
  if (isBackedOff(foreseen))
    return [step('back-off', `the last fetches failed, the next is due in ${seconds(backOffMs)}`, 'semantics 2.7')]
  const { fields } = suggestedRequest(request, stored, policy)
  const where = outcome === 'stale-lead' ? 'fetched in the background' : 'fetched'
  const range = first(fields, 'range')
  const condition = first(fields, 'if-range')
  const validator = first(fields, 'if-none-match') ?? first(fields, 'if-modified-since') ?? condition
  const what = range === undefined ? where : `${where}, ${range} of it`
  if (validator === undefined) return [step('fetch', `${what}, unconditionally`, 'RFC 9111 4')]
  const rule = condition === undefined ? 'RFC 9111 4.3.1' : 'RFC 9111 3.3'
  return [step('fetch', `${what}, with the validator ${validator}`, rule)]
}

function partSteps(request: RequestHead, { stored }: Foreseen, policy: Policy): ExplanationStep[] {
  if (stored === undefined || !isPart(stored, policy)) return []
  const finding = canAnswer(request, stored, policy) ? 'holds the range' : 'does not hold all that is asked for'
  return [step('part', `${first(stored.fields, 'content-range')} is stored, and ${finding}`, 'RFC 9111 3.3')]
}

/** Whether a revalidation would be due, but the key is backing off after failures. */
function isBackedOff({ outcome, backOffMs }: Foreseen): boolean {
  return outcome === 'stale-lead' && backOffMs > 0
}

function decisionOf(foreseen: Foreseen): Decision {
  if (foreseen.does === 'wait') return 'wait'
  if (isBackedOff(foreseen)) return 'stale'
  switch (foreseen.outcome) {
    case 'hit':
      return 'hit'
    case 'stale':
    case 'stale-if-error':
      return 'stale'
    case 'stale-lead':
      return 'stale-and-revalidate'
    case 'lead':
      return 'fetch'
    case 'lead-if-error':
      return 'fetch-or-stale'
    case 'pass':
      return 'direct'
  }
}

function statusOf(request: RequestHead, foreseen: Foreseen, policy: Policy): Explanation['cacheStatus'] {
  const { does, outcome, object, known, stored } = foreseen
  if (outcome === 'pass') return forwarded('bypass')
  if (does === 'wait') return { ...forwarded('miss'), collapsed: true }
  if (outcome !== 'lead' && outcome !== 'lead-if-error') return { ...NEITHER, hit: true }
  if (object === undefined) return forwarded(known === 'key' ? 'vary-miss' : 'uri-miss')
  if (stored !== undefined && !canAnswer(request, stored, policy)) return forwarded('partial')
  return forwarded(object.isPast ? 'stale' : 'request')
}

function forwarded(forward: ForwardReason): Explanation['cacheStatus'] {
  return { ...NEITHER, forward }
}

/** The base of every status: neither a hit nor forwarded, which is a refusal. */
const NEITHER = { hit: false, forward: undefined, collapsed: false } as const

function step(name: string, finding: string, rule: string): ExplanationStep {
  return { step: name, finding, rule }
}

function within(overMs: number, windowMs: number): string {
  return `${seconds(overMs)} past that, ${overMs <= windowMs ? 'within' : 'beyond'}`
}

function seconds(ms: number): string {
  return `${Math.round(ms) / 1000} s`
}
