/** What a validation leaves as it was stored. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keeping } from '../../lib/http/kept-options.js'
import { answer, lines } from './heads.js'

test('Vary and Surrogate-Key of several lines are as they were when a hook has looked at them, which joins the lines', () => {
  const times = { maxAgeMs: 0, initialAgeMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }
  const suggested = { ...times, varyNames: ['a', 'b'], surrogateKeys: ['url'], sensitive: false, forbidsStale: false }
  const stored = {
    head: answer(200, 'Vary: a', 'Vary: b', 'Surrogate-Key: 1', 'Surrogate-Key: 2'),
    varyNames: ['a', 'b', 'hook'],
    surrogateKeys: ['hook'],
    sensitive: false,
  }
  const { varyNames, surrogateKeys } = keeping(suggested, stored, lines('Vary: a, b', 'Surrogate-Key: 1, 2'))
  assert.equal([varyNames, surrogateKeys], [stored.varyNames, ['url', 'hook']])
})

test.run()
