/** What a validation or a further part leaves as it was stored, because no changed field says otherwise: what a hook had set, say. */

import { type Fields, type ResponseHead, sameValues } from './message.js'
import type { WriteOptions } from './options.js'
import { surrogateKeys } from './surrogate-keys.js'

/** How the stored response was stored. */
export interface StoredAs extends Pick<WriteOptions, 'varyNames' | 'surrogateKeys' | 'sensitive'> {
  readonly head: ResponseHead
}

/**
 * The options to store a validated or completed response with, whose merged fields are `fields`. Names and keys that no field states
 * are kept as long as the field that could state them is as it was: without them the response would answer requests that it is not
 * for, and a purge would miss it (semantics 4.1-4).
 */
export function keeping(suggested: WriteOptions, stored: StoredAs, fields: Fields): WriteOptions {
  const isSame = (name: string) => sameValues(fields, stored.head.fields, name)
  return {
    ...suggested,
    varyNames: isSame('vary') ? stored.varyNames : suggested.varyNames,
    surrogateKeys: isSame('surrogate-key')
      ? surrogateKeys([...suggested.surrogateKeys, ...stored.surrogateKeys])
      : suggested.surrogateKeys,
    sensitive: suggested.sensitive || stored.sensitive,
  }
}
