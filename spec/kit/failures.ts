/** The error with which a call or a promise fails; a call or promise that does not fail, fails its spec. */

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

/** The failure of `pending`, likewise. */
export async function failureOf<F = Failure>(pending: PromiseLike<unknown>): Promise<F> {
  try {
    await pending
  } catch (failure) {
    return failure as F
  }
  throw new Error('it did not fail')
}
