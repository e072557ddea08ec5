/** Lists the scenes, in the order in which they are played. */

import type { Scene } from '../scene.js'
import { awaiting } from './await.js'
import { cancelledScope } from './cancelled-scope.js'
import { coldCollapse } from './cold-collapse.js'
import { staleIfError } from './failing-origin.js'
import { firstFetch } from './first-fetch.js'
import { hooks } from './hooks.js'
import { inOrder } from './in-order.js'
import { poll } from './poll.js'
import { purge } from './purge.js'
import { staleWhileRevalidate } from './stale.js'
import { wait } from './wait.js'
import { warmHits } from './warm-hits.js'
import { yielding } from './yield.js'

export const scenes: readonly Scene[] = [
  firstFetch,
  coldCollapse,
  warmHits,
  poll,
  wait,
  awaiting,
  yielding,
  inOrder,
  hooks,
  staleWhileRevalidate,
  staleIfError,
  cancelledScope,
  purge,
]
