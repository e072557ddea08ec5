/** Every story, with the host in a thread of its own and the requests in this one, because they have hooks. */

import { tellAll } from './tell.js'

await tellAll('guest')
