/** Reads files of this package: `--version` needs one, and the tour serves some and compares answers with them. */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = packageRoot(dirname(fileURLToPath(import.meta.url)))

/** The bytes of a file, by its path from the top of the project. */
export function projectFile(path: string): Promise<Uint8Array> {
  return readFile(join(root, path))
}

function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('this is not inside a package')
  return packageRoot(parent)
}
