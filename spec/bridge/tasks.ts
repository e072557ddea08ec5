/** What the members of a crew can be set to do. Each says what it has come to. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import type { HttpResponse } from '../../lib/index.js'
import { driverTasks, polled } from './driver-tasks.js'
import { hookTasks } from './hook-tasks.js'
import { ended, stop, type Task, tellFailure } from './task.js'

export const tasks = {
  ...driverTasks,
  ...hookTasks,

  /** Waits for more of a body than comes, blocked. */
  async 'reads on, blocked'({ cache, url, say }: Task): Promise<void> {
    const response = cache.send(url).wait()
    await tellFailure(say, () => response.bytes().wait())
  },

  /** Waits for more of a body than comes, on the event loop. */
  async 'reads on'({ cache, url, say }: Task): Promise<void> {
    const response = await cache.send(url)
    await tellFailure(say, async () => {
      for await (const _ of response);
    })
  },

  /** Waits for an answer by `fetch`. */
  async fetches({ cache, url, say }: Task): Promise<void> {
    await tellFailure(say, () => cache.fetch(url))
  },

  /** Reads on from a `Response` of the platform. */
  async 'reads a fetched body'({ cache, url, say }: Task): Promise<void> {
    const response = await cache.fetch(url)
    await tellFailure(say, () => response.text())
  },

  /** Has a worker of its own join, and passes on what that worker tells. */
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
