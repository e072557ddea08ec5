/** The URL of a request, parsed and written as it is sent. */

import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'

/** Parsed URLs by what was given: most programs ask for the same few again and again. */
const parsed = new Map<string, string>()
const MOST_PARSED = 1000
/** The most characters of a URL that is remembered. Longer ones are rare, and a thousand of them would be many megabytes. */
export const LONGEST_REMEMBERED = 2048

/** `given` as an absolute URL without fragment. Throws `InvalidArgumentError` unless it is http or https, without credentials. */
export function absoluteUrl(given: unknown): string {
  const text = textOf(given)
  const known = parsed.get(text)
  if (known !== undefined) return known
  const url = parse(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new InvalidArgumentError(`not an http or https URL: ${withoutCredentials(text)}`)
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('a URL must not hold credentials; use an Authorization header')
  url.hash = ''
  if (text.length <= LONGEST_REMEMBERED) remember(text, url.href)
  return url.href
}

function remember(text: string, href: string): void {
  if (parsed.size >= MOST_PARSED) parsed.clear()
  parsed.set(text, href)
}

function textOf(given: unknown): string {
  try {
    return String(given)
  } catch (cause) {
    throw new InvalidArgumentError(`not a URL: ${printed(given)}`, { cause })
  }
}

function parse(text: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new InvalidArgumentError(`not an absolute URL: ${withoutCredentials(text)}`, { cause })
  }
}

/** `text` for the message of an error: errors are logged. */
function withoutCredentials(text: string): string {
  return text.replace(/^([^/?#]*\/\/)[^/?#]*@/, '$1…@')
}
