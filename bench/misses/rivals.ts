/** The rivals by name, each with a `fetch`. A process loads only the rival that it measures. */

/** One way to fetch a URL of the bench origin (`kit/origin.ts`). */
export interface Fetcher {
  readonly fetch: (url: string) => Promise<Pick<Response, 'arrayBuffer'>>
  /** The rest of the path in the URL, after the number of bytes. */
  readonly path: string
  close(): void | Promise<void>
}

export const rivals: Readonly<Record<string, () => Promise<Fetcher>>> = {
  'tidewait-fetch': () => ours(''),
  'tidewait-fetch-no-store': () => ours('/0/no-store'),
  'undici-cache-fetch': async () => {
    const { Agent, cacheStores, fetch, interceptors } = await import('undici')
    const dispatcher = new Agent().compose(interceptors.cache({ store: new cacheStores.MemoryCacheStore() }))
    return { fetch: (url) => fetch(url, { dispatcher }), path: '', close: () => dispatcher.close() }
  },
  fetch: async () => ({ fetch, path: '', close() {} }),
  ky: async () => {
    const { default: ky } = await import('ky')
    return { fetch: ky, path: '', close() {} }
  },
}

async function ours(path: string): Promise<Fetcher> {
  const { openCache } = await import('../../lib/index.js')
  const cache = openCache()
  return { fetch: cache.fetch, path, close: () => cache.close() }
}
