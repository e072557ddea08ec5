/** The host calls on handles, bodies and writers, which are the same for a host in this thread and for a guest of another. */

import type { BodyReader, ByteRange, Trailers } from '../base/body.js'
import type { Undo } from '../base/undo.js'
import type { Handle, Reaction } from '../scheduler/index.js'
import { BodyWriter } from '../store/body.js'
import { deserted } from './append.js'
import { HandleTable } from './handles.js'
import { PartReader } from './part-reader.js'
import { Pipe } from './pipe.js'
import { BodyResource, type Room, type Sink, WriterResource } from './resources.js'

export abstract class HandleCalls {
  protected readonly handles = new HandleTable()

  isReady(handle: Handle): boolean {
    return this.handles.isReady(handle)
  }

  select(handles: readonly Handle[], timeoutMs?: number): number {
    return this.handles.select(handles, timeoutMs)
  }

  react(timeoutMs?: number): Reaction {
    return this.handles.react(timeoutMs)
  }

  watch(listener: (handle: Handle) => void): Undo {
    return this.handles.watch(listener)
  }

  describe(handle: Handle): string {
    return this.handles.describe(handle)
  }

  read(body: Handle): Uint8Array | undefined {
    return this.body(body).reader.read()
  }

  length(body: Handle): number | undefined {
    return this.body(body).reader.length
  }

  trailers(body: Handle): Trailers | undefined {
    return this.body(body).reader.trailers()
  }

  inHand(body: Handle, limit: number): readonly Uint8Array[] | undefined {
    return this.body(body).reader.inHand(limit)
  }

  part(body: Handle, range: ByteRange): Handle {
    return this.openBody(new PartReader(this.takeBody(body), range))
  }

  pipe(): { writer: Handle; body: Handle } {
    const pipe = new Pipe()
    return {
      writer: this.handles.open(new WriterResource(pipe, pipe)),
      body: this.openBody(pipe.reader),
    }
  }

  write(writer: Handle, chunk: Uint8Array): void {
    const { sink, room } = this.writer(writer)
    if (room.isDeserted) sink.fail(deserted())
    sink.write(chunk)
  }

  onDeserted(writer: Handle, listener: () => void): void {
    this.writer(writer).room.onDeserted?.(listener)
  }

  finish(writer: Handle, trailers?: Trailers): void {
    const { sink } = this.writer(writer)
    this.handles.remove(writer)
    sink.finish(trailers)
  }

  fail(writer: Handle, error: unknown): void {
    const { sink } = this.writer(writer)
    this.handles.remove(writer)
    sink.fail(error)
  }

  close(handle: Handle): void {
    this.handles.remove(handle).release()
  }

  /** Opens a handle for a body that is read by `reader`. */
  openBody(reader: BodyReader): Handle {
    return this.handles.open(new BodyResource(reader))
  }

  /** Opens a handle for writing into `sink`. */
  openWriter(sink: Sink, room?: Room): Handle {
    return this.handles.open(new WriterResource(sink, room))
  }

  /** Whether `reader` reads the stored body that `writer` writes. */
  isFollowed(writer: Handle, reader: BodyReader): boolean {
    const { sink } = this.writer(writer)
    return sink instanceof BodyWriter && sink.isFollowedBy(reader)
  }

  /** Whether a reader that `counts` waits for more of the stored body that `writer` writes. */
  isAwaited(writer: Handle, counts: (reader: BodyReader) => boolean): boolean {
    const { sink } = this.writer(writer)
    return sink instanceof BodyWriter && sink.isAwaited(counts)
  }

  /** Closes the handle `body`, and returns its reader for use without a handle. */
  takeBody(body: Handle): BodyReader {
    const { reader } = this.body(body)
    this.handles.remove(body)
    return reader
  }

  protected body(handle: Handle): BodyResource {
    return this.handles.get<BodyResource>(handle, 'body')
  }

  protected writer(handle: Handle): WriterResource {
    return this.handles.get<WriterResource>(handle, 'writer')
  }
}
