/** The question "proxy": what a cached answer costs, beside a server that has it in memory. README.md describes the workload. */

import { type Comparison, type Figure, type Question, type Target, timesAsFast } from '../kit/figure.js'
import { installed } from './rivals.js'

const KIB = 1024

const comparison = (size: number): Comparison => ({ ours: 'tidewait', theirs: 'node-http', size })

function hits(name: string, title: string, size: number, limit: number): Figure {
  const targets: Target[] = [timesAsFast(comparison(size), limit)]
  return {
    name,
    title: `${title}, cached, one process on one core; per answer`,
    unit: 'µs',
    rivals: installed(['tidewait', 'node-http', 'node-net', 'nginx', 'varnish']),
    sizes: [size],
    quickSizes: [size],
    probe: new URL('hits.js', import.meta.url),
    targets,
  }
}

/** Asked with `npm run bench -- proxy`. */
export const question: Question = {
  name: 'proxy',
  title: 'what a cached answer costs beside a server that has it in memory',
  figures: [hits('small', '1 KiB', KIB, 0.8), hits('large', '100 KiB', 100 * KIB, 0.9)],
}
