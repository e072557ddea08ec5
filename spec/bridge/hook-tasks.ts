/** Tasks of a crew: what a member does in a hook, or in a transform, that takes time. */

import { type Cache, type HttpResponse, type Pending, TimeoutError } from '../../lib/index.js'
import { ended, stop, type Task } from './task.js'

/** A leader whose hook has begun, and needs the event loop to go on. */
function leads(cache: Cache, url: string, say: Task['say']): Pending<HttpResponse> {
  let hook: 'to come' | 'begun' = 'to come'
  const leader = cache.send(url, {
    async beforeSend() {
      hook = 'begun'
      await new Promise(setImmediate)
    },
  })
  while ((hook as string) !== 'begun') leader.poll()
  say('in the hook')
  return leader
}

function tookTooLong(wait: () => unknown): void {
  try {
    wait()
  } catch (failure) {
    if (!(failure instanceof TimeoutError)) throw failure
  }
}

export const hookTasks = {
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

  /** Leads with a hook, and sleeps until its fetch is over. */
  async 'blocks on its fetch'({ cache, url, say }: Task): Promise<void> {
    const response = cache.send(url, { beforeSend() {} }).wait()
    say({ status: response.status, text: response.text().wait() })
  },

  /** Leads, with a hook that needs the event loop, and blocks for what it is told. */
  async 'blocks beside its hook'({ cache, url, say, told }: Task): Promise<void> {
    let release = () => {}
    let hook: 'to come' | 'begun' = 'to come'
    const leader = cache.send(url, {
      beforeSend: () =>
        new Promise<void>((resolve) => {
          hook = 'begun'
          release = resolve
        }),
    })
    while ((hook as string) !== 'begun') leader.poll()
    say('in the hook')
    const response = cache.send((await told()) as string).wait()
    say({ status: response.status, text: response.text().wait() })
    release()
    say(ended(await leader))
  },

  /** Leads, with a hook that needs the event loop, and never comes to that before the spec opens the gate. */
  async 'polls beside its hook'({ cache, url, gate, say }: Task): Promise<void> {
    const leader = leads(cache, url, say)
    while (Atomics.load(gate, 0) === 0) leader.poll()
    say(ended(await leader))
  },

  /** The same with short waits in place of polls. */
  async 'waits in short beside its hook'({ cache, url, gate, say }: Task): Promise<void> {
    const leader = leads(cache, url, say)
    const elsewhere = cache.send(`${url}-never`)
    while (Atomics.load(gate, 0) === 0) tookTooLong(() => elsewhere.wait({ timeoutMs: 1 }))
    elsewhere.cancel()
    say(ended(await leader))
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
} satisfies Record<string, (task: Task) => Promise<void>>
