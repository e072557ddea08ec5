/** Preloaded into the suite's server, which has no option for its address: makes it listen on loopback alone. */

import { Server } from 'node:net'

type Listen = (this: Server, port: number, host: string) => Server

const listen = Server.prototype.listen as Listen
Server.prototype.listen = function onLoopback(this: Server, port: unknown) {
  return listen.call(this, Number(port), '127.0.0.1')
}
