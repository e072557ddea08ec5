/** Every story, with the host in this thread. */

import { tellAll } from './tell.js'

await tellAll('here')
