/** The question "scheduler": what a coroutine costs, beside other ways to write one. README.md describes the workload. */

import { type Figure, type Question, timesAsFast, timesTheCost, timesTheGrowth } from '../kit/figure.js'

const ours = 'tidewait'
const literal = 'tidewait-literal'
const crowds = [1000, 10_000, 50_000]

const work: Figure = {
  name: 'work',
  title: 'The work: spawn, park twice, resume twice, collect; per coroutine',
  unit: 'µs',
  rivals: [ours, 'bare-generator', 'async-await', 'effect', 'effection', literal, 'bare-generator-literal'],
  sizes: crowds,
  quickSizes: [1000, 10_000],
  probe: new URL('work.js', import.meta.url),
  targets: [
    ...crowds.map((size) => timesAsFast({ ours, theirs: 'effection', size }, 25)),
    ...crowds.map((size) => timesTheCost({ ours, theirs: 'bare-generator', size }, 1.5)),
    ...crowds.map((size) => timesTheCost({ ours: literal, theirs: 'bare-generator-literal', size }, 1.5)),
    ...[ours, literal].flatMap((each) => [
      timesTheCost({ ours: each, theirs: 'async-await', size: 1000 }, 2),
      timesTheCost({ ours: each, theirs: 'async-await', size: 50_000 }, 1),
    ]),
    ...crowds.map((size) => timesAsFast({ ours, theirs: 'effect', size }, 1)),
  ],
}

const heap: Figure = {
  name: 'heap',
  title: 'Memory per parked coroutine',
  unit: 'bytes',
  rivals: [ours, literal, 'bare-generator', 'bare-generator-literal', 'async-await', 'effect', 'effection'],
  sizes: [50_000],
  quickSizes: [10_000],
  probe: new URL('heap.js', import.meta.url),
  targets: [ours, literal].map((each) => timesTheCost({ ours: each, theirs: 'async-await', size: 50_000 }, 1)),
}

const oneAmong: Figure = {
  name: 'one-among',
  title: 'Settle one at random among so many parked, and resume it',
  unit: 'µs',
  rivals: [ours, 'async-await', 'bare-generator-told'],
  sizes: [1000, 1_000_000],
  quickSizes: [1000, 100_000],
  probe: new URL('one-among.js', import.meta.url),
  targets: [timesTheGrowth(ours, 'async-await', { from: 1000, to: 1_000_000 }, 1)],
}

const roundTrip: Figure = {
  name: 'round-trip',
  title: 'One blocking round trip from guest to host and back, without work',
  unit: 'µs',
  rivals: [ours, 'message-port'],
  sizes: [1],
  quickSizes: [1],
  probe: new URL('round-trip.js', import.meta.url),
  targets: [timesTheCost({ ours, theirs: 'message-port', size: 1 }, 1.3)],
}

const roundTripBusy: Figure = {
  ...roundTrip,
  name: 'round-trip-busy',
  title: 'The same, while as many other threads compute as there are cores',
  probe: new URL('round-trip-busy.js', import.meta.url),
  targets: [],
}

/** Asked with `npm run bench -- scheduler`. */
export const question: Question = {
  name: 'scheduler',
  title: 'what a coroutine costs beside the other ways to write one',
  figures: [work, heap, oneAmong, roundTrip, roundTripBusy],
}
