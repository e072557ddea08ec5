/** The diagnostics channels that this thread listens to, as the host is told; and what the host tells, published on them. */

import { channel } from 'node:diagnostics_channel'
import { threadId } from 'node:worker_threads'
import { CHANNELS, type ChannelName } from '../../host/diagnostics.js'
import type { ToHost } from '../line/protocol.js'

const channels = CHANNELS.map((name) => channel(name))

/** Whether anything in this thread listens. */
export function isAnybodyListening(): boolean {
  return channels.some(({ hasSubscribers }) => hasSubscribers)
}

export class Listening {
  readonly #say: (say: ToHost) => void
  /** One bit per channel, as the host was told last. */
  #told = 0

  constructor(say: (say: ToHost) => void) {
    this.#say = say
  }

  /** To be called whenever this thread turns to the host: a channel does not tell when its first subscriber comes. */
  look(): void {
    let heard = 0
    for (let at = 0; at < channels.length; at++) if (channels[at]?.hasSubscribers) heard |= 1 << at
    if (heard === this.#told) return
    this.#told = heard
    this.#say({ do: 'listen', thread: threadId, channels: CHANNELS.filter((_, at) => (heard & (1 << at)) !== 0) })
  }
}

export function publish(name: ChannelName, message: unknown): void {
  channels[CHANNELS.indexOf(name)]?.publish(message)
}
