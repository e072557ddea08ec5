/** The question "hits": what a fresh hit costs, on one thread and on several. README.md describes the workload. */

import { type Figure, type MedianOf, type Question, timesAsFast } from '../kit/figure.js'

const KIB = 1024

const here: Figure = {
  name: 'here',
  title: 'A fresh hit of so many bytes, its body read as bytes, on a host in this thread',
  unit: 'µs',
  rivals: ['tidewait-await', 'tidewait-wait', 'tidewait-poll', 'undici-cache', 'tidewait-fetch', 'undici-cache-fetch'],
  sizes: [KIB],
  quickSizes: [KIB],
  probe: new URL('here.js', import.meta.url),
  targets: [
    timesAsFast({ ours: 'tidewait-await', theirs: 'undici-cache', size: KIB }, 6),
    timesAsFast({ ours: 'tidewait-wait', theirs: 'undici-cache', size: KIB }, 12),
    timesAsFast({ ours: 'tidewait-poll', theirs: 'undici-cache', size: KIB }, 12),
  ],
}

/** Compares workers that share one host thread (`worker-`) with workers that have a cache and a host each (`here-`). */
const inWorkers: Figure = {
  name: 'in-workers',
  title: 'A fresh 1 KiB hit, its body read as bytes, in so many workers at once; elapsed time divided by all hits',
  unit: 'µs',
  rivals: ['worker-wait', 'worker-await', 'here-wait', 'here-await'],
  sizes: [1, 4],
  quickSizes: [1, 4],
  probe: new URL('in-workers.js', import.meta.url),
  targets: [
    timesAsFast({ ours: 'worker-wait', theirs: 'here-wait', size: 1 }, 0.7),
    timesAsFast({ ours: 'worker-await', theirs: 'here-await', size: 1 }, 0.7),
    timesTheThroughput('worker-wait'),
    timesTheThroughput('worker-await'),
  ],
}

function timesTheThroughput(rival: string) {
  return {
    says: `times the throughput of one ${rival} in four`,
    bound: 'at least' as const,
    limit: 1.8,
    reached: (median: MedianOf) => median(rival, 1) / median(rival, 4),
  }
}

/** Asked with `npm run bench -- hits`. */
export const question: Question = {
  name: 'hits',
  title: 'what a fresh hit costs, on one thread and on several',
  figures: [here, inWorkers],
}
