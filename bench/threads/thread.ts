/** A thread of a measurement: told its errand at birth, heard through messages. */

import { once } from 'node:events'
import { type TransferListItem, Worker } from 'node:worker_threads'

/** Starts the module beside this one that is called `name`. */
export function startThread(name: string, workerData: unknown, transferList: TransferListItem[] = []): Worker {
  return new Worker(new URL(`${name}.js`, import.meta.url), { workerData, transferList })
}

/** The next thing a thread says. Fails with what it dies of. */
export async function heard<T>(thread: Worker): Promise<T> {
  const [word] = (await once(thread, 'message')) as [T]
  return word
}
