/** The `Referer` of a request whose caller names a page, as W3C Referrer Policy defines it. */

import { absoluteUrl } from '../../http/absolute-url.js'
import type { RequestInput } from '../input/target.js'
import type { FetchInit } from './fetch-init.js'

type Policy = NonNullable<RequestInit['referrerPolicy']>

/** How much of the page's URL is sent: nothing, its origin, or all but fragment and credentials. */
type Disclosure = 'nothing' | 'origin' | 'all'

/** The step from the page to the target. */
interface Hop {
  /** Whether the page and the target have the same origin. */
  readonly sameOrigin: boolean
  /** Whether the page is trustworthy (HTTPS, for instance) and the target is not. */
  readonly downgrades: boolean
}

/** What each policy discloses (Referrer Policy 8.3). */
const POLICIES: Readonly<Record<Exclude<Policy, ''>, (hop: Hop) => Disclosure>> = {
  'no-referrer': () => 'nothing',
  'no-referrer-when-downgrade': ({ downgrades }) => (downgrades ? 'nothing' : 'all'),
  'same-origin': ({ sameOrigin }) => (sameOrigin ? 'all' : 'nothing'),
  origin: () => 'origin',
  'strict-origin': ({ downgrades }) => (downgrades ? 'nothing' : 'origin'),
  'origin-when-cross-origin': ({ sameOrigin }) => (sameOrigin ? 'all' : 'origin'),
  'strict-origin-when-cross-origin': ({ sameOrigin, downgrades }) =>
    sameOrigin ? 'all' : downgrades ? 'nothing' : 'origin',
  'unsafe-url': () => 'all',
}

const WITH_ORIGIN = /^\s*https?:/i

/** Of a longer URL only the origin is sent. */
const LONGEST = 4096

export class Referrer {
  readonly #page: URL
  readonly #policy: keyof typeof POLICIES

  private constructor(page: URL, policy: Policy) {
    this.#page = page
    this.#policy = policy || 'strict-origin-when-cross-origin'
  }

  /** `undefined` unless a page with an origin is named. If `init` has any options, the referrer of a `Request` does not count. */
  static of(init: FetchInit, given: Request | undefined): Referrer | undefined {
    const { referrer = '', referrerPolicy = '' } = given !== undefined && Object.keys(init).length === 0 ? given : init
    if (!WITH_ORIGIN.test(referrer)) return undefined
    const page = new URL(referrer)
    page.username = ''
    page.password = ''
    page.hash = ''
    return new Referrer(page, referrerPolicy)
  }

  /** The referrer for a request to `target`. The targets of further redirects get no more than that. */
  forTarget(target: RequestInput): Referrer | undefined {
    const page = this.#page
    const to = new URL(absoluteUrl(target))
    const sameOrigin = page.origin === to.origin
    const disclosure = POLICIES[this.#policy]({ sameOrigin, downgrades: isTrustworthy(page) && !isTrustworthy(to) })
    if (disclosure === 'nothing') return undefined
    const isWhole = disclosure === 'all' && page.href.length <= LONGEST
    return new Referrer(isWhole ? page : new URL(page.origin), this.#policy)
  }

  /** The referrer after a redirect whose `Referrer-Policy` is `field`: the last known policy in it counts from then on. */
  redirectedBy(field: string | null): Referrer {
    const named = (field ?? '').split(',').map((name) => name.trim().toLowerCase())
    return new Referrer(this.#page, named.findLast(isPolicy) ?? this.#policy)
  }

  /** `headers` with the `Referer`, unless the caller has set one. */
  appliedTo(headers: Headers): Headers {
    if (headers.has('referer')) return headers
    const said = new Headers(headers)
    said.set('referer', this.#page.href)
    return said
  }
}

function isPolicy(name: string): name is keyof typeof POLICIES {
  return Object.hasOwn(POLICIES, name)
}

/** Whether an http or https URL is potentially trustworthy (Secure Contexts 3.1). */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(?:127\.[\d.]+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname)
}
