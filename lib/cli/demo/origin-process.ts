/** The tour's origin: serves files of this package, as its control requests say. Runs as a process; exports nothing. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../base/clock.js'
import { projectFile } from '../kit/project.js'
import { Count, Latch } from './latch.js'
import { CONTROL, type Publication } from './publication.js'

/** How one path is answered, and how often it was asked for. */
class PathState {
  publication: Publication | undefined
  gate: Latch | undefined
  readonly arrivals = new Count()
  readonly hangUps = new Count()
}

const states = new Map<string, PathState>()
const requests = new Count()

function stateOf(path: string): PathState {
  const state = states.get(path) ?? new PathState()
  states.set(path, state)
  return state
}

async function serve(path: string, response: ServerResponse): Promise<void> {
  const state = stateOf(path)
  response.on('close', () => {
    if (!response.writableFinished) state.hangUps.add()
  })
  requests.add()
  state.arrivals.add()
  await state.gate?.opened
  // Read when the gate has opened: a scene may publish something else while the request waits.
  const { publication } = state
  if (publication === undefined) return void response.writeHead(404).end()
  const { file, status = 200, headers = {}, delayMs, fault } = publication
  if (delayMs !== undefined) await new Promise<void>((resolve) => systemClock.setTimer(delayMs, resolve))
  if (fault === 'hang up') return void response.destroy()
  const content = status === 200 ? await projectFile(file) : Buffer.alloc(0)
  response.writeHead(status, { 'content-length': content.byteLength, ...headers }).end(content)
}

type Operation = (state: PathState, request: IncomingMessage, count: number) => unknown

const operations: Readonly<Record<string, Operation>> = {
  'PUT pages': async (state, request) => {
    state.publication = JSON.parse(await text(request)) as Publication
  },
  'PUT gates': (state) => {
    state.gate = new Latch()
  },
  'DELETE gates': (state) => state.gate?.open(),
  'GET requests': () => requests.value,
  'GET arrivals': (state, _request, count) => state.arrivals.reached(count),
  'GET hang-ups': (state, _request, count) => state.hangUps.reached(count),
}

async function control(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [subject = '', ...path] = url.pathname.slice(CONTROL.length).split('/')
  const operation = operations[`${request.method} ${subject}`]
  if (operation === undefined) return void response.writeHead(404).end('no such operation')
  const result = await operation(stateOf(`/${path.join('/')}`), request, Number(url.searchParams.get('count')))
  response.end(String(result ?? ''))
}

async function text(request: IncomingMessage): Promise<string> {
  let whole = ''
  for await (const chunk of request.setEncoding('utf8')) whole += chunk
  return whole
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://origin')
  try {
    await (url.pathname.startsWith(CONTROL) ? control(url, request, response) : serve(url.pathname, response))
  } catch (failure) {
    if (!response.headersSent) response.writeHead(500)
    response.end(String(failure))
  }
})

// The process that started this one is gone.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of a terminal, but the process that started this one decides when it ends.
process.on('SIGINT', () => {})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
