/** Writes the access log to a stream whose reader may be slow, or go away: clients notice nothing, and few lines wait in memory. */

import type { Writable } from 'node:stream'
import { type AccessRecord, accessLine } from '../../proxy/index.js'

/** How many bytes may wait for the log's reader. Further lines are lost: a reader that stands still must not cost all memory. */
export const MOST_WAITING_BYTES = 16 * 1024 * 1024

/** Returns what takes the records. `tell` gets a sentence when lines begin to be lost, when no more are, and when the reader is gone. */
export function logTo(out: Writable, tell: (sentence: string) => void): (record: AccessRecord) => void {
  let reader: 'there' | 'behind' | 'gone' = 'there'
  let lost = 0
  out
    .on('error', (failure) => {
      if (reader !== 'gone') tell(`no access log any more: ${failure.message}`)
      reader = 'gone'
    })
    .on('drain', () => {
      if (reader !== 'behind') return
      reader = 'there'
      tell(`the access log goes on, after ${lost} lost lines`)
      lost = 0
    })
  return (record) => {
    if (reader === 'there' && out.writableLength >= MOST_WAITING_BYTES) {
      reader = 'behind'
      tell('the reader of the access log is too slow: lines are lost')
    }
    if (reader === 'there') out.write(`${accessLine(record)}\n`)
    else lost += 1
  }
}
