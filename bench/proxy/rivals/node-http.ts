/** `node:http` and nothing else: what the proxy is measured by. */

import { answering } from '../answer.js'

answering().listen(Number(process.argv[2]), '127.0.0.1')
