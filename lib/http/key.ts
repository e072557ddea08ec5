/** The cache key under which an answer is stored: the request URI (RFC 9111 2). The method is no part of it. */

import { hash } from 'node:crypto'
import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import { isUint8Array } from '../base/realms.js'

const ABSOLUTE_URL = /^([a-z][a-z0-9+.-]*:)\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i
const KEY_BYTES = 32
const HEX_KEY = /^[0-9A-F]{64}$/

/**
 * The cache key of an absolute URL: the origin normalised (RFC 3986 6.2.2, 6.2.3), path and query byte for byte,
 * an empty path as `/`, no fragment. @throws InvalidArgumentError where `url` is not absolute.
 */
export function cacheKey(url: string): string {
  const [, scheme, authority = '', path = '', query = ''] = ABSOLUTE_URL.exec(url) ?? []
  if (scheme === undefined) throw new InvalidArgumentError(`not an absolute URL: ${url}`)
  const key = `${normalOrigin(scheme, authority)}${path === '' ? '/' : path}${query}`
  // The two are nearly always equal. Returning `url` then keeps one string in memory, not two.
  return key === url ? url : key
}

/** The surrogate key that every object of `key` has: 64 upper-case hexadecimal digits. An override key has that form already. */
export function cacheKeyHex(key: string): string {
  if (HEX_KEY.test(key)) return key
  if (lastHashed.key !== key) lastHashed = { key, hex: sha256(key) }
  return lastHashed.hex
}

/** The last hash: many requests at once have one key, and hashing costs as much as all other suggested options together. */
let lastHashed = { key: '', hex: '' }

/**
 * The cache key that a caller chose: 32 raw bytes as they are, or the SHA-256 of a string. It never equals a URL's key.
 * @throws InvalidArgumentError for bytes of any other length.
 */
export function overrideKey(raw: string | Uint8Array): string {
  if (typeof raw === 'string') return sha256(raw)
  if (!isUint8Array(raw)) throw new InvalidArgumentError(`a cache key is a string or bytes, not ${printed(raw)}`)
  if (raw.byteLength === KEY_BYTES) return Buffer.from(raw).toString('hex').toUpperCase()
  throw new InvalidArgumentError(`a cache key has ${KEY_BYTES} bytes, not ${raw.byteLength}`)
}

/** Normalised origins by how they were written: parsing one costs more than all the rest of a lookup. */
const normal = new Map<string, string>()
const MOST_ORIGINS = 1000

function normalOrigin(scheme: string, authority: string): string {
  const written = `${scheme}//${authority}`
  let origin = normal.get(written)
  if (origin === undefined) {
    origin = normalised(scheme, authority)
    if (normal.size >= MOST_ORIGINS) normal.clear()
    normal.set(written, origin)
  }
  return origin
}

function normalised(scheme: string, authority: string): string {
  const hostStart = authority.lastIndexOf('@') + 1
  try {
    const { protocol, host } = new URL(`${scheme}//${authority.slice(hostStart)}`)
    return `${protocol}//${authority.slice(0, hostStart)}${host}`
  } catch (cause) {
    throw new InvalidArgumentError(`not an origin: ${scheme}//${authority}`, { cause })
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex').toUpperCase()
}
