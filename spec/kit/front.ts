/** A server of this process with one client, for answers that are sent to a client. */

import { once } from 'node:events'
import {
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the client has received. */
export interface ClientAnswer {
  /** Interim heads before it, by their status. */
  readonly interim: readonly number[]
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
}

export interface Front extends AsyncDisposable {
  /** One request, to the end of its answer, unless the client leaves before. */
  get(headers?: Readonly<Record<string, string>>, leaving?: AbortSignal, method?: string): Promise<ClientAnswer>
  /** One request whose answer is not read: to be destroyed. */
  visit(): ClientRequest
}

/** Answers each request with `handle`. */
export async function startFront(
  handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<Front> {
  let failure: unknown
  const server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error: unknown) => {
      failure = error
      response.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async get(headers = {}, leaving, method = 'GET') {
      const options = { host: '127.0.0.1', port, method, headers, agent: false }
      const visit = request({ ...options, ...(leaving && { signal: leaving }) }).end()
      try {
        return await answerOf(visit)
      } catch (error) {
        throw failure ?? error
      }
    },
    visit: () =>
      request({ host: '127.0.0.1', port, agent: false })
        .on('error', () => {})
        .end(),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What becomes of a client's request, to the end of the answer. */
export async function answerOf(request: ClientRequest): Promise<ClientAnswer> {
  const interim: number[] = []
  request.on('information', ({ statusCode }) => interim.push(statusCode))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  const { statusCode: status = 0, headers, trailers } = response
  return { interim, status, headers, body, trailers }
}
