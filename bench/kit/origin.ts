/** An origin in a process of its own, which answers as the path of each request says, and counts its requests. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const FRESH = { 'cache-control': 'max-age=3600', 'content-type': 'application/octet-stream' }
const UNSTORED = { ...FRESH, 'cache-control': 'no-store' }
const small = Buffer.alloc(1024, 'a')
let asked = 0

/** `/1024` gets 1,024 bytes at once, `/1024/200` after 200 ms, `/1024/never` no answer, `/1024/0/no-store` one with `no-store`. */
const server = createServer((request, response) => {
  asked++
  const [, bytes = '0', delay = '0', store] = (request.url ?? '').split('?', 1)[0]?.split('/') ?? []
  if (delay === 'never') return
  const body = Number(bytes) === small.byteLength ? small : Buffer.alloc(Number(bytes), 'a')
  const answer = () =>
    response.writeHead(200, { ...(store ? UNSTORED : FRESH), 'content-length': body.byteLength }).end(body)
  if (delay === '0') answer()
  else setTimeout(answer, Number(delay))
})

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => process.send?.(asked))
process.on('disconnect', () => process.exit(0))
