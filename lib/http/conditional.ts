/** Validators, and whether a client already has the stored response (RFC 9110 8.8.3, 13.1, RFC 9111 4.3.2). */

import { parseHttpDate } from './dates.js'
import { type Fields, first, has, type RequestHead, type ResponseHead, values } from './message.js'
import type { Policy } from './policy.js'

/** Whether two entity tags match: weakly by the opaque part alone, strongly only if neither is weak (RFC 9110 8.8.3.2). */
export function sameTag(a: string, b: string, comparison: 'weak' | 'strong'): boolean {
  if (comparison === 'strong') return a === b && !a.startsWith('W/')
  return opaque(a) === opaque(b)
}

/**
 * Whether the preconditions of a `GET` or `HEAD` say that the stored response need not be sent again. `If-None-Match` decides
 * alone where it is present; `If-Modified-Since` is compared with `Last-Modified`, else `Date`, else `receivedWallMs`.
 */
export function isNotModified(request: RequestHead, stored: Fields, policy: Policy, receivedWallMs?: number): boolean {
  if (has(request.fields, 'if-none-match')) return matchesNone(request.fields, stored, policy) === 'some-match'
  const [since, ...more] = values(request.fields, 'if-modified-since')
  if (since === undefined || more.length > 0) return false
  const sinceMs = parseHttpDate(since)
  const modifiedMs = date(stored, 'last-modified') ?? date(stored, 'date') ?? receivedWallMs
  return sinceMs !== undefined && modifiedMs !== undefined && modifiedMs <= sinceMs
}

/** The `If-Range` condition: true only for a strong validator that is exactly the stored one (RFC 9110 13.1.5). */
export function rangeCondition(request: RequestHead, stored: Fields): 'absent' | 'true' | 'false' {
  const validator = first(request.fields, 'if-range')
  if (validator === undefined) return 'absent'
  const isTag = validator.endsWith('"')
  return (isTag ? sameTag(validator, first(stored, 'etag') ?? '', 'strong') : isStrongDate(validator, stored))
    ? 'true'
    : 'false'
}

/** Whether the response can be validated: it has an `ETag` or a `Last-Modified`. */
export function hasValidator({ fields }: ResponseHead): boolean {
  return has(fields, 'etag') || has(fields, 'last-modified')
}

/** `Last-Modified` in milliseconds, if it is a strong validator: `Date` is at least a second later (RFC 9110 8.8.2.2). */
export function strongDate(stored: Fields): number | undefined {
  const modifiedMs = date(stored, 'last-modified')
  const dateMs = date(stored, 'date')
  const strong = modifiedMs !== undefined && dateMs !== undefined && dateMs - modifiedMs >= 1000
  return strong ? modifiedMs : undefined
}

/** Whether the newer head has the stored `Last-Modified`, and that is a strong validator. */
export function sameStrongDate(newer: Fields, stored: Fields): boolean {
  return isStrongDate(first(newer, 'last-modified') ?? '', stored)
}

function isStrongDate(validator: string, stored: Fields): boolean {
  const modifiedMs = strongDate(stored)
  return modifiedMs !== undefined && parseHttpDate(validator) === modifiedMs
}

const TAGS = /(?:W\/)?"[^"]*"/g

function matchesNone(request: Fields, stored: Fields, policy: Policy): 'some-match' | 'none-match' {
  const lines = values(request, 'if-none-match')
  const tag = first(stored, 'etag')
  if (lines.some((line) => line.trim() === '*')) return 'some-match'
  if (tag === undefined) return 'none-match'
  const some =
    policy.entityTags === 'exact'
      ? lines.some((line) => line.split(',').includes(tag))
      : lines.some((line) => (line.match(TAGS) ?? []).some((member) => sameTag(member, tag, 'weak')))
  return some ? 'some-match' : 'none-match'
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

function date(fields: Fields, name: string): number | undefined {
  return parseHttpDate(first(fields, name) ?? '')
}
