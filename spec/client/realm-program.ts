/** Loads the library in a realm of its own, as test runners do that isolate their files, and says what became of each errand. */

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import vm from 'node:vm'
import type { Cache } from '../../lib/index.js'

type Library = typeof import('../../lib/index.js')

const INDEX = new URL('../../lib/index.js', import.meta.url).href

/** The language is the realm's own; what the platform adds is the program's. */
function newRealm(): vm.Context {
  const own = new Set<string>(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)'))
  const platform = Object.getOwnPropertyNames(globalThis).filter((name) => !own.has(name))
  return vm.createContext(Object.fromEntries(platform.map((name) => [name, Reflect.get(globalThis, name)])))
}

async function load(): Promise<Library> {
  const context = newRealm()
  const modules = new Map<string, Promise<vm.Module>>()
  const ours = async (url: string): Promise<vm.Module> =>
    new vm.SourceTextModule(await readFile(new URL(url), 'utf8'), {
      context,
      identifier: url,
      initializeImportMeta: (meta: { url?: string }) => {
        meta.url = url
      },
    })
  const theirs = async (name: string): Promise<vm.Module> => {
    const exported: Record<string, unknown> = await import(name)
    const names = Object.keys(exported)
    return new vm.SyntheticModule(
      names,
      function fill(this: vm.SyntheticModule) {
        for (const each of names) this.setExport(each, exported[each])
      },
      { context },
    )
  }
  const link = (name: string, from: string): Promise<vm.Module> => {
    const id = name.startsWith('.') ? new URL(name, from).href : name
    const found = modules.get(id) ?? (name.startsWith('.') ? ours(id) : theirs(name))
    modules.set(id, found)
    return found
  }
  const index = await ours(INDEX)
  await index.link((name, from) => link(name, from.identifier))
  await index.evaluate()
  return index.namespace as Library
}

/** Gives back what is posted, and a page otherwise. */
async function open(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === 'POST') request.pipe(response)
    else response.setHeader('cache-control', 'max-age=60').end('a page')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function closed(): Promise<string> {
  const server = await open()
  const url = urlOf(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}

async function* inChunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

type Errand = (cache: Cache, url: string, library: Library) => Promise<unknown>

function codeOf(pending: PromiseLike<unknown>): PromiseLike<unknown> {
  return pending.then(undefined, (error: { code?: string }) => error.code)
}

/** What the program or the platform gives to the realm is of another one, to which none of its classes apply. */
const errands: Readonly<Record<string, Errand>> = {
  refused: async (cache) => codeOf(cache.send(await closed())),
  aborted: async (cache, url) => codeOf(cache.send(url, { signal: AbortSignal.abort() })),
  'lost by a fetch of the program': async (_, url, { openCache }) =>
    codeOf(openCache({ fetch: () => Promise.reject(new TypeError('fetch failed')) }).send(url)),
  text: async (cache, url) => (await cache.send(url, { method: 'POST', body: 'said' })).text(),
  bytes: async (cache, url) => (await cache.send(url, { method: 'POST', body: Buffer.from('said') })).text(),
  stream: async (cache, url) => (await cache.send(url, { method: 'POST', body: inChunks('sa', 'id') })).text(),
  key: async (cache, url) => {
    const cacheKey = new Uint8Array(32)
    await cache.send(url, { cacheKey })
    return (await cache.send(url, { cacheKey })).hits
  },
  transform: async (cache, url) => {
    const response = await cache.send(`${url}transformed`, {
      afterSend: (candidate) => {
        candidate.bodyTransform = () => inChunks('an', 'other')
      },
    })
    return response.text()
  },
  'its own hook': async (cache, url) => {
    const own = `${url}own`
    const beforeSend = async () => {
      await null
      await cache.send(own)
    }
    return codeOf(cache.send(own, { beforeSend }))
  },
}

const server = await open()
const library = await load()
const { connect, openCache, startHost } = library
const host = await startHost()
const ticket = host.ticket()
const caches = { here: openCache(), 'host thread': connect(structuredClone(ticket, { transfer: [ticket.port] })) }
for (const [placement, cache] of Object.entries(caches)) {
  for (const [name, errand] of Object.entries(errands)) {
    const outcome = await errand(cache, urlOf(server), library).catch(String)
    console.log(`${placement}: ${name}: ${outcome}`)
  }
  await cache.close()
}
await host.close()
server.close()
