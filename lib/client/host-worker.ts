/** Where a host's thread begins. Runs as a worker, exports nothing. */

import { workerData } from 'node:worker_threads'
import type { HostWorkerData } from './host-thread.js'
import { runHost } from './run-host.js'

const { options, ...shown } = workerData as HostWorkerData
runHost(options, shown)
