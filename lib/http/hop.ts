/** Hop-by-hop fields, and `Via`, which records the hops (RFC 9110 7.6). */

import { type Fields, has, members, type ResponseHead, values, without, withoutListed } from './message.js'

const HOP_BY_HOP = ['connection', 'proxy-connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade']
const PROXY_ONLY = ['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization']

/** `fields` as an intermediary forwards them: without hop-by-hop fields and those that `Connection` lists (RFC 9110 7.6.1). */
export function withoutHopByHop(fields: Fields): Fields {
  if (!has(fields, 'connection')) return without(fields, ...HOP_BY_HOP)
  const listed = members(fields, 'connection').map((option) => option.toLowerCase())
  return withoutListed(without(fields, ...HOP_BY_HOP), listed)
}

/** A response's head as an intermediary forwards it. A status that never has a body has no `Content-Length` (RFC 9110 8.6). */
export function forwardedHead(head: ResponseHead): ResponseHead {
  const fields = withoutHopByHop(head.fields)
  const isBodiless = head.status < 200 || head.status === 204
  return { ...head, fields: isBodiless ? without(fields, 'content-length') : fields }
}

/** `fields` as a cache stores them: also without those that are meant for a proxy (RFC 9111 3.1). */
export function withoutUnstorable(fields: Fields): Fields {
  return without(withoutHopByHop(fields), ...PROXY_ONLY)
}

/** `fields` with this hop at the end of `Via` (RFC 9110 7.6.3). `protocolVersion` is that of the received message. */
export function withVia(fields: Fields, protocolVersion: string, receivedBy: string): Fields {
  return [...fields, ['via', `${protocolVersion} ${receivedBy}`]]
}

/** Whether `receivedBy` has forwarded this message before, which means that there is a loop. */
export function passedThrough(fields: Fields, receivedBy: string): boolean {
  return values(fields, 'via').some((line) =>
    line.split(',').some((hop) => hop.trim().split(/[ \t]+/)[1] === receivedBy),
  )
}
