/** The question "misses": what a request costs that no cache can answer. README.md describes the workload. */

import { type Figure, type Question, timesAsFast } from '../kit/figure.js'

const ours = 'tidewait-fetch'

const cold: Figure = {
  name: 'cold',
  title: 'Processor time of a fetch of a new URL, 1 KiB, so many at a time, origin of 0 ms',
  unit: 'µs',
  rivals: [ours, 'tidewait-fetch-no-store', 'undici-cache-fetch', 'fetch', 'ky'],
  sizes: [20],
  quickSizes: [20],
  probe: new URL('cold.js', import.meta.url),
  effort: { warmUpMs: 5000, measureMs: 2000 },
  targets: [
    timesAsFast({ ours, theirs: 'undici-cache-fetch', size: 20 }, 1),
    timesAsFast({ ours, theirs: 'ky', size: 20 }, 1),
  ],
}

/** Asked with `npm run bench -- misses`. */
export const question: Question = {
  name: 'misses',
  title: 'what a request costs that no cache can answer',
  figures: [cold],
}
