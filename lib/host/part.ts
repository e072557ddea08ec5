/** Opens a reader of the part of a stored body that goes with an adapted head. */

import type { BodyReader } from '../base/body.js'
import type { AdaptedResponse } from '../http/adapt.js'
import type { StoredBody } from '../store/body.js'
import { EMPTY } from './empty-body.js'

export function openPart(body: StoredBody, part: AdaptedResponse['body']): BodyReader {
  if (part === 'none') return EMPTY
  return part === 'whole' ? body.reader() : body.reader(part)
}
