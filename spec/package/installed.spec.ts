/** The packed tarball in an empty folder: what is in it is enough for the command, the tour included, and for a compiler. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const run = promisify(execFile)
const root = dirname(createRequire(import.meta.url).resolve('tidewait/package.json'))

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/** A folder with the package as npm would put it there, beside the packages it needs. */
async function installed(folder: string): Promise<string> {
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await run('tar', ['-xzf', join(folder, tarball), '-C', modules])
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  return join(modules, 'package', 'dist', 'lib', 'cli', 'main.js')
}

test('the tour runs from the packed tarball, on the files that are in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewait-'))
  try {
    const main = await installed(folder)
    const { stdout } = await run(process.execPath, [main, 'demo'], { cwd: folder })
    assert.match(stdout, /^(\d+) of \1 scenes did what they say/m)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('its declarations stand alone: what is internal is not in them, and nothing in them asks for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewait-'))
  try {
    const declarations = join(dirname(await installed(folder)), '..')
    const entries = ['index', 'scheduler/index', 'proxy/index'].map((name) => join(declarations, `${name}.d.ts`))
    const options = ['--noEmit', '--ignoreConfig', '--skipLibCheck', 'false', '--strict', '--types', 'node']
    const platform = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable']
    const typeRoots = ['--typeRoots', join(root, 'node_modules', '@types')]
    await run(process.execPath, [compiler, ...options, ...platform, ...typeRoots, ...entries], { cwd: folder })
    const cache = await readFile(join(declarations, 'client', 'cache.d.ts'), 'utf8')
    assert.match(cache, /\bsend\(/)
    assert.not.match(cache, /\bRequests\b/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.run()
