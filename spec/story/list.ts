/** All stories, in the order of their numbers; and the specs of the scenarios that are no stories. */

import { birth } from './birth.js'
import { bodies } from './bodies.js'
import { candidate } from './candidate.js'
import { collapse } from './collapse.js'
import { handOver } from './hand-over.js'
import { many } from './many.js'
import { ops } from './ops.js'
import { overtaken } from './overtaken.js'
import { purge } from './purge.js'
import { staleIfError } from './sie.js'
import { freshness } from './stale.js'
import { clientTransform } from './transform.js'
import { validated } from './validated.js'
import { vary } from './vary.js'
import type { Story } from './world.js'

/**
 * | scenarios | told in |
 * |---|---|
 * | T01 to T12, without T06 | birth |
 * | T13 to T24 | collapse |
 * | T25 to T32 | vary |
 * | T33 to T45 | stale |
 * | T46 to T58, without T54 and T56 | sie |
 * | T67 to T80, without T77 | candidate |
 * | T77 | validated |
 * | T81 to T87 | transform |
 * | T88 to T92 | bodies |
 * | T93 to T95 | ops |
 * | T95, T96 | hand-over |
 * | T97 to T99 | many |
 * | T101 to T107 | purge |
 * | T104 | overtaken |
 */
export const stories: readonly Story[] = [
  ...birth,
  ...collapse,
  ...vary,
  ...freshness,
  ...staleIfError,
  ...candidate,
  ...validated,
  ...clientTransform,
  ...bodies,
  ...ops,
  ...handOver,
  ...many,
  ...purge,
  ...overtaken,
]

/** Scenarios that need an origin without I/O, a host that fails, or calls no user can make: each with its spec. */
export const elsewhere: Readonly<Record<string, string>> = {
  T06: 'pending/request',
  T54: 'pending/request',
  T56: 'pending/request',
  T59: 'cache/operations',
  T60: 'cache/operations',
  T61: 'cache/operations',
  T62: 'cache/stale',
  T63: 'cache/operations',
  T64: 'cache/operations',
  T65: 'cache/operations',
  T66: 'cache/operations',
  T100: 'host/select',
  T108: 'cache/model',
}
