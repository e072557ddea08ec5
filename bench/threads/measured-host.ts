/** The thread of a host that reports its memory: it answers each message on `memoryPort` with the bytes it uses. */

import { type MessagePort, workerData } from 'node:worker_threads'
import type { HostWorkerData } from '../../lib/client/host-thread.js'
import { runHost } from '../../lib/client/run-host.js'
import { usedHere } from './memory.js'

const { options, memoryPort, ...shared } = workerData as HostWorkerData & { readonly memoryPort: MessagePort }
memoryPort.on('message', () => memoryPort.postMessage(usedHere()))
runHost(options, shared)
