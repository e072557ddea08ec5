/** Runs an example from the documentation as a program of its own, over the compiled package, against a real origin. */

import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ran, startNode } from './node.js'
import { EXAMPLE_ORIGIN } from './story-origin.js'

const DEADLINE_MS = 60_000

/** The top of the project, also for a spec that was compiled to somewhere else. */
export const root = packageRoot(dirname(fileURLToPath(import.meta.url)))

const ENTRIES = { tidewait: 'index', 'tidewait/scheduler': 'scheduler/index', 'tidewait/proxy': 'proxy/index' }

/** In a folder of its own, where `tidewait` is what was compiled and the origin of the examples is the one at `base`. */
export async function runExample(code: string, base: string): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewait-example-'))
  try {
    let text = code.replaceAll(EXAMPLE_ORIGIN, base)
    for (const [name, entry] of Object.entries(ENTRIES)) {
      text = text.replaceAll(`from '${name}'`, `from '${new URL(`../../lib/${entry}.js`, import.meta.url).href}'`)
    }
    const file = join(folder, 'example.mjs')
    await writeFile(file, text)
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    return await startNode([file], { cwd: dirname(file), timeout: DEADLINE_MS }).finished
  } finally {
    await rm(folder, { recursive: true })
  }
}

function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'README.md')) && existsSync(join(folder, 'package.json'))) return folder
  if (dirname(folder) === folder) throw new Error('there is no README above this spec')
  return packageRoot(dirname(folder))
}
