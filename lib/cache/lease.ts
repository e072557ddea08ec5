/** A lease: how long the obligations of one owner last while the owner does not show that it goes on. */

export class Lease {
  /**
   * Whether the lease has run out for an obligation while another lookup waited, and the owner has not gone on since. Whatever the
   * owner is to lead then lapses at once: else each of its waiting lookups in turn would hold up the others for a whole lease.
   */
  hasLapsed = false

  constructor(readonly ms: number) {}
}

export const FOR_EVER = new Lease(Number.POSITIVE_INFINITY)
