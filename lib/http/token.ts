/** Tokens: the syntax of field names and methods (RFC 9110 5.6.2). */

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Whether `text` can be the name of a field, or a method. */
export function isToken(text: unknown): text is string {
  return typeof text === 'string' && TOKEN.test(text)
}
