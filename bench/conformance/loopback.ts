/** Preloaded into the suite's server, which can be told a port but no address: it listens on this machine alone. */

import { Server } from 'node:net'

type Listen = (this: Server, port: number, host: string) => Server

const listen = Server.prototype.listen as Listen
Server.prototype.listen = function onLoopback(this: Server, port: unknown) {
  return listen.call(this, Number(port), '127.0.0.1')
}
