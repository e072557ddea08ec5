/** `node:http` and nothing else: the rival that the targets of the proxy refer to. */

import { createBareServer } from '../answer.js'

createBareServer().listen(Number(process.argv[2]), '127.0.0.1')
