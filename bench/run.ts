/** `npm run bench`: measures the given questions and prints their tables. `kit/` has the method, each question a folder. */

import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Effort, MedianOf, Question } from './kit/figure.js'
import { showProgress } from './kit/progress.js'
import { record } from './kit/record.js'
import { type Measured, measure } from './kit/rounds.js'
import { median } from './kit/runs.js'
import { table } from './kit/table.js'

const USAGE = `npm run bench -- <question>... [--quick] [--only <rival>]... [--rounds <n>]

  --quick    smaller sizes, less time for each cell; keeps no results
  --only     measure only this rival (may be repeated); keeps no results
  --rounds   how often each cell is measured, at least 5, which is the default
`

const THOROUGH: Effort = { warmUpMs: 500, measureMs: 1000 }
const QUICK: Effort = { warmUpMs: 100, measureMs: 150 }

interface Options {
  readonly quick: boolean
  readonly only: readonly string[]
  readonly rounds: number
}

/** A question is a folder beside this file that has a `question.js`. */
function questions(): string[] {
  const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  return folders.map(({ name }) => name).filter((name) => existsSync(new URL(`${name}/question.js`, import.meta.url)))
}

async function load(name: string): Promise<Question> {
  if (!questions().includes(name)) throw new Error(`no question "${name}"; there is ${questions().join(', ')}`)
  const { question } = (await import(`./${name}/question.js`)) as { question: Question }
  return question
}

async function ask(question: Question, { quick, only, rounds }: Options): Promise<void> {
  const sizesOf = (figure: Question['figures'][number]) => (quick ? figure.quickSizes : figure.sizes)
  const work = question.figures.flatMap((figure) =>
    figure.rivals
      .filter((rival) => only.length === 0 || only.includes(rival))
      .flatMap((rival) => sizesOf(figure).map((size) => ({ figure, cell: { figure: figure.name, rival, size } }))),
  )
  const rivals = [...new Set(question.figures.flatMap((figure) => figure.rivals))]
  const unknown = only.find((rival) => !rivals.includes(rival))
  if (unknown !== undefined) throw new Error(`no rival "${unknown}"; there is ${rivals.join(', ')}`)

  let begun = 0
  const measured = await measure({
    work,
    rounds,
    effortOf: (figure) => (quick ? QUICK : (figure.effort ?? THOROUGH)),
    progress: ({ figure, rival, size }) =>
      showProgress(`${++begun}/${work.length * rounds} ${figure}, ${rival}, ${size.toLocaleString('en')}`),
  })
  showProgress('')
  console.log(
    `${question.name}: ${question.title}\nmedians of ${rounds} rounds${quick ? ', quick: not for quoting' : ''}`,
  )
  for (const figure of question.figures.filter(({ name }) => measured.some(({ cell }) => cell.figure === name))) {
    console.log(`\n${table(figure, sizesOf(figure), mediansOf(figure.name, measured))}`)
  }
  if (!quick && only.length === 0) console.log(`\nraw numbers: ${await record(question, rounds, measured)}`)
}

function mediansOf(figure: string, measured: readonly Measured[]): MedianOf {
  return (rival, size) => {
    const found = measured.find(({ cell }) => cell.figure === figure && cell.rival === rival && cell.size === size)
    return median(found?.samples.map((sample) => sample.value) ?? [])
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help || positionals.length === 0) {
    console.log(`${USAGE}\nquestions: ${questions().join(', ')}`)
    return
  }
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 5) throw new Error('--rounds takes a whole number of at least 5')
  for (const name of positionals) await ask(await load(name), { quick: values.quick, only: values.only, rounds })
}

main().catch((failure: unknown) => {
  console.error(failure instanceof Error ? failure.message : failure)
  process.exitCode = 1
})
