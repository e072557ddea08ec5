/** A proxy that was closed is collected with all that it had: nothing goes on in its name. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/index.js'
import { Admin, createProxy } from '../../lib/proxy/index.js'
import { collect } from '../kit/garbage.js'
import { startOrigin } from '../kit/origin.js'
import { Client, get } from './fixture.js'

const COUNT = 20
/** Engines keep the last one or two alive in registers and caches. */
const FEW = 4

/** How many of what `make` has closed are still there once the garbage is collected. */
async function kept(make: () => Promise<object>): Promise<number> {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < COUNT; i++) refs.push(new WeakRef(await make()))
  for (let turns = 0; turns < 3; turns++) {
    await new Promise(setImmediate)
    collect()
  }
  return refs.filter((ref) => ref.deref() !== undefined).length
}

test('a proxy that was closed is collected, whether or not it has served anybody', async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  origin.on('/', { body: 'hello' })
  for (const served of ['nobody', 'somebody'] as const) {
    const left = await kept(async () => {
      const proxy = createProxy(cache, { origin: origin.base })
      const { port } = await proxy.listen()
      if (served === 'somebody') {
        const client = await Client.connect(port)
        client.write(get('/', 'Connection: close'))
        await client.rest()
      }
      await proxy.close()
      return proxy
    })
    assert.ok(left <= FEW, `${left} of ${COUNT} kept that served ${served}`)
  }
})

test('an admin port that was closed is collected', async () => {
  const left = await kept(async () => {
    const nothing = () => Promise.resolve(0)
    const admin = new Admin({ stats: nothing, explain: nothing as never, purge: nothing as never })
    await admin.listen()
    await admin[Symbol.asyncDispose]()
    return admin
  })
  assert.ok(left <= FEW, `${left} of ${COUNT} kept`)
})

test.run()
