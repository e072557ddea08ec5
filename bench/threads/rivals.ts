/** The names of the rivals and where they are. A process loads only the one it measures. */

import type { Bringer } from './bringer.js'
import type { Crowd } from './crowd.js'
import type { Getter } from './getter.js'
import type { Holder } from './holder.js'

type Table<T> = Readonly<Record<string, () => Promise<T>>>

/** Rivals of the miss. */
export const getters: Table<Getter> = {
  tidewait: async () => await (await import('./rivals/tidewait.js')).blocking(),
  'tidewait-await': async () => await (await import('./rivals/tidewait.js')).awaiting(),
  ky: async () => (await import('./rivals/ky.js')).getter,
  synckit: async () => (await import('./rivals/synckit.js')).getter(),
}

/** Rivals of the cold URL. */
export const crowds: Table<Crowd> = {
  tidewait: async () => (await import('./rivals/tidewait.js')).crowd,
  ky: async () => (await import('./rivals/ky.js')).crowd,
}

/** Rivals of the large body. */
export const bringers: Table<Bringer> = {
  tidewait: async () => await (await import('./rivals/tidewait.js')).bringer(),
  'tidewait-web': async () => await (await import('./rivals/tidewait.js')).webBringer(),
  memcpy: async () => (await import('./rivals/memcpy.js')).fresh,
  'memcpy-used': async () => (await import('./rivals/memcpy.js')).used,
  'post-message': async () => (await import('./rivals/post-message.js')).bringer(),
  synckit: async () => (await import('./rivals/synckit.js')).bringer(),
}

/** Rivals of the requests that wait. */
export const holders: Table<Holder> = {
  tidewait: async () => await (await import('./rivals/tidewait-parked.js')).open(),
  ky: async () => (await import('./rivals/ky.js')).holder,
}

/** Loads one of them. */
export async function load<T>(table: Table<T>, name: string): Promise<T> {
  const rival = table[name]
  if (rival === undefined) throw new Error(`no rival "${name}"`)
  return rival()
}
