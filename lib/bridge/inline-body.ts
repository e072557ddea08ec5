/** A body that came all at once. */

import type { BodyReader } from '../base/body.js'
import { StoredBody } from '../store/body.js'

export function inlineBody(bytes: Uint8Array): BodyReader {
  const body = new StoredBody({ length: bytes.byteLength })
  body.writer.write(bytes)
  body.writer.finish()
  return body.reader()
}
