/** Moves a body into a sink on the host, without anyone having to be scheduled for it (semantics 10.1-2). */

import type { BodyReader } from '../base/body.js'
import { ALWAYS_ROOM, type Room, type Sink } from './resources.js'

/**
 * Ends the sink as `reader` ends, and reads no faster than there is room. The sink's own refusal, of a body that is too
 * long for instance, ends the reading.
 */
export function append(sink: Sink, reader: BodyReader, room: Room = ALWAYS_ROOM): void {
  try {
    while (reader.ready && room.ready) {
      const chunk = reader.read()
      if (chunk === undefined) return sink.finish(reader.trailers())
      sink.write(chunk)
    }
  } catch (failure) {
    sink.fail(failure)
    return reader.cancel()
  }
  const blocked = room.ready ? reader : room
  blocked.onReady(() => append(sink, reader, room))
}
