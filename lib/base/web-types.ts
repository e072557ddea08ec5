/** Names for types of the platform that not every type library has. */

export type HeadersInput = ConstructorParameters<typeof Headers>[0]
export type ResponseBodyInput = ConstructorParameters<typeof Response>[0]

/** `RequestInit.cache` of the Fetch standard. */
export type RequestCacheMode = 'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached'

/** `RequestInit.priority` of the Fetch standard. */
export type RequestPriority = 'high' | 'low' | 'auto'

/** Any implementation of the web's `fetch`. */
export type Fetch = typeof globalThis.fetch
