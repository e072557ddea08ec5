/** All stories, in the order of their numbers. */

import { birth } from './birth.js'
import { bodies } from './bodies.js'
import { candidate } from './candidate.js'
import { collapse } from './collapse.js'
import { ops } from './ops.js'
import { purge } from './purge.js'
import { staleIfError } from './sie.js'
import { freshness } from './stale.js'
import { clientTransform } from './transform.js'
import { vary } from './vary.js'
import type { Story } from './world.js'

export const stories: readonly Story[] = [
  ...birth,
  ...collapse,
  ...vary,
  ...freshness,
  ...staleIfError,
  ...candidate,
  ...clientTransform,
  ...bodies,
  ...ops,
  ...purge,
]
