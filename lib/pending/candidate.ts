/** A response on its way into the cache: what would be stored, and how a hook changes that (semantics 7). */

import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions, printed } from '../base/options.js'
import { STALE, USABLE_IF_ERROR } from '../cache/outcome.js'
import { fromHeaders } from '../http/headers.js'
import type { Fields, ResponseHead } from '../http/message.js'
import type { WriteOptions } from '../http/options.js'
import type { Policy } from '../http/policy.js'
import { type PreparedResponse, preparedByHook, type StorageAction } from '../http/storage.js'
import type { Handle } from '../scheduler/index.js'
import type { BodyTransform, CandidateResponse } from './candidate-response.js'
import { Edits, editedHeaders } from './edits.js'
import type { Host, Prepared } from './host.js'
import { type CacheOverride, overrideFields } from './override.js'
import { type Draft, Terms } from './terms.js'

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

export class Candidate implements CandidateResponse, Draft {
  /**
   * The length of `body`, as known when the head came. What comes of the body while a hook runs does not count: a host in another
   * thread does not tell of it.
   */
  readonly length: number | undefined
  readonly #parts: CandidateParts
  readonly #prepared: Prepared
  readonly #isStale: boolean
  readonly #terms: Terms
  readonly #edits = new Edits('the hook is over, and what it has decided is done')
  #action: StorageAction | undefined
  #status: number
  #headers: Headers | undefined
  #bodyTransform: BodyTransform | undefined

  /** Throws if the response cannot be an answer to the lookup's request. */
  constructor(parts: CandidateParts) {
    const { host, entry, isHeld, state } = parts
    this.#parts = parts
    this.length = host.length(parts.body)
    const prepared = host.prepare(entry, parts.head)
    this.#prepared = prepared
    this.#status = prepared.head.status
    this.#isStale = (state & STALE) !== 0 || (this.isValidation && host.report(entry).forward === 'stale')
    this.#terms = new Terms({
      host,
      entry,
      isHeld,
      prepared,
      override: overrideFields(parts.override),
      draft: this,
    })
    void this.#terms.suggested
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
    return this.#parts.policy.varyStar === 'refuse' && this.#terms.isVaryStarSet
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
    return this.#terms.ageMs / 1000
  }

  get maxAge(): number {
    return this.#terms.maxAgeMs / 1000
  }

  get ttl(): number {
    return Math.max(0, this.#terms.maxAgeMs - this.#terms.ageMs) / 1000
  }

  set ttl(seconds: number) {
    this.#edits.check('ttl')
    this.#terms.ttl = seconds
  }

  get staleWhileRevalidate(): number {
    return this.#terms.staleWhileRevalidateMs / 1000
  }

  set staleWhileRevalidate(seconds: number) {
    this.#edits.check('staleWhileRevalidate')
    this.#terms.setWindow('staleWhileRevalidate', seconds)
  }

  get staleIfError(): number {
    return this.#terms.staleIfErrorMs / 1000
  }

  set staleIfError(seconds: number) {
    this.#edits.check('staleIfError')
    this.#terms.setWindow('staleIfError', seconds)
  }

  get vary(): string[] {
    return [...this.#terms.vary]
  }

  set vary(names: string[]) {
    this.#edits.check('vary')
    this.#terms.vary = names
  }

  get surrogateKeys(): string[] {
    return [...this.#terms.surrogateKeys]
  }

  set surrogateKeys(keys: string[]) {
    this.#edits.check('surrogateKeys')
    this.#terms.surrogateKeys = keys
  }

  get sensitive(): boolean {
    return this.#terms.sensitive
  }

  set sensitive(sensitive: boolean) {
    this.#edits.check('sensitive')
    this.#terms.sensitive = sensitive
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
    if (typeof record !== 'boolean') throw new InvalidArgumentError('record is true or false')
    this.#action = record ? 'record-uncacheable' : 'do-not-store'
  }

  /** Called when the hook has ended: later edits throw. The suggestions are computed again, since the answer has grown older. */
  seal(): void {
    this.#edits.end()
    this.#terms.refresh()
  }

  /** The head with the edits made so far. */
  head(): ResponseHead {
    return this.#edited.head
  }

  /** A hook may store what would not be stored otherwise, so that its head was not prepared for that. */
  get #edited(): Pick<PreparedResponse, 'head' | 'requesterOnly'> {
    const { action, head, requesterOnly } = this.#prepared
    const statusText = this.#status === head.status ? head.statusText : ''
    const edited = { status: this.#status, statusText, fields: this.fields }
    if (this.action !== 'insert' || action === 'insert') return { head: edited, requesterOnly }
    return preparedByHook(edited, this.#parts.head, this.#parts.policy)
  }

  /** The options for the commit. The length of a transformed body is unknown. */
  writeOptions(): WriteOptions {
    return this.#terms.writeOptions(this.bodyTransform === undefined ? this.length : undefined)
  }

  get fields(): Fields {
    return this.#headers === undefined ? this.#prepared.head.fields : fromHeaders(this.#headers)
  }
}

const UNCACHEABLE_OPTIONS: ReadonlySet<string> = new Set(['record'])
