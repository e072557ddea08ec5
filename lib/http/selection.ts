/** Which language an origin that negotiates would choose, if a request leaves no doubt (RFC 9110 12.5.4). */

import { members, type RequestHead, type ResponseHead, values } from './message.js'
import type { Policy } from './policy.js'
import { preferredOnly, type VaryRule, variantOf } from './vary.js'

const NEGOTIATED = 'accept-language'

/**
 * The variant, by selection, of the response `head`, which the origin chose for `request`: all requests belong to it that like the
 * response's language best and agree in the other fields. `undefined` if the policy does not select, the rule does not name
 * `Accept-Language`, or the language is not known.
 */
export function chosenVariant(
  rule: VaryRule,
  request: RequestHead,
  head: ResponseHead,
  policy: Policy,
): string | undefined {
  if (policy.varyNormalization !== 'by-selection' || !rule.includes(NEGOTIATED)) return undefined
  const [language, ...more] = members(head.fields, 'content-language')
  return language === undefined || more.length > 0 ? undefined : variantIn(rule, request, language, policy)
}

/** The variant, by selection, to which `request` belongs. `undefined` as in `chosenVariant`, or if no language is preferred. */
export function preferredVariant(rule: VaryRule, request: RequestHead, policy: Policy): string | undefined {
  if (policy.varyNormalization !== 'by-selection' || !rule.includes(NEGOTIATED)) return undefined
  const language = preferredOnly(values(request.fields, NEGOTIATED).join(', '))
  return language === undefined || language === '*' ? undefined : variantIn(rule, request, language, policy)
}

function variantIn(rule: VaryRule, request: RequestHead, language: string, policy: Policy): string {
  const others = rule.filter((name) => name !== NEGOTIATED)
  return JSON.stringify([language.toLowerCase(), variantOf(others, request, policy)])
}
