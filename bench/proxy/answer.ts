/** What everybody in this question answers: a target is the number of bytes it wants. */

import { createServer, type Server, type ServerResponse } from 'node:http'

const KINDS = 8
const bodies = new Map<number, Buffer>()

/** The same bytes for the same size, wherever they are made. */
export function bodyOf(size: number): Buffer {
  let body = bodies.get(size)
  if (body === undefined) {
    body = Buffer.alloc(
      size,
      Uint8Array.from({ length: 251 * KINDS }, (_, at) => 33 + ((at * 7) % 90)),
    )
    bodies.set(size, body)
  }
  return body
}

/** `/1024` and the like; 0 where it is no number. */
export function sizeOf(target: string): number {
  return Number(target.slice(1)) || 0
}

export function fieldsOf(size: number): string[] {
  return ['content-type', 'text/plain', 'cache-control', 'max-age=86400', 'content-length', String(size)]
}

/** How a program without a cache answers, from memory, in as few steps as `node:http` has. */
export function answer(target: string, response: ServerResponse): void {
  const body = bodyOf(sizeOf(target))
  response.writeHead(200, fieldsOf(body.byteLength))
  response.end(body)
}

/** The bare server: a rival in a process of its own, and the origin of those that are caches. */
export function answering(onRequest: () => void = () => {}): Server {
  return createServer((request, response) => {
    onRequest()
    answer(request.url ?? '', response)
  })
}
