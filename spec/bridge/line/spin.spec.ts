/** A thread that is about to block spins first, where spinning was not in vain lately. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DOORBELL_WORDS, Doorbell } from '../../../lib/bridge/line/doorbell.js'
import { Spin } from '../../../lib/bridge/line/spin.js'

/** How many blocks go by until the next spin is due. */
function skipped(spin: Spin): number {
  let blocks = 0
  while (!spin.isDue()) blocks++
  return blocks
}

test('each spin in vain doubles the number of blocks without a spin, up to 64', () => {
  const spin = new Spin()
  const skips = Array.from({ length: 9 }, () => {
    spin.ended('in vain')
    return skipped(spin)
  })
  assert.equal(skips, [1, 3, 7, 15, 31, 63, 64, 64, 64])
})

test('a spin that caught mail halves the number of blocks without a spin, down to none', () => {
  const spin = new Spin()
  for (let miss = 0; miss < 4; miss++) spin.ended('in vain')
  skipped(spin)
  const skips = Array.from({ length: 5 }, () => {
    spin.ended('caught')
    return skipped(spin)
  })
  assert.equal(skips, [7, 3, 1, 0, 0])
})

type Step = 'wait' | 'notify'

/** The steps of `work` that enter the kernel. */
function stepsOf(work: () => void): Step[] {
  const { wait, notify } = Atomics
  const steps: Step[] = []
  Object.assign(Atomics, {
    wait: () => {
      steps.push('wait')
      return 'timed-out'
    },
    notify: () => steps.push('notify'),
  })
  try {
    work()
  } finally {
    Object.assign(Atomics, { wait, notify })
  }
  return steps
}

function ends(): { readonly reader: Doorbell; readonly writer: Doorbell } {
  const words = new Int32Array(new SharedArrayBuffer(DOORBELL_WORDS * 4))
  return { reader: new Doorbell(words, 0), writer: new Doorbell(words, 0) }
}

/** Mail that comes between the `nth` look for it and the next step. */
function mailAfter(nth: number, writer: Doorbell): () => boolean {
  let looks = 0
  let mail = false
  return () => {
    const seen = mail
    if (++looks === nth) {
      mail = true
      writer.sound(() => assert.unreachable('a reader that blocks is not in its event loop'))
    }
    return seen
  }
}

test('mail that comes while a reader spins costs neither side a kernel call', () => {
  const { reader, writer } = ends()
  const steps = stepsOf(() => assert.is(reader.block(mailAfter(1, writer), 1000), 'mail'))
  assert.equal(steps, [])
})

test('a reader that has spun in vain sleeps, and is woken by the writer', () => {
  const { reader, writer } = ends()
  const steps = stepsOf(() => assert.is(reader.block(mailAfter(2, writer), 1000), 'mail'))
  assert.equal(steps, ['notify', 'wait'])
})

test('a reader whose spins are in vain spins only once in about fifty blocks', () => {
  const { reader, writer } = ends()
  let spins = 0
  stepsOf(() => {
    for (let block = 0; block < 1000; block++) {
      let looks = 0
      reader.block(() => {
        looks++
        return false
      }, 1000)
      spins += Number(looks === 3)
    }
  })
  assert.ok(spins > 10 && spins < 30, `${spins} of 1000`)
  writer.sound(() => {})
})

test.run()
