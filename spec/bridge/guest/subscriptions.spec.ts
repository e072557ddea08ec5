/** The host is told which channels have subscribers in this thread, when that has changed. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Subscriptions } from '../../../lib/bridge/guest/subscriptions.js'
import type { ToHost } from '../../../lib/bridge/line/protocol.js'
import { CHANNELS } from '../../../lib/host/diagnostics.js'

for (const name of CHANNELS)
  test(`the host is told once that ${name} has subscribers, and once that it has none any more`, () => {
    const said: ToHost[] = []
    const subscriptions = new Subscriptions((say) => said.push(say))
    const channels = () => said.map((say) => say.do === 'subscribe' && say.channels)
    const update = () => {
      for (let times = 0; times < 2; times++) subscriptions.update()
    }
    const listener = () => {}
    update()
    assert.equal(channels(), [])
    subscribe(name, listener)
    update()
    assert.equal(channels(), [[name]])
    unsubscribe(name, listener)
    update()
    assert.equal(channels(), [[name], []])
  })

test.run()
