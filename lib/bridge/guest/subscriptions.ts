/** Tells the host which diagnostics channels have subscribers in this thread, and publishes here what the host sends for them. */

import { channel } from 'node:diagnostics_channel'
import { threadId } from 'node:worker_threads'
import { CHANNELS, type ChannelName } from '../../host/diagnostics.js'
import type { ToHost } from '../line/protocol.js'

const channels = CHANNELS.map((name) => channel(name))

/** Whether any of the channels has a subscriber in this thread. */
export function hasSubscribers(): boolean {
  return channels.some(({ hasSubscribers }) => hasSubscribers)
}

export class Subscriptions {
  readonly #say: (say: ToHost) => void
  /** What the host was told last: one bit per channel. */
  #sent = 0

  constructor(say: (say: ToHost) => void) {
    this.#say = say
  }

  /** Called before host calls that can publish: `diagnostics_channel` has no event for a new subscriber. */
  update(): void {
    let wanted = 0
    for (let at = 0; at < channels.length; at++) if (channels[at]?.hasSubscribers) wanted |= 1 << at
    if (wanted === this.#sent) return
    this.#sent = wanted
    this.#say({ do: 'subscribe', thread: threadId, channels: CHANNELS.filter((_, at) => (wanted & (1 << at)) !== 0) })
  }
}

export function publish(name: ChannelName, message: unknown): void {
  channels[CHANNELS.indexOf(name)]?.publish(message)
}
