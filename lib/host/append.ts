/** Moves a body into a sink by callbacks alone: no coroutine has to run for it (semantics 10.1-2). */

import type { BodyReader } from '../base/body.js'
import { TruncatedBodyError } from '../base/errors.js'
import { ALWAYS_ROOM, type Room, type Sink } from './resources.js'

/**
 * Ends the sink as `reader` ends, and reads only while there is room. If the sink throws, for instance because the body is too
 * long, or if its last reader leaves it deserted, `append` fails the sink and cancels `reader`.
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

/** The failure of a body that nobody reads, and nobody could use later. */
export function deserted(): TruncatedBodyError {
  return new TruncatedBodyError('nobody was left to read it')
}
