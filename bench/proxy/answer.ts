/** The answer that all servers of this question give: the request target is the number of bytes of the body. */

import { createServer, type Server, type ServerResponse } from 'node:http'

/** The body repeats a pattern of this length. */
const PATTERN_BYTES = 2008
const bodies = new Map<number, Buffer>()

/** The body of `size` bytes. Every process makes the same bytes. */
export function bodyOf(size: number): Buffer {
  let body = bodies.get(size)
  if (body === undefined) {
    body = Buffer.alloc(
      size,
      Uint8Array.from({ length: PATTERN_BYTES }, (_, at) => 33 + ((at * 7) % 90)),
    )
    bodies.set(size, body)
  }
  return body
}

/** The size that a target such as `/1024` asks for; 0 if it is no number. */
export function sizeOf(target: string): number {
  return Number(target.slice(1)) || 0
}

export function fieldsOf(size: number): string[] {
  return ['content-type', 'text/plain', 'cache-control', 'max-age=86400', 'content-length', String(size)]
}

/** Answers from memory, in as few steps as `node:http` allows. */
export function answer(target: string, response: ServerResponse): void {
  const body = bodyOf(sizeOf(target))
  response.writeHead(200, fieldsOf(body.byteLength))
  response.end(body)
}

/** The bare `node:http` server: a rival in a process of its own, and the origin of the rivals that are caches. */
export function createBareServer(onRequest: () => void = () => {}): Server {
  return createServer((request, response) => {
    onRequest()
    answer(request.url ?? '', response)
  })
}
