/** The terms on which a response would be stored: each as a hook has set it, else as the caller overrides it, else as suggested. */

import { InvalidArgumentError } from '../base/errors.js'
import { checkList, printed } from '../base/options.js'
import { keeping } from '../http/kept-options.js'
import { type Fields, type ResponseHead, sameFields } from '../http/message.js'
import type { WriteOptions } from '../http/options.js'
import { isSurrogateKey, statedKeys, surrogateKeys } from '../http/surrogate-keys.js'
import { isToken } from '../http/token.js'
import type { Handle } from '../scheduler/index.js'
import type { Host, Prepared } from './host.js'
import { type CacheOverrideFields, checkedSeconds } from './override.js'

/** The head that the terms belong to, with the edits made so far. */
export interface Draft {
  readonly fields: Fields
  head(): ResponseHead
}

export interface TermsParts {
  readonly host: Host
  readonly entry: Handle
  /** Whether `entry` is open: a request that is cancelled closes it, while its hook may still read the candidate. */
  readonly isHeld: () => boolean
  readonly prepared: Prepared
  readonly override: CacheOverrideFields
  readonly draft: Draft
}

/** What a hook has set. */
interface Decisions {
  ttl?: number | undefined
  staleWhileRevalidate?: number | undefined
  staleIfError?: number | undefined
  vary?: readonly string[] | undefined
  surrogateKeys?: readonly string[] | undefined
  sensitive?: boolean | undefined
}

export class Terms {
  readonly #parts: TermsParts
  readonly #decided: Decisions = {}
  #suggested: { readonly fields: Fields; readonly options: WriteOptions } | undefined

  constructor(parts: TermsParts) {
    this.#parts = parts
  }

  get ageMs(): number {
    return this.suggested.initialAgeMs
  }

  /** A ttl counts from now, so the initial age is added: the lifetime counts from when the response was made (semantics 6.5). */
  get maxAgeMs(): number {
    const ttl = this.#decided.ttl ?? this.#parts.override.ttl
    const { maxAgeMs, initialAgeMs } = this.suggested
    return ttl === undefined ? maxAgeMs : ttl * 1000 + initialAgeMs
  }

  /** In seconds. */
  set ttl(seconds: number) {
    this.#decided.ttl = checkedSeconds('ttl', seconds)
  }

  get staleWhileRevalidateMs(): number {
    return this.#windowMs('staleWhileRevalidate') ?? this.suggested.staleWhileRevalidateMs
  }

  get staleIfErrorMs(): number {
    return this.#windowMs('staleIfError') ?? this.suggested.staleIfErrorMs
  }

  setWindow(name: 'staleWhileRevalidate' | 'staleIfError', seconds: number): void {
    this.#decided[name] = checkedSeconds(name, seconds)
  }

  get vary(): readonly string[] {
    return this.#decided.vary ?? this.suggested.varyNames
  }

  set vary(names: readonly string[]) {
    checkList('vary', names)
    for (const name of names) if (!isToken(name)) throw new InvalidArgumentError(`not a header name: ${printed(name)}`)
    this.#decided.vary = names.map((name) => name.toLowerCase())
  }

  /** Whether a hook has set a `vary` with `*`. */
  get isVaryStarSet(): boolean {
    return this.#decided.vary?.includes('*') === true
  }

  get surrogateKeys(): readonly string[] {
    return this.#decided.surrogateKeys ?? this.#allSurrogateKeys()
  }

  set surrogateKeys(keys: readonly string[]) {
    checkList('surrogateKeys', keys)
    for (const key of keys)
      if (typeof key !== 'string') throw new InvalidArgumentError(`not a surrogate key: ${printed(key)}`)
    this.#decided.surrogateKeys = surrogateKeys(keys.filter(isSurrogateKey))
  }

  get sensitive(): boolean {
    return this.#decided.sensitive ?? (this.#parts.override.sensitive || this.suggested.sensitive)
  }

  set sensitive(sensitive: boolean) {
    if (typeof sensitive !== 'boolean') throw new InvalidArgumentError('sensitive is true or false')
    this.#decided.sensitive = sensitive
  }

  /** The terms for the commit of a body whose length is `length`, where known. */
  writeOptions(length: number | undefined): WriteOptions {
    const { splice } = this.#parts.prepared
    return {
      length: splice === undefined ? length : splice.before + splice.bytes + splice.after,
      splice,
      ...this.suggested,
      maxAgeMs: this.maxAgeMs,
      staleWhileRevalidateMs: this.staleWhileRevalidateMs,
      staleIfErrorMs: this.staleIfErrorMs,
      varyNames: this.vary,
      surrogateKeys: this.#keysToStore(),
      sensitive: this.sensitive,
    }
  }

  /** What the host suggests for the present headers, or keeps; computed again whenever the headers have changed. */
  get suggested(): WriteOptions {
    const { host, entry, isHeld, draft, prepared } = this.#parts
    const { fields } = draft
    if (this.#suggested === undefined || (!sameFields(this.#suggested.fields, fields) && isHeld())) {
      const { storedAs } = prepared
      const options = host.suggestedOptions(entry, draft.head())
      this.#suggested = { fields, options: storedAs ? keeping(options, storedAs, fields) : options }
    }
    return this.#suggested.options
  }

  /** Has the suggestions computed again, because the answer has grown older. */
  refresh(): void {
    this.#suggested = undefined
  }

  #windowMs(name: 'staleWhileRevalidate' | 'staleIfError'): number | undefined {
    const seconds = this.#decided[name] ?? this.#parts.override[name]
    return seconds === undefined ? undefined : seconds * 1000
  }

  /** A hook replaces the surrogate keys, except the host's own, by which the URL itself is purged. */
  #keysToStore(): readonly string[] {
    const [urlKey = ''] = this.suggested.surrogateKeys
    const chosen = this.#decided.surrogateKeys
    return chosen === undefined ? this.#allSurrogateKeys() : surrogateKeys([urlKey, ...chosen])
  }

  #allSurrogateKeys(): readonly string[] {
    const { override, draft, prepared } = this.#parts
    const { surrogateKey = '' } = override
    const stated = statedKeys(draft.fields, prepared.head.fields)
    return surrogateKeys([...this.suggested.surrogateKeys, surrogateKey, ...stated])
  }
}
