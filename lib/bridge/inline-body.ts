/** A body that came all at once. */

import type { BodyReader } from '../base/body.js'
import { StoredBody } from '../store/body.js'

export function inlineBody(chunks: readonly Uint8Array[]): BodyReader {
  const body = new StoredBody()
  for (const chunk of chunks) body.writer.write(chunk)
  body.writer.finish()
  return body.reader()
}
