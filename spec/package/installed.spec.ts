/** The packed tarball in an empty folder has all that the command, its demo and a compiler need. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const run = promisify(execFile)
const root = dirname(createRequire(import.meta.url).resolve('tidewait/package.json'))

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

interface Installed {
  readonly folder: string
  /** The package's own `dist/lib`. */
  readonly lib: string
}

/** A folder with the package as npm would put it there, beside the packages it needs. */
async function install(): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewait-'))
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await run('tar', ['-xzf', join(folder, tarball), '-C', modules])
  await rename(join(modules, 'package'), join(modules, 'tidewait'))
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'tidewait')
      await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  return { folder, lib: join(modules, 'tidewait', 'dist', 'lib') }
}

const test = suite<Installed>()

test.before(async (context) => {
  Object.assign(context, await install())
})

test.after(({ folder }) => rm(folder, { recursive: true }))

test('the demo runs from the packed tarball, on the files that are in it', async ({ folder, lib }) => {
  const { stdout } = await run(process.execPath, [join(lib, 'cli', 'main.js'), 'demo'], { cwd: folder })
  assert.match(stdout, /^(\d+) of \1 scenes did what they say/m)
})

test('the packed declarations compile alone, and have nothing internal in them', async (context) => {
  const { folder, lib } = context
  const entries = ['index', 'scheduler/index', 'proxy/index'].map((name) => join(lib, `${name}.d.ts`))
  const options = ['--noEmit', '--ignoreConfig', '--skipLibCheck', 'false', '--strict', '--types', 'node']
  const platform = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable']
  const typeRoots = ['--typeRoots', join(root, 'node_modules', '@types')]
  await run(process.execPath, [compiler, ...options, ...platform, ...typeRoots, ...entries], { cwd: folder })
  const cache = await readFile(join(lib, 'client', 'cache.d.ts'), 'utf8')
  assert.match(cache, /\bsend\(/)
  assert.not.match(cache, /\bRequests\b/)
})

test('the entry file of a host thread has a public name, and the error where it is missing says what to do', async (context) => {
  const program = `
    import { rmSync } from 'node:fs'
    import { startHost } from 'tidewait'
    rmSync(new URL(import.meta.resolve('tidewait/host-worker')))
    await startHost().catch((error) => console.log(error.name, error.message))`
  await writeFile(join(context.folder, 'program.mjs'), program)
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: context.folder })
  assert.match(stdout, /^InvalidArgumentError .*leave tidewait external, or also bundle tidewait\/host-worker/)
})

test('the code that starts a host thread uses import.meta only as import.meta.url, which a bundler can replace', async ({
  lib,
}) => {
  const code = await readFile(join(lib, 'client', 'host-thread.js'), 'utf8')
  assert.match(code, /= import\.meta\.url\b/)
  assert.not.match(code, /import\.meta(?!\.url\b)/)
})

test.run()
