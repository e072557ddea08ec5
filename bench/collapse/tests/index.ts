/** All groups of tests, in the order of the report. */

import type { Group } from '../declaration.js'
import { cold } from './cold.js'
import { failing } from './failing.js'
import { identity } from './identity.js'
import { leaving } from './leaving.js'
import { methods } from './methods.js'
import { stale } from './stale.js'
import { uncacheable } from './uncacheable.js'

export const groups: readonly Group[] = [cold, uncacheable, identity, leaving, failing, stale, methods]
