/** What something fails with, for a spec to look at; something that does not fail is the spec's failure. */

/** As most of ours look. */
type Failure = Error & { readonly code?: string }

/** What `call` throws; `F` says what that is taken for. */
export function thrownBy<F = Failure>(call: () => unknown): F {
  try {
    call()
  } catch (failure) {
    return failure as F
  }
  throw new Error('it did not fail')
}

/** What `pending` comes to, likewise. */
export async function failureOf<F = Failure>(pending: PromiseLike<unknown>): Promise<F> {
  try {
    await pending
  } catch (failure) {
    return failure as F
  }
  throw new Error('it did not fail')
}
