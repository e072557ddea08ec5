/** The question "threads": what it costs to have the cache in another thread. README.md has the workload. */

import { atMost, type Figure, type Question, timesAsFast, timesTheCost } from '../kit/figure.js'

const ours = 'tidewait'

const miss: Figure = {
  name: 'miss',
  title: 'A miss of so many bytes from a worker, origin of 0 ms; per request',
  unit: 'µs',
  rivals: [ours, 'tidewait-await', 'ky', 'synckit'],
  sizes: [1024],
  quickSizes: [1024],
  probe: new URL('miss.js', import.meta.url),
  effort: { warmUpMs: 4000, measureMs: 2000 },
  targets: [
    timesTheCost({ ours, theirs: 'ky', size: 1024 }, 1.4),
    timesAsFast({ ours, theirs: 'synckit', size: 1024 }, 1),
  ],
}

const cold: Figure = {
  name: 'cold',
  title: 'So many callers on four threads, one cold URL, origin of 200 ms; until the last has its answer',
  unit: 'ms',
  rivals: [ours, 'ky'],
  sizes: [1000],
  quickSizes: [1000],
  probe: new URL('cold.js', import.meta.url),
  effort: { warmUpMs: 5000, measureMs: 3000 },
  targets: [atMost({ ours, size: 1000 }, 230)],
}

const large: Figure = {
  name: 'large',
  title: 'A body of so many MiB from the store to a worker',
  unit: 'ms',
  rivals: [ours, 'tidewait-web', 'memcpy', 'memcpy-used', 'post-message', 'synckit'],
  sizes: [100],
  quickSizes: [100],
  probe: new URL('large.js', import.meta.url),
  targets: [timesTheCost({ ours, theirs: 'memcpy', size: 100 }, 1.5)],
}

const parked: Figure = {
  name: 'parked',
  title: 'Memory per request that waits for the fetch of another request, guest and host together',
  unit: 'bytes',
  rivals: [ours],
  sizes: [10_000],
  quickSizes: [10_000],
  probe: new URL('waiting.js', import.meta.url),
  targets: [atMost({ ours, size: 10_000 }, 2048)],
}

const fetching: Figure = {
  name: 'fetching',
  title: 'Memory per request whose own fetch is in flight, its connection included',
  unit: 'bytes',
  rivals: [ours, 'ky'],
  sizes: [500],
  quickSizes: [500],
  probe: new URL('waiting.js', import.meta.url),
  targets: [timesTheCost({ ours, theirs: 'ky', size: 500 }, 1)],
}

/** Asked with `npm run bench -- threads`. */
export const question: Question = {
  name: 'threads',
  title: 'what it costs to have the cache in another thread',
  figures: [miss, cold, large, parked, fetching],
}
