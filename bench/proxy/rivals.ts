/** The rivals by name, and which of them are installed. */

import { fileURLToPath } from 'node:url'
import { isOnPath } from './path.js'
import type { Rival } from './rival.js'
import { nginx } from './rivals/nginx.js'
import { varnish } from './rivals/varnish.js'

const rivals: Readonly<Record<string, Rival>> = {
  tidewait: script('tidewait'),
  'node-http': script('node-http'),
  'node-net': script('node-net'),
  nginx,
  varnish,
}

export function rivalOf(name: string): Rival {
  const rival = rivals[name]
  if (rival === undefined) throw new Error(`no rival "${name}"`)
  return rival
}

/** Those of `names` whose programs are installed. */
export function installed(names: readonly string[]): string[] {
  return names.filter((name) => isOnPath(rivalOf(name).program) || rivalOf(name).program === process.execPath)
}

/** The rival `rivals/<name>.js`, whose arguments are its own port and that of the origin. */
function script(name: string): Rival {
  const file = fileURLToPath(new URL(`rivals/${name}.js`, import.meta.url))
  return {
    program: process.execPath,
    prepare: ({ port, originPort }) => [file, String(port), String(originPort)],
  }
}
