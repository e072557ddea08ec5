/** The rivals by name. Each entry imports its module when it is called, so that a process loads only the rival that it measures. */

import type { Rival } from './rival.js'
import type { Driver } from './rivals/tidewait.js'

const ours = (driver: Driver) => async () => (await import('./rivals/tidewait.js')).tidewait(driver)

export const rivals: Readonly<Record<string, () => Promise<Rival>>> = {
  'tidewait-wait': ours('wait'),
  'tidewait-await': ours('await'),
  'tidewait-poll': ours('poll'),
  'tidewait-fetch': ours('fetch'),
  'undici-cache': async () => (await import('./rivals/undici-cache.js')).undiciCache,
  'undici-cache-fetch': async () => (await import('./rivals/undici-cache.js')).undiciCacheFetch,
}
