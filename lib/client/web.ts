/** Our response as one of the platform. */

import { toHeaders } from '../http/headers.js'
import type { ResponseHead } from '../http/message.js'
import type { HttpResponse } from './response.js'

/** Statuses whose responses have no body, and for which the platform's constructor takes none. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

export interface WebOptions {
  /** The body to give out, if it is not the response's own bytes. */
  readonly body?: ReadableStream<Uint8Array>
  readonly url?: string
  readonly redirected?: boolean
}

export function toWebResponse(response: HttpResponse, head: ResponseHead, options: WebOptions = {}): Response {
  const { status, statusText, fields } = head
  const body = WITHOUT_BODY.has(status) ? null : (options.body ?? byteStream(response))
  if (body === null) response.cancel()
  const web = new Response(body, { status, statusText, headers: toHeaders(fields) })
  Object.defineProperty(web, 'url', { value: options.url ?? response.url })
  if (options.redirected) Object.defineProperty(web, 'redirected', { value: true })
  return web
}

/** Pulled one chunk at a time, so that a slow consumer holds nothing back but itself. */
export function byteStream(response: HttpResponse): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const chunk = await response.read()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: () => response.cancel(),
    },
    { highWaterMark: 0 },
  )
}
