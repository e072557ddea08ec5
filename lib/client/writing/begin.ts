/** The begin of an answer by `node:http`, whatever the program has set on it before. */

import type { ServerResponse } from 'node:http'

/** `lines` are names and values in turn, as they are to go out. What the program has set stays, where they do not name it. */
export function begin(
  response: ServerResponse,
  { status, statusText }: { readonly status: number; readonly statusText: string },
  lines: string[],
): void {
  if (response.getHeaderNames().length === 0) return void response.writeHead(status, statusText || undefined, lines)
  // Once a field was set, Node 20 keeps of repeated lines the last alone: of several `Set-Cookie`, one.
  for (let at = 0; at < lines.length; at += 2) response.removeHeader(lines[at] as string)
  for (let at = 0; at < lines.length; at += 2) response.appendHeader(lines[at] as string, lines[at + 1] as string)
  response.writeHead(status, statusText || undefined)
}
