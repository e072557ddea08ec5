/** The entry file of a host's thread. Runs as a worker, exports nothing. */

import { workerData } from 'node:worker_threads'
import { InvalidArgumentError } from '../base/errors.js'
import type { HostWorkerData } from './host-thread.js'
import { runHost } from './run-host.js'

const { options, life, standings } = (workerData ?? {}) as Partial<HostWorkerData>
if (options === undefined || life === undefined || standings === undefined)
  throw new InvalidArgumentError('this file is where the thread of a host begins, which startHost starts')
runHost(options, { life, standings })
