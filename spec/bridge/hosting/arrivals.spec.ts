/** The guest learns how much of its upload has come, read or not, and how much was read. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Arrivals } from '../../../lib/bridge/hosting/arrivals.js'
import type { Line } from '../../../lib/bridge/line/line.js'
import type { Message } from '../../../lib/bridge/line/messages.js'
import type { ToGuest, ToHost } from '../../../lib/bridge/line/protocol.js'

test('messages of an upload are reported as they are taken in, 256 at a time, read or not, empty ones too', () => {
  const said: ToGuest[] = []
  const send = ({ say }: Message<ToGuest>) => said.push(say)
  const arrivals = new Arrivals({ send } as unknown as Line<ToGuest, ToHost>)
  arrivals.open(1)
  arrivals.open(2)
  for (let nth = 1; nth <= 600; nth++) {
    arrivals.arrive(1, nth % 2 === 0 ? new Uint8Array(1) : undefined)
    if (nth % 3 === 0) arrivals.arrive(2, new Uint8Array(1))
  }
  assert.equal(said, new Array(2).fill({ is: 'upload-taken', call: 1, messages: 256 }))
})

test.run()
