/** A request that is cancelled in its hook, or by its hook, gives all back at once, and the hook runs no more (semantics 9). */

import { scoped, spawn, suspend, until } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rfc9111 } from '../../lib/http/policy.js'
import type { Answer } from '../../lib/pending/answer.js'
import type { HookResult } from '../../lib/pending/hooks.js'
import { type Pending, promised, ready } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { GET, ok, setting, textOf } from './fixture.js'
import { FORMS } from './hook-forms.js'

test('9-5 a request cancelled while its hook waits gives all back at once, and what the hook does later is ignored', async () => {
  for (const hook of ['beforeSend', 'afterSend'] as const) {
    const { host, request } = setting()
    host.script = () => ok('max-age=60')
    const gate = new Barrier()
    const ended = new Barrier()
    const slow = async () => {
      await gate.opened
      ended.open()
    }
    const leader = request({ hooks: { [hook]: slow } })
    leader.poll()
    const waiter = request()
    waiter.poll()
    leader.cancel()
    const sent = hook === 'beforeSend' ? 0 : 1
    assert.is(host.stats().transactions.waiting, 0, 'the waiter leads')
    assert.is(await textOf(host, await waiter), 'body')
    assert.is(host.sent.length, sent + 1)
    gate.open()
    await ended.opened
    assert.equal([host.sent.length, host.held], [sent + 1, 0])
  }
})

for (const [form, run] of FORMS) {
  test(`a hook (${form}) that cancels its own request ends it there: nothing more is sent, stored or held`, async () => {
    for (const hook of ['beforeSend', 'afterSend'] as const) {
      const { host, request } = setting()
      host.script = () => ok('max-age=60')
      const leader: Pending<Answer> = request({ hooks: { [hook]: () => run(() => leader.cancel('enough')) } })
      const failure = await failureOf(leader)
      assert.equal([failure.code, failure.cause], ['Cancelled', 'enough'])
      const { objects, obligations } = host.stats().transactions
      assert.equal([host.sent.length, objects, obligations, host.held], [hook === 'beforeSend' ? 0 : 1, 0, 0, 0])
    }
  })

  test(`a hook (${form}) that cancels its own request past the cache ends it there: nothing is sent or held`, async () => {
    const { host, request } = setting({ ...rfc9111, hooksOnPass: true })
    host.script = () => ok('max-age=60')
    const hooks = { beforeSend: () => run(() => post.cancel('enough')) }
    const post: Pending<Answer> = request({ request: { ...GET, method: 'POST' }, hooks })
    const failure = await failureOf(post)
    assert.equal([failure.code, failure.cause], ['Cancelled', 'enough'])
    assert.equal([host.sent.length, host.held], [0, 0])
  })
}

test('a request past the cache that is cancelled after its hook gives its send back', async () => {
  const { host, request } = setting({ ...rfc9111, hooksOnPass: true })
  const post = request({ request: { ...GET, method: 'POST' }, hooks: { beforeSend() {} } })
  post.poll()
  assert.is(host.sent.length, 1)
  const { held } = host
  post.cancel()
  assert.is(held - host.held, 1)
})

test('a hook that rejects after its request was cancelled causes no failure, and leaves nothing open', async () => {
  const { host, request } = setting()
  const gate = new Barrier()
  const leader = request({
    hooks: {
      async beforeSend() {
        await gate.opened
        throw new Error('too late')
      },
    },
  })
  leader.poll()
  leader.cancel()
  gate.open()
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(host.held, 0)
})

test('cancelling a request runs the finally blocks of its generator hook', async () => {
  const { host, request } = setting()
  const never = host.pipe()
  const steps: string[] = []
  const leader = request({
    hooks: {
      *beforeSend() {
        try {
          yield* ready(never.body)
        } finally {
          steps.push('undone')
        }
      },
    },
  })
  leader.poll()
  leader.cancel()
  assert.equal(steps, ['undone'])
})

test('a request whose hook waits in its finally blocks ends after them: nothing more is sent, stored or held', async () => {
  for (const hook of ['beforeSend', 'afterSend'] as const) {
    const { host, request } = setting()
    host.script = () => ok('max-age=60')
    const gate = new Barrier()
    const steps: string[] = []
    function* cleansUp() {
      try {
        yield* promised(new Barrier().opened)
      } finally {
        yield* promised(gate.opened)
        steps.push('undone')
      }
    }
    const leader = request({ hooks: { [hook]: cleansUp } })
    leader.poll()
    leader.cancel()
    assert.not(leader.poll().ready)
    gate.open()
    assert.is((await failureOf(leader)).code, 'Cancelled')
    assert.equal(steps, ['undone'])
    const { objects, obligations } = host.stats().transactions
    assert.equal([host.sent.length, objects, obligations, host.held], [hook === 'beforeSend' ? 0 : 1, 0, 0, 0])
  }
})

test('2.8 a cancelled leader holds nobody up while its hook waits in its finally blocks', async () => {
  for (const hook of ['beforeSend', 'afterSend'] as const)
    for (const window of ['', ', stale-while-revalidate=60', ', stale-if-error=60']) {
      const { host, clock, request, stored } = setting()
      if (window !== '') await stored(ok(`max-age=1${window}`, 'old'))
      clock.advance(2000)
      host.script = () => ok('max-age=60', 'new')
      const gate = new Barrier()
      function* cleansUp() {
        try {
          yield* promised(new Barrier().opened)
        } finally {
          yield* promised(gate.opened)
        }
      }
      const leader = request({ hooks: { [hook]: cleansUp } })
      leader.poll()
      const background = hook === 'afterSend' && window.includes('while') ? (await leader).revalidation : undefined
      const cancelled = background ?? leader
      const failure = failureOf(cancelled)
      cancelled.cancel()
      assert.not((cancelled as Pending<unknown>).poll().ready)
      assert.is(host.stats().transactions.obligations, 0)
      const sent = host.sent.length
      await textOf(host, await request())
      assert.is(host.sent.length, sent + 1, 'the next request leads')
      gate.open()
      assert.is((await failure).code, 'Cancelled')
      if (background !== undefined) await textOf(host, await leader)
      assert.equal([host.held, host.stats().transactions.obligations], [0, 0])
    }
})

test('the hook of a cancelled request can read its candidate while it waits in its finally blocks', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const gate = new Barrier()
  const read: unknown[] = []
  const leader = request({
    hooks: {
      *afterSend(candidate) {
        try {
          yield* promised(new Barrier().opened)
        } finally {
          yield* promised(gate.opened)
          candidate.headers.set('x-read', 'yes')
          read.push(candidate.ttl, candidate.isStale, candidate.surrogateKeys.length)
        }
      },
    },
  })
  leader.poll()
  leader.cancel()
  gate.open()
  assert.is((await failureOf(leader)).code, 'Cancelled')
  assert.equal(read, [60, false, 1])
})

test('a hook that leaves an inner scope and goes on keeps what its request holds', async () => {
  for (const hook of ['beforeSend', 'afterSend'] as const) {
    const { host, request } = setting()
    host.script = () => ok('max-age=60')
    const steps: string[] = []
    function* leavesScope() {
      try {
        yield* scoped(function* () {
          yield* spawn(function* () {
            yield* until(Promise.resolve())
            throw new Error('in the inner scope')
          })
          yield* suspend()
        })
      } catch {
        steps.push('caught')
      }
    }
    const leader = request({ hooks: { [hook]: leavesScope } })
    assert.is(await textOf(host, await leader), 'body')
    assert.equal([steps, host.sent.length], [['caught'], 1])
    assert.is(await textOf(host, await request()), 'body')
    assert.equal([host.sent.length, host.held], [1, 0], 'it was stored')
  }
})

/** Hooks that fail after `leader` was cancelled, by the hook itself or while it waits. */
const FAILING: Readonly<Record<string, (leader: () => Pending<Answer>) => HookResult>> = {
  'that cancels its request and throws'(leader) {
    leader().cancel()
    throw new Error('its own')
  },
  *'that fails in its finally block'() {
    try {
      yield* promised(new Barrier().opened)
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
      throw new Error('its own')
    }
  },
  *'that waits, and then fails, in its finally block'() {
    try {
      yield* promised(new Barrier().opened)
    } finally {
      yield* promised(Promise.resolve())
      // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
      throw new Error('its own')
    }
  },
}

for (const [form, fails] of Object.entries(FAILING)) {
  test(`a cancelled request with a hook ${form} opens no stale answer, whose body nobody would close`, async () => {
    for (const window of ['stale-if-error', 'stale-while-revalidate']) {
      const { host, clock, request, stored } = setting()
      await stored(ok(`max-age=10, ${window}=100`))
      clock.advance(20_000)
      const leader: Pending<Answer> = request({ hooks: { beforeSend: () => fails(() => leader) } })
      const failure = leader.then(undefined, ({ code }) => code)
      leader.cancel()
      assert.is(await failure, window === 'stale-if-error' ? 'Custom' : 'Cancelled')
      assert.equal([host.sent.length, host.held, host.stats().transactions.obligations], [1, 0, 0])
    }
  })
}

test.run()
