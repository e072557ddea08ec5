/** Moves a body into a sink on the host, without anyone having to be scheduled for it (semantics 10.1-2). */

import type { BodyReader } from '../base/body.js'
import { TruncatedBodyError } from '../base/errors.js'
import { ALWAYS_ROOM, type Room, type Sink } from './resources.js'

/**
 * Ends the sink as `reader` ends, and reads no faster than there is room. The sink's own refusal, of a body that is too
 * long for instance, ends the reading, and so does the last who had any use for it.
 */
export function append(sink: Sink, reader: BodyReader, room: Room = ALWAYS_ROOM): void {
  room.onDeserted?.(() => breakOff(sink, reader, deserted()))
  flow(sink, reader, room)
}

function flow(sink: Sink, reader: BodyReader, room: Room): void {
  try {
    while (reader.ready && room.ready) {
      const chunk = reader.read()
      if (chunk === undefined) return sink.finish(reader.trailers())
      if (room.isDeserted) throw deserted()
      sink.write(chunk)
    }
  } catch (failure) {
    return breakOff(sink, reader, failure)
  }
  const blocked = room.ready ? reader : room
  blocked.onReady(() => flow(sink, reader, room))
}

function breakOff(sink: Sink, reader: BodyReader, failure: unknown): void {
  sink.fail(failure)
  reader.cancel()
}

/** What ends a body that nobody reads, and nobody could use later. */
export function deserted(): TruncatedBodyError {
  return new TruncatedBodyError('nobody was left to read it')
}
