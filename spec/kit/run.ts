/** Runs the spec files, each in a process of its own, and counts their tests: `node dist/spec/kit/run.js [name ...]`. */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const AT_A_TIME = 2
const DEADLINE_MS = 240_000
/** At its deadline a spec is asked what it waits for (see `parked.ts`); one whose thread is blocked cannot say. */
const LAST_WORD_MS = 2000

/** How the process of one spec file ended. */
interface Ending {
  readonly verdict: 'exited' | 'killed at its deadline'
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null
  readonly output: string
  readonly seconds: number
}

interface Count {
  readonly passed: number
  readonly failed: number
}

const folder = fileURLToPath(new URL('..', import.meta.url))
const sources = fileURLToPath(new URL('../../../spec/', import.meta.url))
const preload = new URL('./parked.js', import.meta.url).href

/** Every spec file whose path has one of `names` in it; all of them without names. */
async function findSpecs(names: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true })
  const specs = entries.filter((entry) => entry.endsWith('.spec.js') && hasSource(entry)).sort()
  return names.length === 0 ? specs : specs.filter((spec) => names.some((name) => spec.includes(name)))
}

/** What a spec was compiled to stays behind when that is moved or deleted, and would go on being run. */
function hasSource(entry: string): boolean {
  return existsSync(join(sources, entry.replace(/\.js$/, '.ts')))
}

function runFile(spec: string): Promise<Ending> {
  const started = performance.now()
  return new Promise((resolve) => {
    const { FORCE_COLOR: _, ...env } = process.env
    const child = spawn(process.execPath, ['--import', preload, join(folder, spec)], {
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let verdict: Ending['verdict'] = 'exited'
    const take = (chunk: string) => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    let lastWord: NodeJS.Timeout | undefined
    const deadline = setTimeout(() => {
      verdict = 'killed at its deadline'
      child.kill('SIGTERM')
      lastWord = setTimeout(() => child.kill('SIGKILL'), LAST_WORD_MS)
    }, DEADLINE_MS)
    child.on('error', (failure) => take(String(failure)))
    child.on('close', (code, signal) => {
      clearTimeout(deadline)
      clearTimeout(lastWord)
      resolve({ verdict, code: signal ?? code, output, seconds: (performance.now() - started) / 1000 })
    })
  })
}

/** A file that dies, or ends badly though all its tests passed, counts as one failure more than it tells. */
function count({ code, output }: Ending): Count {
  const total = lastNumber(output, /^ {2}Total: +(\d+)$/gm)
  const passed = lastNumber(output, /^ {2}Passed: +(\d+)$/gm)
  if (total === undefined || passed === undefined) return { passed: 0, failed: 1 }
  return { passed, failed: total - passed || (code === 0 ? 0 : 1) }
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const last = [...text.matchAll(pattern)].at(-1)?.[1]
  return last === undefined ? undefined : Number(last)
}

function report(spec: string, ending: Ending, { passed, failed }: Count): void {
  const name = spec.replace(/\.spec\.js$/, '')
  const time = `${ending.seconds.toFixed(1)} s`
  const seeds = ending.output.match(/\bseed \d+: .*$/gm) ?? []
  if (failed === 0) console.log([`ok      ${name} (${passed}, ${time})`, ...seeds].join('\n        '))
  else {
    const how = ending.verdict === 'exited' ? `exit ${ending.code}` : ending.verdict
    console.log(`failed  ${name} (${failed} of ${passed + failed}, ${how}, ${time})\n${ending.output}`)
  }
}

async function runAll(specs: readonly string[]): Promise<Count> {
  const sum = { passed: 0, failed: 0 }
  const waiting = [...specs]
  const work = async () => {
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) {
      const ending = await runFile(spec)
      const counted = count(ending)
      report(spec, ending, counted)
      sum.passed += counted.passed
      sum.failed += counted.failed
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return sum
}

const { passed, failed } = await runAll(await findSpecs(process.argv.slice(2)))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
