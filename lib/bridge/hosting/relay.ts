/** What the diagnostics channels of the host's thread say, passed on to guests that listen; without any, nobody does. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { CHANNELS, type ChannelName } from '../../host/diagnostics.js'

/** A guest, as far as it listens. */
export interface Ear {
  tell(channel: ChannelName, message: object): void
}

interface Attention {
  readonly thread: number
  readonly channels: ReadonlySet<ChannelName>
}

type Listener = (message: unknown) => void

export class Relay {
  readonly #ears = new Map<Ear, Attention>()
  readonly #subscribed = new Map<ChannelName, Listener>()

  /** From now on `ear`, in `thread`, hears of these channels, and of no others. */
  listen(ear: Ear, thread: number, channels: readonly ChannelName[]): void {
    this.#ears.set(ear, { thread, channels: new Set(channels) })
    this.#tune()
  }

  forget(ear: Ear): void {
    if (this.#ears.delete(ear)) this.#tune()
  }

  #tune(): void {
    const wanted = new Set([...this.#ears.values()].flatMap(({ channels }) => [...channels]))
    for (const channel of CHANNELS) {
      const listener = this.#subscribed.get(channel)
      if (wanted.has(channel) && listener === undefined) this.#subscribe(channel)
      else if (!wanted.has(channel) && listener !== undefined) this.#unsubscribe(channel, listener)
    }
  }

  #subscribe(channel: ChannelName): void {
    const listener: Listener = (message) => this.#tell(channel, message as object)
    this.#subscribed.set(channel, listener)
    subscribe(channel, listener)
  }

  #unsubscribe(channel: ChannelName, listener: Listener): void {
    this.#subscribed.delete(channel)
    unsubscribe(channel, listener)
  }

  /** Once per thread: all its guests publish on the same channels. */
  #tell(channel: ChannelName, message: object): void {
    const told = new Set<number>()
    for (const [ear, { thread, channels }] of this.#ears) {
      if (!channels.has(channel) || told.has(thread)) continue
      told.add(thread)
      ear.tell(channel, message)
    }
  }
}
