/** Hooks see the asynchronous context of the caller that sent their request, not of the one that drives it. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BodyTransform, type Cache, openCache, type SendInit, startHost } from '../../lib/index.js'
import { promised } from '../../lib/scheduler/index.js'
import { collect } from '../kit/garbage.js'
import { startOrigin } from '../kit/origin.js'

const who = new AsyncLocalStorage<string>()
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

type Hook = NonNullable<SendInit['beforeSend']>

/** A hook that notes whose context it sees, before and after it has waited. */
const forms: Record<string, (note: () => void) => Hook> = {
  'a function': (note) => note,
  'a generator': (note) =>
    function* () {
      note()
      yield* promised(turn())
      note()
    },
  'an asynchronous function': (note) => async () => {
    note()
    await turn()
    note()
  },
}

const origin = await startOrigin()
const host = await startHost()
const caches: Record<string, () => Cache> = {
  'a host in this thread': openCache,
  'a host thread': () => host.connect(),
}
let pages = 0

for (const [where, open] of Object.entries(caches)) {
  for (const [what, hook] of Object.entries(forms)) {
    test(`${what} as a hook sees the context of the sender, and so does its transform, over ${where}`, async () => {
      await using cache = open()
      const path = `/${pages++}`
      origin.on(path, { body: ['two', 'steps'] })
      const seen: (string | undefined)[] = []
      const note = () => void seen.push(who.getStore())
      const transform: BodyTransform = async function* (chunks) {
        note()
        for await (const chunk of chunks) {
          yield chunk
          note()
        }
      }
      const afterSend: SendInit['afterSend'] = (candidate) => {
        note()
        candidate.bodyTransform = transform
      }
      const pending = who.run('sender', () => cache.send(origin.url(path), { beforeSend: hook(note), afterSend }))
      const response = await who.run('driver', () => pending)
      assert.is(await who.run('reader', () => response.text()), 'twosteps')
      assert.equal(new Set(seen), new Set(['sender']))
    })
  }
}

const MANY = 10

for (const [where, open] of Object.entries(caches)) {
  test(`requests of which each comes from a timer of the last one's hook do not hold one another, over ${where}`, async () => {
    await using cache = open()
    const hooks: WeakRef<Hook>[] = []
    const answers: Promise<string>[] = []
    const held = await new Promise<number>((resolve) => {
      // The context of the last hook is in use, and would hold those before it.
      const count = async () => {
        await Promise.all(answers)
        await turn()
        collect()
        resolve(hooks.filter((hook) => hook.deref() !== undefined).length)
      }
      const next = () => {
        if (hooks.length === MANY) return count()
        const path = `/${pages++}`
        origin.on(path, { body: 'next' })
        const beforeSend = async () => void setImmediate(next)
        hooks.push(new WeakRef(beforeSend))
        const pending = cache.send(origin.url(path), { beforeSend })
        answers.push(pending.then((response) => response.text()))
      }
      next()
    })
    assert.ok(held <= 2, `${held} of ${MANY} are held`)
  })
}

for (const hook of ['beforeSend', 'afterSend'] as const) {
  test(`${hook} sees the context of the sender also where it is the only hook`, async () => {
    await using cache = openCache()
    const path = `/${pages++}`
    origin.on(path, { body: 'alone' })
    const seen: (string | undefined)[] = []
    const pending = who.run('sender', () =>
      cache.send(origin.url(path), { [hook]: () => void seen.push(who.getStore()) }),
    )
    await (await who.run('driver', () => pending)).text()
    assert.equal(seen, ['sender'])
  })
}

test.after(async () => {
  await host.close()
  await origin[Symbol.asyncDispose]()
})
test.run()
