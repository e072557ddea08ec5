/** The target and options of a purge, checked at the call. */

import { InvalidArgumentError } from '../../base/errors.js'
import { checkOptions, printed } from '../../base/options.js'
import { absoluteUrl } from '../../http/absolute-url.js'
import { cacheKey } from '../../http/key.js'
import { isSurrogateKey } from '../../http/surrogate-keys.js'
import type { PurgeTarget } from '../../pending/host.js'

const TARGETS: ReadonlySet<string> = new Set(['surrogateKey', 'url', 'all'])
const OPTIONS: ReadonlySet<string> = new Set(['soft'])

/** The targets for the host to purge, and whether softly. Throws `InvalidArgumentError`. */
export function checkedPurge(
  target: PurgeTarget,
  options: { soft?: boolean },
): { readonly targets: readonly PurgeTarget[]; readonly soft: boolean } {
  checkOptions(target, TARGETS)
  checkOptions(options, OPTIONS)
  const { soft = false } = options
  if (typeof soft !== 'boolean') throw new InvalidArgumentError('soft is true or false')
  if (Object.keys(target).length !== 1 || ('all' in target && target.all !== true))
    throw new InvalidArgumentError('a purge has one of surrogateKey, url and all: true')
  if ('all' in target && soft) throw new InvalidArgumentError('a purge of everything cannot be soft')
  if ('surrogateKey' in target && !isSurrogateKey(target.surrogateKey))
    throw new InvalidArgumentError(`not a surrogate key: ${printed(target.surrogateKey)}`)
  return { targets: 'url' in target ? urls(target.url).map((url) => ({ url })) : [target], soft }
}

/** The URL as `send` would request it and, if its key differs, as it is written: a proxy's clients may have requested that. */
function urls(url: unknown): readonly string[] {
  if (typeof url !== 'string') throw new InvalidArgumentError(`not an absolute URL: ${printed(url)}`)
  const sent = absoluteUrl(url)
  return REQUESTED.test(url) && cacheKey(url) !== cacheKey(sent) ? [sent, url] : [sent]
}

/** A URL that a client may have sent as it is written. */
const REQUESTED = /^https?:\/\/[^\s\\]+$/i
