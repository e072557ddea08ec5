/** Relays diagnostics of the host's thread to the guests that subscribe; subscribes to a channel here only while a guest does. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { CHANNELS, type ChannelName } from '../../host/diagnostics.js'

/** A guest with subscribers in its thread. */
export interface Subscriber {
  tell(channel: ChannelName, message: object): void
}

interface Subscription {
  readonly thread: number
  readonly channels: ReadonlySet<ChannelName>
}

type Listener = (message: unknown) => void

export class Relay {
  readonly #subscriptions = new Map<Subscriber, Subscription>()
  readonly #listeners = new Map<ChannelName, Listener>()

  /** Sets the channels of `subscriber`, which runs in `thread`, in place of any earlier ones. */
  subscribe(subscriber: Subscriber, thread: number, channels: readonly ChannelName[]): void {
    this.#subscriptions.set(subscriber, { thread, channels: new Set(channels) })
    this.#update()
  }

  unsubscribe(subscriber: Subscriber): void {
    if (this.#subscriptions.delete(subscriber)) this.#update()
  }

  #update(): void {
    const wanted = new Set([...this.#subscriptions.values()].flatMap(({ channels }) => [...channels]))
    for (const channel of CHANNELS) {
      const listener = this.#listeners.get(channel)
      if (wanted.has(channel) && listener === undefined) this.#attach(channel)
      else if (!wanted.has(channel) && listener !== undefined) this.#detach(channel, listener)
    }
  }

  #attach(channel: ChannelName): void {
    const listener: Listener = (message) => this.#tell(channel, message as object)
    this.#listeners.set(channel, listener)
    subscribe(channel, listener)
  }

  #detach(channel: ChannelName, listener: Listener): void {
    this.#listeners.delete(channel)
    unsubscribe(channel, listener)
  }

  /** Tells one guest of each thread: all guests of a thread publish on the same channels. */
  #tell(channel: ChannelName, message: object): void {
    const told = new Set<number>()
    for (const [subscriber, { thread, channels }] of this.#subscriptions) {
      if (!channels.has(channel) || told.has(thread)) continue
      told.add(thread)
      subscriber.tell(channel, message)
    }
  }
}
