/** Surrogate keys: names under which stored answers are purged together (semantics 6.5). */

import { type Fields, sameValues, values } from './message.js'

const SURROGATE_KEY = /^[\x21-\x7e]{1,1024}$/
/** The most bytes of a list of keys, with a space between any two. */
export const MOST_LIST_BYTES = 16 * 1024

/** Whether `text` can be a surrogate key: 1 to 1024 visible ASCII characters. */
export function isSurrogateKey(text: unknown): text is string {
  return typeof text === 'string' && SURROGATE_KEY.test(text)
}

/**
 * One list of keys from space-separated ones: no key twice, no invalid key, and none that would take the list, written with
 * spaces, over 16 KiB. Earlier keys win, so the key by which the URL itself is purged has to be the first.
 */
export function surrogateKeys(lists: readonly string[]): readonly string[] {
  const keys = new Set<string>()
  let bytes = -1
  for (const key of lists.flatMap((list) => list.split(' '))) {
    if (!isSurrogateKey(key) || keys.has(key) || bytes + 1 + key.length > MOST_LIST_BYTES) continue
    keys.add(key)
    bytes += 1 + key.length
  }
  return [...keys]
}

/**
 * The lists of keys that `Surrogate-Key` states; those of `received`, unless a hook has changed them. `Headers`, which a hook looks
 * at, join several lines with commas, which can be part of a key.
 */
export function statedKeys(fields: Fields, received: Fields): readonly string[] {
  return values(sameValues(fields, received, 'surrogate-key') ? received : fields, 'surrogate-key')
}
