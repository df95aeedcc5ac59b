const CONNECTION_TIMEOUT_MS = 3_000;
/** Milliseconds for an answer. Without a limit, one call could use up the time of a run. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Configuration of the AWS clients. The SDK retries throttling and server errors by itself. */
export const CLIENT_CONFIG = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  },
} as const;

// The SDK types every field of a response as optional. AWS sets those that default to "" in the
// adapters.

export async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(items(page) ?? []));
  return all;
}

export function hasName(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}
