/** The host calls that are about handles and the bodies behind them: the same on whichever thread the host's work is done. */

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

  /** A handle for a body that came from elsewhere. */
  openBody(reader: BodyReader): Handle {
    return this.handles.open(new BodyResource(reader))
  }

  /** A handle for writing a body that is not in the store. */
  openWriter(sink: Sink, room?: Room): Handle {
    return this.handles.open(new WriterResource(sink, room))
  }

  /** Whether `reader` reads what is written to `writer`. */
  isFollowed(writer: Handle, reader: BodyReader): boolean {
    const { sink } = this.writer(writer)
    return sink instanceof BodyWriter && sink.isFollowedBy(reader)
  }

  /** Whether anybody waits for more of what is written to `writer`, of those who count. */
  isAwaited(writer: Handle, counts: (reader: BodyReader) => boolean): boolean {
    const { sink } = this.writer(writer)
    return sink instanceof BodyWriter && sink.isAwaited(counts)
  }

  /** For who brings bodies elsewhere: the reader behind `body`, whose handle is closed. */
  takeBody(body: Handle): BodyReader {
    const { reader } = this.body(body)
    this.handles.remove(body)
    return reader
  }

  protected body(handle: Handle): BodyResource {
    return this.handles.get(handle, 'body') as BodyResource
  }

  protected writer(handle: Handle): WriterResource {
    return this.handles.get(handle, 'writer') as WriterResource
  }
}
