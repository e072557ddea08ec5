/** The base URL of an origin: scheme, host and port, and optionally a path that goes before the path of each request. */

export interface BaseUrl {
  readonly origin: string
  /** Without a slash at its end; empty for none. */
  readonly path: string
}

/** `undefined` unless `given` is an http or https URL without credentials, query and fragment. */
export function baseUrl(given: string | URL): BaseUrl | undefined {
  // Not `instanceof URL`: the URL may be of another realm.
  const text: unknown = typeof given === 'string' ? given : Object(given).href
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  if (url.username || url.password || url.search || url.hash) return undefined
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') }
}
