/** Crumbs: chunks of a body that are so small that what stands around them counts, and which of them make one piece. */

import { joined } from '../base/body.js'
import type { Link } from './feed.js'

/** What stands around a chunk weighs about a quarter of this: smaller ones weigh more than their bytes. */
const CRUMB_BYTES = 512
/** They are put together into pieces of no more. */
const MOST_TOGETHER_BYTES = 64 * 1024

/** Those from `from` on, before `end`, that make one piece; none, where the first is no crumb. And what is behind them. */
export function crumbsFrom(
  from: Link,
  end: Link | undefined,
): { readonly chunks: Uint8Array[]; readonly behind: Link | undefined } {
  const chunks: Uint8Array[] = []
  let left = MOST_TOGETHER_BYTES
  let at: Link | undefined = from
  while (at !== undefined && at !== end && at.chunk.byteLength < CRUMB_BYTES && at.chunk.byteLength <= left) {
    chunks.push(at.chunk)
    left -= at.chunk.byteLength
    at = at.next
  }
  return { chunks, behind: at }
}

/** `chunks` with the crumbs put together that lie side by side: a body that grows byte by byte passes them on each time. */
export function withoutCrumbs(chunks: readonly Uint8Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let crumbs: Uint8Array[] = []
  let bytes = 0
  const sweep = () => {
    if (crumbs.length > 0) pieces.push(crumbs.length === 1 ? (crumbs[0] as Uint8Array) : joined(crumbs))
    crumbs = []
    bytes = 0
  }
  for (const chunk of chunks) {
    const isCrumb = chunk.byteLength < CRUMB_BYTES
    if (!isCrumb || bytes + chunk.byteLength > MOST_TOGETHER_BYTES) sweep()
    if (isCrumb) {
      crumbs.push(chunk)
      bytes += chunk.byteLength
    } else pieces.push(chunk)
  }
  sweep()
  return pieces
}
