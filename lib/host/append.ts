/** Moves a body into a sink on the host, without anyone having to be scheduled for it (semantics 10.1-2). */

import type { BodyReader } from '../base/body.js'
import type { Sink } from './resources.js'

/** Ends `sink` as `reader` ends. The sink's own refusal, of a body that is too long for instance, ends the reading. */
export function append(sink: Sink, reader: BodyReader): void {
  try {
    while (reader.ready) {
      const chunk = reader.read()
      if (chunk === undefined) return sink.finish(reader.trailers())
      sink.write(chunk)
    }
  } catch (failure) {
    sink.fail(failure)
    return reader.cancel()
  }
  reader.onReady(() => append(sink, reader))
}
