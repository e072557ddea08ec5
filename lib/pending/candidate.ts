/** A response on its way into the cache: what it would be stored as, and how a hook changes that (semantics 7). */

import { InvalidArgumentError } from '../base/errors.js'
import { checkList, checkOptions, printed } from '../base/options.js'
import { STALE, USABLE_IF_ERROR } from '../cache/outcome.js'
import { fromHeaders } from '../http/headers.js'
import { keeping } from '../http/kept-options.js'
import { type Fields, type ResponseHead, sameFields } from '../http/message.js'
import type { WriteOptions } from '../http/options.js'
import type { Policy } from '../http/policy.js'
import { type PreparedResponse, preparedByHook, type StorageAction } from '../http/storage.js'
import { isSurrogateKey, statedKeys, surrogateKeys } from '../http/surrogate-keys.js'
import { isToken } from '../http/token.js'
import type { Handle } from '../scheduler/index.js'
import type { BodyTransform, CandidateResponse } from './candidate-response.js'
import { Edits, editedHeaders } from './edits.js'
import type { Host, Prepared } from './host.js'
import { type CacheOverride, type CacheOverrideFields, checkedSeconds, overrideFields } from './override.js'

interface CandidateParts {
  readonly host: Host
  readonly entry: Handle
  /** Whether `entry` is open: a request that is cancelled closes it, while its hook may still read the candidate. */
  readonly isHeld: () => boolean
  readonly head: ResponseHead
  readonly body: Handle
  readonly override: CacheOverride
  readonly policy: Policy
  /** The flag bits of the lookup. */
  readonly state: number
}

/** The values a hook has set. All other values are suggested by the headers, as they are when a value is read. */
interface Decisions {
  ttl?: number | undefined
  staleWhileRevalidate?: number | undefined
  staleIfError?: number | undefined
  vary?: readonly string[] | undefined
  surrogateKeys?: readonly string[] | undefined
  sensitive?: boolean | undefined
}

export class Candidate implements CandidateResponse {
  /**
   * The length of `body`, as known when the head came. What comes of the body while a hook runs does not count: a host in another
   * thread does not tell of it.
   */
  readonly length: number | undefined
  readonly #parts: CandidateParts
  readonly #prepared: Prepared
  readonly #isStale: boolean
  readonly #override: CacheOverrideFields
  readonly #decisions: Decisions = {}
  readonly #edits = new Edits('the hook is over, and what it has decided is done')
  #action: StorageAction | undefined
  #status: number
  #headers: Headers | undefined
  #suggested: { readonly fields: Fields; readonly options: WriteOptions } | undefined
  #bodyTransform: BodyTransform | undefined

  /** Throws if the response cannot be an answer to the lookup's request. */
  constructor(parts: CandidateParts) {
    this.#parts = parts
    this.length = parts.host.length(parts.body)
    this.#prepared = parts.host.prepare(parts.entry, parts.head)
    this.#override = overrideFields(parts.override)
    this.#status = this.#prepared.head.status
    const { host, entry, state } = parts
    this.#isStale = (state & STALE) !== 0 || (this.isValidation && host.report(entry).forward === 'stale')
    void this.#suggestions
  }

  get received(): ResponseHead {
    return this.#parts.head
  }

  get body(): Handle {
    return this.#parts.body
  }

  /** Never recomputed from edited headers (semantics 7.3). A transformed part is not stored: its bytes are no part any more. */
  get action(): StorageAction {
    if (this.#prepared.splice !== undefined && this.bodyTransform !== undefined) return 'do-not-store'
    if (this.#action === undefined && this.#matchesNobody) return 'record-uncacheable'
    return this.#action ?? this.#prepared.action
  }

  /** Whether a hook has set a `vary` with `*`: no request could be given the stored response (RFC 9111 4.1). */
  get #matchesNobody(): boolean {
    return this.#parts.policy.varyStar === 'refuse' && this.#decisions.vary?.includes('*') === true
  }

  /** Fields that are not stored because they are meant for the requester alone. */
  get requesterOnly(): Fields {
    return this.#edited.requesterOnly ?? []
  }

  /** Whether the response is a 304 that validated the stored response; the candidate then has the stored response's head. */
  get isValidation(): boolean {
    return this.#parts.head.status === 304 && this.#prepared.head.status !== 304
  }

  /** Whether a hook has decided whether to store the response. */
  get isDecided(): boolean {
    return this.#action !== undefined
  }

  get status(): number {
    return this.#status
  }

  set status(status: number) {
    this.#edits.check('status')
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new InvalidArgumentError(`not the status of a response: ${printed(status)}`)
    this.#status = status
  }

  get headers(): Headers {
    this.#headers ??= editedHeaders(this.#prepared.head.fields, this.#edits)
    return this.#headers
  }

  get isStale(): boolean {
    return this.#isStale
  }

  get staleIfErrorAvailable(): boolean {
    return (this.#parts.state & USABLE_IF_ERROR) !== 0
  }

  get age(): number {
    return this.#suggestions.initialAgeMs / 1000
  }

  get maxAge(): number {
    return this.#maxAgeMs / 1000
  }

  get ttl(): number {
    return Math.max(0, this.#maxAgeMs - this.#suggestions.initialAgeMs) / 1000
  }

  set ttl(seconds: number) {
    this.#edits.check('ttl')
    this.#decisions.ttl = checkedSeconds('ttl', seconds)
  }

  get staleWhileRevalidate(): number {
    return this.#windowMs('staleWhileRevalidate', this.#suggestions.staleWhileRevalidateMs) / 1000
  }

  set staleWhileRevalidate(seconds: number) {
    this.#edits.check('staleWhileRevalidate')
    this.#decisions.staleWhileRevalidate = checkedSeconds('staleWhileRevalidate', seconds)
  }

  get staleIfError(): number {
    return this.#windowMs('staleIfError', this.#suggestions.staleIfErrorMs) / 1000
  }

  set staleIfError(seconds: number) {
    this.#edits.check('staleIfError')
    this.#decisions.staleIfError = checkedSeconds('staleIfError', seconds)
  }

  get vary(): string[] {
    return [...(this.#decisions.vary ?? this.#suggestions.varyNames)]
  }

  set vary(names: string[]) {
    this.#edits.check('vary')
    checkList('vary', names)
    for (const name of names) if (!isToken(name)) throw new InvalidArgumentError(`not a header name: ${printed(name)}`)
    this.#decisions.vary = names.map((name) => name.toLowerCase())
  }

  get surrogateKeys(): string[] {
    return [...(this.#decisions.surrogateKeys ?? this.#allSurrogateKeys())]
  }

  set surrogateKeys(keys: string[]) {
    this.#edits.check('surrogateKeys')
    checkList('surrogateKeys', keys)
    this.#decisions.surrogateKeys = surrogateKeys(keys.filter(isSurrogateKey))
  }

  get sensitive(): boolean {
    return this.#decisions.sensitive ?? (this.#override.sensitive || this.#suggestions.sensitive)
  }

  set sensitive(sensitive: boolean) {
    this.#edits.check('sensitive')
    if (typeof sensitive !== 'boolean') throw new InvalidArgumentError('sensitive is true or false')
    this.#decisions.sensitive = sensitive
  }

  get bodyTransform(): BodyTransform | undefined {
    return this.#bodyTransform
  }

  set bodyTransform(transform: BodyTransform | undefined) {
    this.#edits.check('bodyTransform')
    if (transform !== undefined && typeof transform !== 'function')
      throw new InvalidArgumentError('bodyTransform must be a function')
    this.#bodyTransform = transform
  }

  setCacheable(): void {
    this.#edits.check('setCacheable')
    this.#action = this.isValidation ? 'update' : 'insert'
  }

  setUncacheable(options: { record?: boolean } = {}): void {
    this.#edits.check('setUncacheable')
    checkOptions(options, UNCACHEABLE_OPTIONS)
    const { record = false } = options
    this.#action = record ? 'record-uncacheable' : 'do-not-store'
  }

  /** Called when the hook has ended: later edits throw. The suggestions are computed again, since the answer has grown older. */
  seal(): void {
    this.#edits.end()
    this.#suggested = undefined
  }

  /** The head with the edits made so far. */
  head(): ResponseHead {
    return this.#edited.head
  }

  /** A hook may store what would not be stored otherwise, so that its head was not prepared for that. */
  get #edited(): Pick<PreparedResponse, 'head' | 'requesterOnly'> {
    const { action, head, requesterOnly } = this.#prepared
    const statusText = this.#status === head.status ? head.statusText : ''
    const edited = { status: this.#status, statusText, fields: this.#fields }
    if (this.action !== 'insert' || action === 'insert') return { head: edited, requesterOnly }
    return preparedByHook(edited, this.#parts.head, this.#parts.policy)
  }

  /** The options for the commit. The length of a transformed body is unknown. */
  writeOptions(): WriteOptions {
    const suggested = this.#suggestions
    const { splice } = this.#prepared
    const length = this.bodyTransform === undefined ? this.length : undefined
    return {
      length: splice === undefined ? length : splice.before + splice.bytes + splice.after,
      splice,
      ...suggested,
      maxAgeMs: this.#maxAgeMs,
      staleWhileRevalidateMs: this.#windowMs('staleWhileRevalidate', suggested.staleWhileRevalidateMs),
      staleIfErrorMs: this.#windowMs('staleIfError', suggested.staleIfErrorMs),
      varyNames: this.#decisions.vary ?? suggested.varyNames,
      surrogateKeys: this.#keysToStore(),
      sensitive: this.sensitive,
    }
  }

  get #fields(): Fields {
    return this.#headers === undefined ? this.#prepared.head.fields : fromHeaders(this.#headers)
  }

  /** What the host suggests for the present headers, or keeps; computed again whenever the headers have changed. */
  get #suggestions(): WriteOptions {
    const fields = this.#fields
    const { host, entry, isHeld } = this.#parts
    if (this.#suggested === undefined || (!sameFields(this.#suggested.fields, fields) && isHeld())) {
      const { storedAs } = this.#prepared
      const options = host.suggestedOptions(entry, this.head())
      this.#suggested = { fields, options: storedAs ? keeping(options, storedAs, fields) : options }
    }
    return this.#suggested.options
  }

  /** A ttl counts from now, so the initial age is added: the lifetime counts from when the response was made (semantics 6.5). */
  get #maxAgeMs(): number {
    const ttl = this.#decisions.ttl ?? this.#override.ttl
    const { maxAgeMs, initialAgeMs } = this.#suggestions
    return ttl === undefined ? maxAgeMs : ttl * 1000 + initialAgeMs
  }

  #windowMs(name: 'staleWhileRevalidate' | 'staleIfError', suggestedMs: number): number {
    const seconds = this.#decisions[name] ?? this.#override[name]
    return seconds === undefined ? suggestedMs : seconds * 1000
  }

  /** A hook replaces the surrogate keys, except the host's own, by which the URL itself is purged. */
  #keysToStore(): readonly string[] {
    const [urlKey = ''] = this.#suggestions.surrogateKeys
    const chosen = this.#decisions.surrogateKeys
    return chosen === undefined ? this.#allSurrogateKeys() : surrogateKeys([urlKey, ...chosen])
  }

  #allSurrogateKeys(): readonly string[] {
    const { surrogateKey = '' } = this.#override
    const stated = statedKeys(this.#fields, this.#prepared.head.fields)
    return surrogateKeys([...this.#suggestions.surrogateKeys, surrogateKey, ...stated])
  }
}

const UNCACHEABLE_OPTIONS: ReadonlySet<string> = new Set(['record'])
