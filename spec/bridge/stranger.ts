/** A process of its own, a child or a cluster's worker, that tries the ticket it is sent and tells what came of it. */

import type { Ticket } from '../../lib/bridge/ticket.js'
import { connect } from '../../lib/index.js'

process.once('message', (ticket: unknown) => {
  try {
    connect(ticket as Ticket)
    process.send?.({ name: 'none', message: 'it could connect' })
  } catch (error) {
    const { name, message } = error as Error
    process.send?.({ name, message })
  }
  process.disconnect()
})
process.send?.('listening')
