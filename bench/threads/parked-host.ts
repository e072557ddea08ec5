/** A host's thread that can be asked what memory it uses. */

import { type MessagePort, workerData } from 'node:worker_threads'
import type { HostWorkerData } from '../../lib/client/host-thread.js'
import { runHost } from '../../lib/client/run-host.js'
import { usedHere } from './memory.js'

const { options, scales, ...shown } = workerData as HostWorkerData & { readonly scales: MessagePort }
scales.on('message', () => scales.postMessage(usedHere()))
runHost(options, shown)
