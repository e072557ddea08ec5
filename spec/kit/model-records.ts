/** The records of the model of the transactions, and the questions that a record alone answers. */

export interface ModelPolicy {
  readonly markerMode: 'pass' | 'miss'
  readonly markerSeconds: number | 'freshness'
  readonly onDeclined: 'release-all' | 'promote-one'
  readonly onFailed: 'share' | 'promote-one'
  readonly shareUnfresh: 'alike' | boolean
  readonly purgeGeneration: boolean
}

export interface ModelOptions {
  readonly maxAge: number
  readonly initialAge: number
  readonly swr: number
  readonly sie: number
  /** Left out by an update: kept. */
  readonly vary?: readonly string[]
  readonly keys?: readonly string[]
}

export type ModelTarget = { surrogateKey: string } | { key: string } | { all: true }
export type ModelReason = 'left' | 'failed' | 'declined'
export type Request = Readonly<Record<string, string>>

export interface Place {
  readonly key: string
  /** Canonical names, joined. */
  readonly rule: string
  readonly variant: string
}

export interface ModelObject extends ModelOptions, Place {
  readonly id: number
  readonly order: number
  readonly storedAt: number
  readonly vary: readonly string[]
  readonly keys: readonly string[]
  readonly body: { readonly bytes: number; phase: 'streaming' | 'complete' | 'failed' }
  hits: number
  staleAt: number
  stored: boolean
  purged: boolean
  /** The order of the first purge that it was fetched before. */
  overtakenAt: number
  /** The entry that fetched it, in one text; nobody, once the waiters have looked. */
  askedBy: string
}

export interface Mark extends Place {
  readonly mode: 'pass' | 'miss'
  readonly at: number
  readonly maxAge: number
}

/** When something was sent, and from when on purges are of its own making. */
export interface ModelInFlightSend {
  readonly order: number
  ownPurgeSerial: number
}

export interface Duty extends Place {
  readonly exclusive: boolean
  inFlight: ModelInFlightSend
  leaseEnd: number
}

export interface ModelEntry {
  readonly key: string
  readonly request: Request
  readonly start: number
  readonly order: number
  readonly lease: number
  readonly timeoutAt: number
  phase: 'waiting' | 'ready' | 'failed' | 'closed'
  outcome: string
  found: { object: ModelObject; age: number; hits: number } | undefined
  duty: Duty | undefined
  waitsFor: (Place & { readonly number: number }) | undefined
  fallback: ModelObject | undefined
  collapsed: boolean
  /** It speaks of what is stored, however fresh, and whoever is to fetch the same knows better. */
  readonly claims?: boolean
}

export type Verdict =
  | { is: 'use'; outcome: string; object: ModelObject }
  | { is: 'pass' }
  | { is: 'lead'; outcome: string; object: ModelObject | undefined; place: Place; exclusive: boolean }
  | { is: 'wait'; outcome: string; object: ModelObject | undefined; place: Place }

export function ageAt(object: ModelObject, at: number): number {
  return object.initialAge + Math.max(0, at - object.storedAt)
}

/** Ends its freshness, if that has not ended yet. */
export function outdate(object: ModelObject, at: number): void {
  object.staleAt = Math.min(object.staleAt, object.maxAge, ageAt(object, at))
}

/** Semantics 3.2. */
export function window(object: ModelObject, age: number): string {
  const late = age - Math.min(object.maxAge, object.staleAt)
  if (late < 0) return 'fresh'
  if (object.swr > 0 && late <= object.swr) return 'swr'
  return object.sie > 0 && late <= object.sie ? 'sie' : 'expired'
}

export function aimedAt(target: ModelTarget, object: Pick<ModelObject, 'key' | 'keys'>): boolean {
  if ('all' in target) return true
  return 'key' in target ? target.key === object.key : object.keys.includes(target.surrogateKey)
}

export function placeOf(entry: { key: string; request: Request }, vary: readonly string[]): Place {
  const names = [...new Set(vary)].sort()
  return {
    key: entry.key,
    rule: names.join(' '),
    variant: names.map((name) => entry.request[name] ?? '(absent)').join(' '),
  }
}

/** All that a request says. */
export function wordsOf({ request }: { request: Request }): string {
  return Object.entries(request).sort().join(' ')
}

export function namesOf(rule: string): string[] {
  return rule === '' ? [] : rule.split(' ')
}

export function bare({ key, rule, variant }: Place): Place {
  return { key, rule, variant }
}

export function same(a: Place, b: Place): boolean {
  return a.key === b.key && a.rule === b.rule && a.variant === b.variant
}
