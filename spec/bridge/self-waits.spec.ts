/** A blocking wait that only the event loop of its own thread could end throws, even if the wait leads through the host. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SelfWaits } from '../../lib/bridge/guest/self-waits.js'
import { type Cache, type SendInit, WouldDeadlockError } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { thrownBy } from '../kit/failures.js'
import { statsOf, until, untilFree } from './crew.js'
import { openStage } from './stage.js'

const { host, origin } = await openStage(test)

let pages = 0

function page(): string {
  const path = `/${pages++}`
  return origin.on(path, { headers: { 'cache-control': 'max-age=60' }, body: 'tide' }).url(path)
}

function refused(work: () => unknown): WouldDeadlockError {
  const failure = thrownBy<WouldDeadlockError>(work)
  assert.instance(failure, WouldDeadlockError)
  return failure
}

/** A leader of `url` in this thread, whose hook waits for `gate` on the event loop. */
function leads(cache: Cache, url: string, gate: Barrier) {
  const pending = cache.send(url, { beforeSend: () => gate.opened })
  pending.poll()
  return pending
}

const followers: Record<string, SendInit> = { placed: {}, hooked: { beforeSend() {} } }

for (const [kind, init] of Object.entries(followers)) {
  test(`a ${kind} request that waits for a request of its own thread, whose hook needs the event loop, cannot be blocked on`, async () => {
    await using cache = host.connect()
    const url = page()
    const gate = new Barrier()
    const leader = leads(cache, url, gate)
    const follower = cache.send(url, init)
    assert.match(refused(() => follower.wait()).message, /waits for a promise/)
    assert.is(refused(() => cache.select([follower])).name, 'WouldDeadlockError')
    gate.open()
    assert.is(await (await follower).text(), 'tide')
    assert.is((await leader).status, 200)
    assert.is(origin.requestsOf(new URL(url).pathname).length, 1)
    await untilFree(host, 2)
  })
}

/** The body comes once `gate` is open; `begun` opens once the body is waited for. */
function transforming(gate: Barrier, begun = new Barrier()): SendInit {
  return {
    afterSend(candidate) {
      candidate.bodyTransform = async function* (chunks) {
        begun.open()
        await gate.opened
        yield* chunks
      }
    },
  }
}

test('a range that a transform of the same thread has yet to write cannot be blocked on', async () => {
  await using cache = host.connect()
  const url = page()
  const gate = new Barrier()
  const leader = await cache.send(url, transforming(gate))
  const range = cache.send(url, { headers: { range: 'bytes=1-2' } })
  refused(() => range.wait())
  gate.open()
  const response = await range
  assert.equal([response.status, await response.text(), await leader.text()], [206, 'id', 'tide'])
  await untilFree(host, 2)
})

test('a request for a range cannot be blocked on if its own transform has yet to write that range', async () => {
  await using cache = host.connect()
  const [gate, begun] = [new Barrier(), new Barrier()]
  const leader = cache.send(page(), { ...transforming(gate, begun), headers: { range: 'bytes=1-2' } })
  const answer = leader.then((response) => response)
  await begun.opened
  refused(() => leader.wait())
  gate.open()
  const response = await answer
  assert.equal([response.status, await response.text()], [206, 'id'])
  await untilFree(host, 2)
})

test('a request that waits for this thread through a hook of another thread cannot be blocked on', async () => {
  await using cache = host.connect()
  await using other = host.connect()
  const [mine, its] = [page(), page()]
  const gate = new Barrier()
  const leader = leads(cache, mine, gate)
  const elsewhere = other.send(its, {
    *beforeSend() {
      yield* other.send(mine)
    },
  })
  const answer = elsewhere.then(({ status }) => status)
  await until('its hook waits', () => statsOf(host).transactions.waiting === 1)
  const follower = cache.send(its)
  refused(() => follower.wait())
  gate.open()
  const answers = await Promise.all([leader, follower])
  assert.equal([await answer, ...answers.map(({ status }) => status)], [200, 200, 200])
  await untilFree(host, 3)
})

test('an answer to a question from before the last message does not count', () => {
  const asked: number[] = []
  const selfWaits = new SelfWaits((question) => asked.push(question))
  selfWaits.ask(1)
  selfWaits.ask(2)
  selfWaits.clear()
  selfWaits.answered(1, [7])
  assert.not(selfWaits.includes(7))
  selfWaits.ask(3)
  selfWaits.answered(1, [7])
  assert.not(selfWaits.includes(7))
  selfWaits.answered(3, [7])
  assert.ok(selfWaits.includes(7))
  selfWaits.clear()
  assert.not(selfWaits.includes(7))
  assert.equal(asked, [1, 3])
})

test.run()
