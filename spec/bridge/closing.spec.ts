/** A host that closes, or dies, fails every caller that waits for it, in every thread, by every driver, and at once. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosedError, connect, HostLostError, InvalidArgumentError, startHost, type Ticket } from '../../lib/index.js'
import { neverAnswers, SILENCE } from '../kit/answer.js'
import { thrownBy } from '../kit/failures.js'
import { startOrigin } from '../kit/origin.js'
import { Member, statsOf, until } from './crew.js'
import { drivers } from './driver-tasks.js'
import { MortalHost } from './mortal-host.js'

const run = promisify(execFile)

const LOST = { error: 'HostLostError', code: 'HostLost' }
/** `fetch` has one name for all its failures. */
const LOST_TO_FETCH = { ...LOST, error: 'TypeError' }

test('host.close() fails callers that are blocked, polling or awaiting in other threads, and their threads end', async () => {
  await using origin = await startOrigin()
  const host = await startHost()
  origin.on('/never', neverAnswers)
  const tasks = [...drivers.map((driver) => `placed ${driver}` as const), 'hooked wait', 'hooked await'] as const
  const crew = tasks.map((task) => new Member(host, task, { url: origin.url('/never') }))
  for (const member of crew) assert.is(await member.hears(), 'begins')
  await until('all wait', () => statsOf(host).transactions.waiting === tasks.length - 1)
  await host.close({ drainMs: 0 })
  for (const [at, member] of crew.entries()) {
    assert.equal(await member.hears(), LOST, tasks[at])
    assert.equal(await member.exited, { code: 0, error: undefined }, tasks[at])
  }
})

test('host.close() fails callers in the middle of a body or of a fetch, blocked or not', async () => {
  await using origin = await startOrigin()
  const host = await startHost()
  origin.on('/never', neverAnswers).on('/half', { body: ['the first half', SILENCE] })
  const tasks = {
    fetches: '/never',
    'reads on': '/half',
    'reads on, blocked': '/half',
    'reads a fetched body': '/half',
  } as const
  const crew = Object.entries(tasks).map(
    ([task, path]) => new Member(host, task as keyof typeof tasks, { url: origin.url(path) }),
  )
  for (const member of crew) assert.is(await member.hears(), 'begins')
  await until('the fetch is under way', () => origin.count('/never') === 1)
  await host.close({ drainMs: 0 })
  for (const [at, member] of crew.entries()) {
    const task = Object.keys(tasks)[at] ?? ''
    assert.equal(await member.hears(), task.includes('fetch') ? LOST_TO_FETCH : LOST, task)
    assert.equal(await member.exited, { code: 0, error: undefined }, task)
  }
})

for (const cause of ['throw', 'grow', 'terminate'] as const) {
  const how = { throw: 'of an uncaught error', grow: 'of too little memory', terminate: 'by termination' }[cause]
  test(`a host that dies ${how} fails every caller within a second`, async () => {
    await using origin = await startOrigin()
    await using host = await MortalHost.start()
    origin.on('/never', neverAnswers)
    const tasks = ['placed wait', 'placed await', 'hooked wait'] as const
    const crew = tasks.map((task) => new Member(host.thread, task, { url: origin.url('/never') }))
    for (const member of crew) assert.is(await member.hears(), 'begins')
    const cache = host.thread.connect()
    const mine = cache.send(origin.url('/never')).then(undefined, (error: unknown) => error)
    await until('all wait', () => statsOf(host.thread).transactions.waiting === 3)
    const died = new Promise<number>((resolve) => {
      host.worker.once('exit', () => resolve(performance.now()))
    })
    if (cause === 'terminate') await host.worker.terminate()
    else host.fate.postMessage(cause)
    const diedMs = await died
    for (const member of crew) assert.equal(await member.hears(), LOST)
    const failure = (await mine) as HostLostError
    assert.instance(failure, HostLostError)
    assert.ok(performance.now() - diedMs < 1000)
    if (cause === 'throw') {
      assert.instance(failure.cause, RangeError)
      assert.is((failure.cause as Error).message, 'told to die')
    }
    assert.instance(
      thrownBy(() => host.thread.ticket()),
      HostLostError,
    )
    assert.instance(
      thrownBy(() => host.thread.stats()),
      HostLostError,
    )
    assert.instance(
      thrownBy(() => cache.send(origin.url('/never')).wait()),
      HostLostError,
    )
    for (const member of crew) assert.is((await member.exited).code, 0)
    await cache.close()
  })
}

const KILLER = `
  const { workerData: { gate, fate } } = require('node:worker_threads')
  Atomics.wait(gate, 0, 0)
  fate.postMessage('throw')
  fate.close()
`

test('the thread that started a host hears of its death while it is blocked itself', async () => {
  await using origin = await startOrigin()
  await using host = await MortalHost.start()
  origin.on('/never', neverAnswers)
  const cache = host.thread.connect()
  const pending = cache.send(origin.url('/never'))
  const gate = new Int32Array(new SharedArrayBuffer(4))
  new Worker(KILLER, { eval: true, workerData: { gate, fate: host.fate }, transferList: [host.fate] })
  pending.poll()
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  const failure = thrownBy(() => pending.wait({ timeoutMs: 10_000 }))
  assert.instance(failure, HostLostError)
  assert.is(((failure as HostLostError).cause as Error).message, 'told to die')
  await cache.close()
})

test('connecting with a ticket of a host that has closed fails with HostLostError', async () => {
  const host = await startHost()
  const ticket = host.ticket()
  await host.close()
  assert.instance(
    thrownBy(() => connect(ticket)),
    HostLostError,
  )
})

for (const ends of ['by exit', 'with nothing left to do', 'of an uncaught error'] as const)
  test(`a host ends with the thread that started it, and connecting with its ticket then fails: ${ends}`, async () => {
    const starter = new Worker(new URL('./starter.js', import.meta.url), { workerData: { ends } })
    const exited = new Promise<void>((resolve) => {
      starter.on('error', () => {}).once('exit', () => resolve())
    })
    // Not by `once` of node:events, which fails if the error of the thread overtakes its message.
    const ticket = await new Promise<Ticket>((resolve) => starter.once('message', resolve))
    await exited
    assert.instance(
      thrownBy(() => connect(ticket)),
      HostLostError,
    )
  })

const ASKS_AT_EXIT = `
  const { startHost } = await import(${JSON.stringify(new URL('../../lib/index.js', import.meta.url))})
  const host = await startHost()
  process.on('exit', () => console.log(host.stats().guests))
`

test('an exit listener of the main thread may still ask the host', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', ASKS_AT_EXIT])
  assert.is(stdout, '1\n')
})

/** What may become of the port of a ticket that was used. */
const mishaps: Record<string, (port: MessagePort) => void> = {
  closed: (port) => port.close(),
  'sent on': (port) => {
    try {
      new MessageChannel().port1.postMessage(port, [port])
    } catch {
      // There is nothing left to send.
    }
  },
}

for (const [what, befall] of Object.entries(mishaps)) {
  test(`a guest still hears from its host, though it blocks, when the port of its used ticket is ${what}`, async () => {
    await using host = await startHost()
    const ticket = host.ticket()
    await using cache = connect(ticket)
    await using other = host.connect()
    befall(ticket.port)
    for (let turn = 0; turn < 10; turn++) await other.purge({ all: true })
    assert.is(cache.purge({ all: true }).wait({ timeoutMs: 10_000 }), 0)
  })
}

test('a ticket whose port was sent to another thread is good there, and refused here', async () => {
  await using host = await startHost()
  const ticket = host.ticket()
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(ticket, [ticket.port])
  assert.instance(
    thrownBy(() => connect(ticket)),
    InvalidArgumentError,
  )
  await using cache = connect(receiveMessageOnPort(port2)?.message)
  assert.is(cache.purge({ all: true }).wait({ timeoutMs: 10_000 }), 0)
  port1.close()
})

test('a guest that leaves fails what it still waited for, and refuses new requests', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/never', neverAnswers)
  const cache = host.connect()
  const failure = cache.send(origin.url('/never')).then(undefined, (error: unknown) => error)
  await origin.arrived('/never')
  await cache.close()
  assert.ok((await failure) instanceof Error)
  assert.instance(
    thrownBy(() => cache.send(origin.url('/never'))),
    ClosedError,
  )
  assert.instance(
    thrownBy(() => cache.stats()),
    ClosedError,
  )
  await until('it is gone', () => statsOf(host).guests === 1)
})

test('a guest that leaves with a large body on its way can still be polled', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/large', { body: new Uint8Array(8 * 1024 * 1024) })
  const cache = host.connect()
  const response = await cache.send(origin.url('/large'))
  const body = response.bytes()
  body.poll()
  await cache.close()
  assert.ok(thrownBy(() => body.poll()) instanceof Error)
})

test('a closed host gives out no tickets and no stats, and may be closed again', async () => {
  const host = await startHost()
  await host.close()
  assert.instance(
    thrownBy(() => host.ticket()),
    ClosedError,
  )
  assert.instance(
    thrownBy(() => host.connect()),
    ClosedError,
  )
  assert.instance(
    thrownBy(() => host.stats()),
    ClosedError,
  )
  await host.close()
})

test.run()
