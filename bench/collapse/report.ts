/** Reports a run: a table of tests by caches, the failures, four comparisons, and the file of raw numbers. */

import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { aligned } from '../kit/aligned.js'
import type { Cell, Medians } from './cells.js'
import { type Group, PAUSE_MS } from './declaration.js'
import type { Times } from './judge.js'

/** A cache that takes part in the run. */
export interface Contestant {
  readonly name: string
  readonly version: string
}

export interface Report {
  readonly groups: readonly Group[]
  readonly contestants: readonly Contestant[]
  readonly cells: readonly Cell[]
}

/** For each test and cache: whether it passed, origin requests, and the times of the followers to their last byte. */
export function table({ groups, contestants, cells }: Report): string {
  const head = ['', ...contestants.map(({ name, version }) => `${name} ${version}`)]
  const rows = groups.flatMap(({ name, tests }) => [
    [name],
    ...tests.map(({ id, kind }) => [
      `  ${id}${kind === 'required' ? '' : ` (${kind})`}`,
      ...contestants.map((contestant) => cellText(cellOf(cells, id, contestant))),
    ]),
  ])
  const score = contestants.map(({ name }) => {
    const own = cells.filter(({ cache }) => cache === name)
    return `${own.filter(({ instead }) => instead.length === 0).length} of ${own.length} passed`
  })
  return aligned([head, ...rows, ['in all', ...score]]).join('\n')
}

/** A line for each test that a cache failed: what was observed instead. */
export function instead({ groups, contestants, cells }: Report): string {
  const lines = groups.flatMap(({ tests }) =>
    tests.flatMap((test) =>
      contestants.flatMap((contestant) => {
        const { instead = [] } = cellOf(cells, test.id, contestant) ?? {}
        return instead.length === 0 ? [] : [`  ${contestant.name}, ${test.id}: ${instead.join('; ')}`]
      }),
    ),
  )
  return ['seen instead', ...lines].join('\n')
}

/** The times that the suite was made to compare. */
export function comparisons({ contestants, cells }: Report): string {
  const rows = COMPARISONS.map(({ what, id, format }) => [
    what,
    ...contestants.map((contestant) => {
      const cell = cellOf(cells, id, contestant)
      return cell === undefined ? '-' : format(cell)
    }),
  ])
  return aligned([['', ...contestants.map(({ name }) => name)], ...rows]).join('\n')
}

const COMPARISONS: readonly { readonly what: string; readonly id: string; readonly format: (cell: Cell) => string }[] =
  [
    { what: 'an uncacheable answer, p50/max', id: 'no-store', format: ({ end }) => spread(end) },
    {
      what: 'the first byte of a streamed body, after the origin has begun it',
      id: 'cold-stream',
      format: ({ firstByte }) => spread(firstByte && { p50: firstByte.p50 - PAUSE_MS, max: firstByte.max - PAUSE_MS }),
    },
    {
      what: 'an origin that closes connections: requests, max',
      id: 'no-head',
      format: ({ originRequests, end }) => `${originRequests}, ${ms(end?.max)} ms`,
    },
    {
      what: 'a leader that leaves: requests, p50/max',
      id: 'leader-leaves-waiting',
      format: ({ originRequests, end }) => `${originRequests}, ${spread(end)}`,
    },
  ]

const RESULTS = join('bench', 'results', 'collapse.json')

/** Writes the raw numbers below the working directory, which npm sets to the package. Returns the path. */
export async function keep(setting: Readonly<Record<string, number>>, { contestants, cells }: Report): Promise<string> {
  const head = {
    question: 'collapse',
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    ...setting,
    caches: contestants.map(({ name, version }) => `${name} ${version}`),
  }
  const lines = cells.map(({ end, firstByte, ...cell }) =>
    JSON.stringify({ ...cell, endMs: rounded(end), firstByteMs: rounded(firstByte) }),
  )
  await mkdir(join('bench', 'results'), { recursive: true })
  const text = `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "cells": [\n    ${lines.join(',\n    ')}\n  ]\n}\n`
  await writeFile(RESULTS, text)
  return RESULTS
}

function cellOf(cells: readonly Cell[], id: string, { name }: Contestant): Cell | undefined {
  return cells.find((cell) => cell.id === id && cell.cache === name)
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '-'
  const { instead, originRequests, end } = cell
  return `${instead.length === 0 ? 'ok ' : 'NOT'} ${String(originRequests).padStart(5)} ${spread(end).padStart(14)}`
}

function spread(times: Times | undefined): string {
  return times === undefined ? '-' : `${ms(times.p50)}/${ms(times.max)} ms`
}

function ms(time: number | undefined): string {
  return time === undefined ? '-' : Math.round(time).toLocaleString('en')
}

function rounded(times: Medians | undefined): Medians | undefined {
  const tenths = (time: number) => Number(time.toFixed(1))
  return times && { p50: tenths(times.p50), max: tenths(times.max), rounds: times.rounds.map(tenths) }
}
