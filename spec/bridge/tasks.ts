/** What the members of a crew can be set to do. Each says what it has come to. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import type { Cache, HttpResponse, Pending, PendingRequest, SendInit } from '../../lib/index.js'

export interface Task {
  readonly cache: Cache
  readonly url: string
  readonly gate: Int32Array
  readonly amount: number
  say(word: unknown): void
  told(): Promise<unknown>
}

/** How a request ended, in words that cross. */
export interface Ending {
  readonly status?: number
  readonly text?: string
  readonly error?: string
  readonly code?: string
}

function ended(response: HttpResponse): Ending {
  return { status: response.status }
}

function failed(error: unknown): Ending {
  const { name, code } = error as Error & { code: string }
  return { error: name, code }
}

/** Says how `drive` ended, having said before that it begins. */
async function tell({ say }: Task, drive: () => HttpResponse | Promise<HttpResponse>): Promise<void> {
  say('begins')
  try {
    say(ended(await drive()))
  } catch (error) {
    say(failed(error))
  }
}

/** Stops this thread for good, and everything on it. */
function stop(gate: Int32Array): void {
  Atomics.wait(gate, 0, 0)
}

const hooks: SendInit = { afterSend() {} }

function polled<T>(pending: Pending<T>): T {
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

function drive(driver: Driver, init: SendInit): (task: Task) => Promise<void> {
  return (task) => tell(task, () => byDriver[driver](task.cache, task.cache.send(task.url, init)))
}

type DriverTask = `${'placed' | 'hooked'} ${Driver}`

const driverTasks = Object.fromEntries(
  drivers.flatMap((driver) => [
    [`placed ${driver}`, drive(driver, {})],
    [`hooked ${driver}`, drive(driver, hooks)],
  ]),
) as Record<DriverTask, (task: Task) => Promise<void>>

export const tasks = {
  ...driverTasks,

  /** One request after another, each driven as it is told. */
  async 'as told'(task: Task): Promise<void> {
    for (let order = await task.told(); order !== 'done'; order = await task.told()) {
      const { driver, url, init } = order as { driver: Driver; url: string; init: 'placed' | 'hooked' }
      await drive(driver, init === 'hooked' ? hooks : {})({ ...task, url })
    }
  },

  /** Waits for more of a body than comes, blocked. */
  async 'reads on, blocked'({ cache, url, say }: Task): Promise<void> {
    const response = cache.send(url).wait()
    say('begins')
    try {
      response.bytes().wait()
    } catch (error) {
      say(failed(error))
    }
  },

  /** Waits for more of a body than comes, on the event loop. */
  async 'reads on'({ cache, url, say }: Task): Promise<void> {
    const response = await cache.send(url)
    say('begins')
    try {
      for await (const _ of response);
    } catch (error) {
      say(failed(error))
    }
  },

  /** As `fetch` has it. */
  async fetches({ cache, url, say }: Task): Promise<void> {
    say('begins')
    try {
      await cache.fetch(url)
    } catch (error) {
      say(failed(error))
    }
  },

  /** Reads on from a `Response` of the platform. */
  async 'reads a fetched body'({ cache, url, say }: Task): Promise<void> {
    const response = await cache.fetch(url)
    say('begins')
    try {
      await response.text()
    } catch (error) {
      say(failed(error))
    }
  },

  /** Has a worker of its own join, and tells what that one tells. */
  async 'has a worker of its own'({ say, told }: Task): Promise<void> {
    say('begins')
    const data = (await told()) as { ticket: Ticket }
    const worker = new Worker(new URL('./member.js', import.meta.url), {
      workerData: data,
      transferList: [data.ticket.port],
    })
    worker.on('message', say)
    await once(worker, 'exit')
  },

  /** As many callers as `amount`, blocked together. */
  async crowd({ cache, url, amount, say }: Task): Promise<void> {
    const pendings = Array.from({ length: amount }, () => cache.send(url))
    say('begins')
    const texts = new Set<string>()
    let answers = 0
    for (const settled of cache.completed(pendings)) {
      if (settled.status === 'rejected') throw settled.reason
      texts.add(settled.value.text().wait())
      answers++
    }
    say({ answers, texts: [...texts] })
  },

  /** The four drivers in one thread, `amount` times round; the order in which the answers came. */
  async mixed({ cache, url, amount, say }: Task): Promise<void> {
    const { run } = await import('effection')
    const order: string[] = []
    const awaited: Promise<unknown>[] = []
    for (let round = 0; round < amount; round++) {
      const name = (driver: string) => `${url}?${driver}=${round}`
      const note = (driver: string) => (response: HttpResponse) => {
        order.push(`${driver}${round}`)
        return response.text()
      }
      awaited.push(cache.send(name('await')).then(note('await')))
      const pending = cache.send(name('yield'))
      awaited.push(
        run(function* () {
          return note('yield')(yield* pending)
        }).then(async (text) => await text),
      )
      const background = cache.send(name('poll'))
      background.poll()
      note('wait')(cache.send(name('wait')).wait()).wait()
      note('poll')(polled(background)).wait()
      if (round % 3 === 0) await Promise.all(awaited.splice(0))
    }
    await Promise.all(awaited)
    say(order)
  },

  /** Awaits one answer and blocks on another, which comes later. */
  async 'await and block'({ cache, url, say }: Task): Promise<void> {
    const order: string[] = []
    const first = cache.send(`${url}/first`).then(() => order.push('first'))
    const second = cache.send(`${url}/second`)
    say('begins')
    second.wait()
    order.push('second')
    await first
    say(order)
  },

  /** Reads the head and the first bytes, then nothing any more. */
  async 'reads half'({ cache, url, gate, say }: Task): Promise<void> {
    const response = cache.send(url).wait()
    say(response.read().wait()?.byteLength)
    stop(gate)
  },

  /** Writes a transformed body up to its middle. */
  async 'writes half'({ cache, url, say, told }: Task): Promise<void> {
    const response = cache
      .send(url, {
        afterSend(candidate) {
          candidate.bodyTransform = async function* () {
            yield Buffer.from('half of ')
            say('half')
            await told()
            yield Buffer.from('the body')
          }
        },
      })
      .then(async (answer) => await answer.text())
    say({ text: await response })
  },

  /** Blocks for one request while the body of another is on its way. */
  async 'sends and blocks'({ cache, url, say }: Task): Promise<void> {
    async function* source() {
      await new Promise((resolve) => setImmediate(resolve))
      yield Buffer.from('all')
    }
    const pending = cache.send(`${url}/upload`, { method: 'POST', body: source() })
    const other = cache.send(`${url}/other`).wait().text().wait()
    say([other, await (await pending).text()])
  },

  /** Sends a body of which only the first half ever comes. */
  async 'sends half'({ cache, url, say, told }: Task): Promise<void> {
    async function* source() {
      yield new Uint8Array(100_000)
      say('begins')
      await told()
    }
    await cache.send(url, { method: 'POST', body: source() })
  },

  /** Leads, and stops turning in a hook. */
  async 'stops in a hook'({ cache, url, gate, say }: Task): Promise<void> {
    const pending = cache.send(url, {
      afterSend(candidate) {
        candidate.headers.set('x-by', 'the one who stopped')
        say('in the hook')
        stop(gate)
      },
    })
    const response = pending.wait()
    say({ status: response.status, text: response.text().wait() })
  },

  /** Leads, stops turning in a hook, and then refuses what it got; a stale answer hides that. */
  async 'stops, then fails'({ cache, url, gate, say }: Task): Promise<void> {
    const pending = cache.send(url, {
      afterSend() {
        say('in the hook')
        stop(gate)
        throw new Error('refused')
      },
    })
    const response = pending.wait()
    say({ status: response.status, text: response.text().wait() })
  },

  /** Leads, and loops in a hook that never comes back. */
  async 'loops in a hook'({ cache, url, say }: Task): Promise<void> {
    const pending = cache.send(url, {
      beforeSend() {
        say('in the hook')
        for (;;);
      },
    })
    await pending
  },

  /** Leads, and loops for ever in the transform of its body; it says the lifetime, for it may have another clock than its host. */
  async 'loops in a transform'({ cache, url, say }: Task): Promise<void> {
    const response = await cache.send(url, {
      afterSend(candidate) {
        candidate.ttl = 60
        candidate.bodyTransform = async function* (chunks) {
          yield* chunks
          say('in the transform')
          for (;;);
        }
      },
    })
    await response.text()
  },

  /** Leads, and stops turning in the transform of its body until it is let go on. */
  async 'stops in a transform'({ cache, url, gate, say }: Task): Promise<void> {
    const response = await cache.send(url, {
      afterSend(candidate) {
        candidate.ttl = 60
        candidate.bodyTransform = async function* (chunks) {
          yield* chunks
          say('in the transform')
          stop(gate)
          yield Buffer.from(', and more')
        }
      },
    })
    say({ status: response.status, text: await response.text() })
  },

  /** Leads with a hook that takes its time, and turns meanwhile. */
  async 'waits in a hook'({ cache, url, say, told }: Task): Promise<void> {
    const response = await cache.send(url, {
      async afterSend() {
        say('in the hook')
        await told()
      },
    })
    say({ status: response.status, text: await response.text() })
  },

  async 'exits in a hook'({ cache, url }: Task): Promise<void> {
    await cache.send(url, { afterSend: () => process.exit(3) })
  },

  async 'throws uncaught in a hook'({ cache, url }: Task): Promise<void> {
    await cache.send(url, {
      afterSend() {
        queueMicrotask(() => {
          throw new Error('nobody catches this')
        })
        return new Promise<void>(() => {})
      },
    })
  },

  /** Connected, and nothing to do. */
  async idle(): Promise<void> {},

  /** An unread body of an answer that has come. */
  async 'does not read'({ cache, url, say }: Task): Promise<void> {
    say(ended(await cache.send(url)))
  },

  /** Has an answer on its way that it does not wait for any more. */
  async cancels({ cache, url, say }: Task): Promise<void> {
    const pending = cache.send(url)
    pending.poll()
    say('begins')
    pending.cancel()
  },
} satisfies Record<string, (task: Task) => Promise<void>>

export type TaskName = keyof typeof tasks
