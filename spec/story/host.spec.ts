/** Every story, with the host in a thread of its own, where the requests run too. */

import { tellAll } from './tell.js'

await tellAll('host')
