/** Writes the raw numbers of a run to `bench/results`. */

import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import type { Question } from './figure.js'
import type { Measured } from './rounds.js'
import { median } from './runs.js'

/** Writes `bench/results/<question>.json` below the working directory, which npm sets to the package. Returns its path. */
export async function record(question: Question, rounds: number, measured: readonly Measured[]): Promise<string> {
  const processors = cpus()
  const report = {
    question: question.name,
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    rounds,
    cells: measured.map(({ cell, samples }) => ({
      ...cell,
      unit: question.figures.find((figure) => figure.name === cell.figure)?.unit,
      median: rounded(median(samples.map((sample) => sample.value))),
      samples: samples.map(({ value, runs }) => ({ value: rounded(value), runs: spread(runs) })),
    })),
  }
  await mkdir('bench/results', { recursive: true })
  const path = `bench/results/${question.name}.json`
  await writeFile(path, `${oneLinePerCell(report)}\n`)
  return path
}

/** A sample has thousands of runs: the file keeps their number and their spread. */
function spread(runs: readonly number[]): Record<'count' | 'fastest' | 'median' | 'slowest', number> {
  return {
    count: runs.length,
    fastest: rounded(Math.min(...runs)),
    median: rounded(median(runs)),
    slowest: rounded(Math.max(...runs)),
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

/** Puts every cell on a line of its own: the file stays small, and a diff shows what a later run changed. */
function oneLinePerCell({ cells, ...head }: { cells: readonly unknown[] }): string {
  const lines = cells.map((cell) => `    ${JSON.stringify(cell)}`).join(',\n')
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "cells": [\n${lines}\n  ]\n}`
}
