/** Starts the worker threads of a probe, and receives their messages. */

import { once } from 'node:events'
import { type TransferListItem, Worker } from 'node:worker_threads'

/** Starts a thread that runs the module `name` of this folder. */
export function startThread(name: string, workerData: unknown, transferList: TransferListItem[] = []): Worker {
  return new Worker(new URL(`${name}.js`, import.meta.url), { workerData, transferList })
}

/** The next message of a thread. Rejects with the error if the thread dies of one. */
export async function nextMessage<T>(thread: Worker): Promise<T> {
  const [message] = (await once(thread, 'message')) as [T]
  return message
}
