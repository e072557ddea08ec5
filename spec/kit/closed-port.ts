/** A port on which nothing listens, nor will. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** Its base URL. This process holds it as the near end of a connection. */
export async function closedPort(): Promise<string> {
  const far = createServer((socket) => socket.unref())
  far.listen(0, '127.0.0.1').unref()
  await once(far, 'listening')
  const near = connect((far.address() as AddressInfo).port, '127.0.0.1').unref()
  await once(near, 'connect')
  return `http://127.0.0.1:${near.localPort}`
}
