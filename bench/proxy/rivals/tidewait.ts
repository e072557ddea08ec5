/** The proxy, with its cache in the same thread, as `tidewait serve --quiet` runs them. */

import { openCache } from '../../../lib/index.js'
import { createProxy } from '../../../lib/proxy/index.js'

const [, , port, originPort] = process.argv
await createProxy(openCache(), { origin: `http://127.0.0.1:${originPort}` }).listen({ port: Number(port) })
