/** The rivals by name. Each entry imports its module when it is called, so that a process loads only the rival that it measures. */

import type { BodyReader } from './body-reader.js'
import type { Crowd } from './crowd.js'
import type { Getter } from './getter.js'
import type { Holder } from './holder.js'

type Table<T> = Readonly<Record<string, () => Promise<T>>>

/** Rivals of `miss`. */
export const getters: Table<Getter> = {
  tidewait: async () => await (await import('./rivals/tidewait.js')).blocking(),
  'tidewait-await': async () => await (await import('./rivals/tidewait.js')).awaiting(),
  ky: async () => (await import('./rivals/ky.js')).getter,
  synckit: async () => (await import('./rivals/synckit.js')).getter(),
}

/** Rivals of `cold`. */
export const crowds: Table<Crowd> = {
  tidewait: async () => (await import('./rivals/tidewait.js')).crowd,
  ky: async () => (await import('./rivals/ky.js')).crowd,
}

/** Rivals of `large`. */
export const bodyReaders: Table<BodyReader> = {
  tidewait: async () => await (await import('./rivals/tidewait.js')).bodyReader(),
  'tidewait-web': async () => await (await import('./rivals/tidewait.js')).webBodyReader(),
  memcpy: async () => (await import('./rivals/memcpy.js')).fresh,
  'memcpy-used': async () => (await import('./rivals/memcpy.js')).used,
  'post-message': async () => (await import('./rivals/post-message.js')).bodyReader(),
  synckit: async () => (await import('./rivals/synckit.js')).bodyReader(),
}

/** Rivals of `parked` and `fetching`. */
export const holders: Table<Holder> = {
  tidewait: async () => await (await import('./rivals/tidewait-parked.js')).open(),
  ky: async () => (await import('./rivals/ky.js')).holder,
}
