/** What a request says of the page it comes from, where its caller names one: `Referer`, as Referrer Policy has it. */

import { absoluteUrl } from '../../http/absolute-url.js'
import type { RequestInput } from '../asking/target.js'
import type { FetchInit } from './fetch-init.js'

type Policy = NonNullable<RequestInit['referrerPolicy']>

/** How much of a page is told: none of its URL, its origin, or all but fragment and credentials. */
type Told = 'nothing' | 'origin' | 'all'

interface Step {
  /** Both are of one origin. */
  readonly stays: boolean
  /** From a page that nobody between could read to where somebody could. */
  readonly downgrades: boolean
}

/** Referrer Policy 8.3. */
const POLICIES: Readonly<Record<Exclude<Policy, ''>, (step: Step) => Told>> = {
  'no-referrer': () => 'nothing',
  'no-referrer-when-downgrade': ({ downgrades }) => (downgrades ? 'nothing' : 'all'),
  'same-origin': ({ stays }) => (stays ? 'all' : 'nothing'),
  origin: () => 'origin',
  'strict-origin': ({ downgrades }) => (downgrades ? 'nothing' : 'origin'),
  'origin-when-cross-origin': ({ stays }) => (stays ? 'all' : 'origin'),
  'strict-origin-when-cross-origin': ({ stays, downgrades }) => (stays ? 'all' : downgrades ? 'nothing' : 'origin'),
  'unsafe-url': () => 'all',
}

const WITH_ORIGIN = /^\s*https?:/i

/** What is longer than this is told by its origin alone. */
const LONGEST = 4096

export class Referrer {
  readonly #page: URL
  readonly #policy: keyof typeof POLICIES

  private constructor(page: URL, policy: Policy) {
    this.#page = page
    this.#policy = policy || 'strict-origin-when-cross-origin'
  }

  /** `undefined` where none is named that has an origin; where there are options, what a `Request` says counts no more. */
  static of(init: FetchInit, given: Request | undefined): Referrer | undefined {
    const { referrer = '', referrerPolicy = '' } = given !== undefined && Object.keys(init).length === 0 ? given : init
    if (!WITH_ORIGIN.test(referrer)) return undefined
    const page = new URL(referrer)
    page.username = ''
    page.password = ''
    page.hash = ''
    return new Referrer(page, referrerPolicy)
  }

  /** What is told to `target`, and whoever that redirects to gets no more of it. */
  towards(target: RequestInput): Referrer | undefined {
    const page = this.#page
    const to = new URL(absoluteUrl(target))
    const stays = page.origin === to.origin
    const told = POLICIES[this.#policy]({ stays, downgrades: isTrustworthy(page) && !isTrustworthy(to) })
    if (told === 'nothing') return undefined
    const isWhole = told === 'all' && page.href.length <= LONGEST
    return new Referrer(isWhole ? page : new URL(page.origin), this.#policy)
  }

  /** The last policy that `field`, the `Referrer-Policy` of a redirect, names and that is one, counts from there on. */
  redirectedBy(field: string | null): Referrer {
    const named = (field ?? '').split(',').map((name) => name.trim().toLowerCase())
    return new Referrer(this.#page, named.findLast(isPolicy) ?? this.#policy)
  }

  /** One that the caller has written itself stands. */
  saidIn(headers: Headers): Headers {
    if (headers.has('referer')) return headers
    const said = new Headers(headers)
    said.set('referer', this.#page.href)
    return said
  }
}

function isPolicy(name: string): name is keyof typeof POLICIES {
  return Object.hasOwn(POLICIES, name)
}

/** Secure Contexts 3.1, as far as http and https go. */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(?:127\.[\d.]+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname)
}
