/** The rivals by name. Each entry imports its module when it is called, so that a process loads only the rival that it measures. */

import type { Rival } from './crowd.js'
import type { Caller } from './line.js'

/** Rivals of the scheduler. */
export const rivals: Readonly<Record<string, () => Promise<Rival>>> = {
  tidewait: async () => (await import('./rivals/tidewait.js')).tidewait,
  'tidewait-literal': async () => (await import('./rivals/tidewait.js')).tidewaitLiteral,
  'bare-generator': async () => (await import('./rivals/bare-generator.js')).bareGenerator,
  'bare-generator-told': async () => (await import('./rivals/bare-generator.js')).bareGeneratorTold,
  'bare-generator-literal': async () => (await import('./rivals/bare-generator.js')).bareGeneratorLiteral,
  'async-await': async () => (await import('./rivals/async-await.js')).asyncAwait,
  effect: async () => (await import('./rivals/effect.js')).effect,
  effection: async () => (await import('./rivals/effection.js')).effection,
}

/** Rivals of the blocking round trip. */
export const callers: Readonly<Record<string, () => Promise<Caller>>> = {
  tidewait: async () => (await import('./rivals/tidewait-bridge.js')).tidewaitBridge,
  'message-port': async () => (await import('./rivals/message-port.js')).messagePort,
}
