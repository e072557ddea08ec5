/** The names of the rivals and where they are. A process loads only the one it measures. */

import type { Hitter } from './hitter.js'
import type { Driver } from './rivals/tidewait.js'

const ours = (driver: Driver) => async () => (await import('./rivals/tidewait.js')).tidewait(driver)

export const rivals: Readonly<Record<string, () => Promise<Hitter>>> = {
  'tidewait-wait': ours('wait'),
  'tidewait-await': ours('await'),
  'tidewait-poll': ours('poll'),
  'tidewait-fetch': ours('fetch'),
  'undici-cache': async () => (await import('./rivals/undici-cache.js')).undiciCache,
  'undici-cache-fetch': async () => (await import('./rivals/undici-cache.js')).undiciCacheFetch,
}
