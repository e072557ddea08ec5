/** Tasks of a crew: one request, driven in each of the ways there are, here or on the host. */

import type { Cache, HttpResponse, Pending, PendingRequest, SendInit } from '../../lib/index.js'
import { ended, failed, type Task } from './task.js'

const hooks: SendInit = { afterSend() {} }

export function polled<T>(pending: Pending<T>): T {
  for (;;) {
    const poll = pending.poll()
    if (poll.ready) return poll.value
  }
}

function firstCompleted(cache: Cache, pendings: PendingRequest[]): HttpResponse {
  for (const settled of cache.completed(pendings)) {
    if (settled.status === 'fulfilled') return settled.value
    throw settled.reason
  }
  throw new Error('nothing completed')
}

async function firstAsCompleted(cache: Cache, pendings: PendingRequest[]): Promise<HttpResponse> {
  for await (const settled of cache.asCompleted(pendings)) {
    if (settled.status === 'fulfilled') return settled.value
    throw settled.reason
  }
  throw new Error('nothing completed')
}

export const drivers = ['poll', 'wait', 'await', 'yield', 'select', 'completed', 'asCompleted'] as const
export type Driver = (typeof drivers)[number]

const byDriver: Readonly<
  Record<Driver, (cache: Cache, pending: PendingRequest) => HttpResponse | Promise<HttpResponse>>
> = {
  poll: (_cache, pending) => polled(pending),
  wait: (_cache, pending) => pending.wait(),
  await: async (_cache, pending) => await pending,
  yield: async (_cache, pending) => {
    const { run } = await import('effection')
    return await run(() => pending)
  },
  select: (cache, pending) => cache.select([pending]).value,
  completed: (cache, pending) => firstCompleted(cache, [pending]),
  asCompleted: (cache, pending) => firstAsCompleted(cache, [pending]),
}

/** Tells how `drive` ended, having told before that it begins. */
async function tell({ say }: Task, drive: () => HttpResponse | Promise<HttpResponse>): Promise<void> {
  say('begins')
  try {
    say(ended(await drive()))
  } catch (error) {
    say(failed(error))
  }
}

function drive(driver: Driver, init: SendInit): (task: Task) => Promise<void> {
  return (task) => tell(task, () => byDriver[driver](task.cache, task.cache.send(task.url, init)))
}

type DriverTask = `${'placed' | 'hooked'} ${Driver}`

export const driverTasks = {
  ...inEachWay(),

  /** One request after another, each driven as it is told. */
  async 'as told'(task: Task): Promise<void> {
    for (let order = await task.told(); order !== 'done'; order = await task.told()) {
      const { driver, url, init } = order as { driver: Driver; url: string; init: 'placed' | 'hooked' }
      await drive(driver, init === 'hooked' ? hooks : {})({ ...task, url })
    }
  },
}

function inEachWay() {
  return Object.fromEntries(
    drivers.flatMap((driver) => [
      [`placed ${driver}`, drive(driver, {})],
      [`hooked ${driver}`, drive(driver, hooks)],
    ]),
  ) as Record<DriverTask, (task: Task) => Promise<void>>
}
