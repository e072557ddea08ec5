/** Where an origin is, as somebody configures it: scheme, host and port, and perhaps a path to put before each request's own. */

export interface BaseUrl {
  readonly origin: string
  /** Without a slash at its end; empty for none. */
  readonly path: string
}

/** `undefined` for what is no http or https URL, or says more than that: credentials, a query, a fragment. */
export function baseUrl(given: string | URL): BaseUrl | undefined {
  // Of whichever realm: programs run in several.
  const text: unknown = typeof given === 'string' ? given : Object(given).href
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  if (url.username || url.password || url.search || url.hash) return undefined
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') }
}
