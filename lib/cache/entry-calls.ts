/** The operations that an entry passes on to the cache that opened it. Types only. */

import type { ResponseHead } from '../http/message.js'
import type { BodyWriter } from '../store/body.js'
import type { CommitOptions, MarkOptions } from './commit-options.js'
import type { Entry } from './entry.js'
import type { StoredObject } from './object.js'
import type { AbandonReason } from './obligation.js'

/** Carries out the operations of an entry. See the methods of `Entry` with the same names. */
export interface EntryCalls {
  insert(entry: Entry, head: ResponseHead, options: CommitOptions): { writer: BodyWriter; object: StoredObject }
  /** A new entry that has found `object`. */
  readBack(entry: Entry, object: StoredObject, hits: number): Entry
  update(entry: Entry, head: ResponseHead, options: CommitOptions): void
  updateAndReturnFresh(entry: Entry, head: ResponseHead, options: CommitOptions): Entry
  chooseStale(entry: Entry): void
  recordNotCacheable(entry: Entry, options: MarkOptions): void
  abandon(entry: Entry, reason: AbandonReason): void
  outdate(entry: Entry): void
  fetchIsSent(entry: Entry): void
  renewLease(entry: Entry): void
  closed(entry: Entry): void
  waitsFor(entry: Entry): Entry | undefined
}
