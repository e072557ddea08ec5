/** What an origin that negotiates would choose, where a request leaves no doubt (RFC 9110 12.5.4). */

import { members, type RequestHead, type ResponseHead, values } from './message.js'
import type { Policy } from './policy.js'
import { preferredOnly, type VaryRule, variantOf } from './vary.js'

const NEGOTIATED = 'accept-language'

/**
 * The variant that all requests share for which `head`, chosen for `request`, is the choice; `undefined` if there is no
 * telling.
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

/** The variant that a response in the one language which `request` likes best has by `chosenVariant`. */
export function preferredVariant(rule: VaryRule, request: RequestHead, policy: Policy): string | undefined {
  if (policy.varyNormalization !== 'by-selection' || !rule.includes(NEGOTIATED)) return undefined
  const language = preferredOnly(values(request.fields, NEGOTIATED).join(', '))
  return language === undefined || language === '*' ? undefined : variantIn(rule, request, language, policy)
}

function variantIn(rule: VaryRule, request: RequestHead, language: string, policy: Policy): string {
  const others = rule.filter((name) => name !== NEGOTIATED)
  return JSON.stringify([language.toLowerCase(), variantOf(others, request, policy)])
}
