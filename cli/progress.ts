import { widthOf } from "./table";

/** Time after which a command shows that it is waiting, and between two updates. */
const INTERVAL_MS = 1_000;

/** Moves the cursor to the start of the line and erases the line. */
const ERASE_LINE = "\r\u001b[K";

/**
 * Waits for a result. If this takes longer than a second, prints on stderr what the command is
 * doing, and for how long. Prints nothing where stderr isn't a terminal, and in CI systems.
 */
export async function withProgress<T>(
  label: string | (() => string),
  work: Promise<T>,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<T> {
  const { CI, TERM } = process.env;
  if (!stream.isTTY || CI || TERM === "dumb") return work;
  const start = Date.now();
  const timer = setInterval(() => {
    const time = ` … ${renderTime(Math.round((Date.now() - start) / 1_000))}`;
    const text = typeof label === "string" ? label : label();
    // A longer line would wrap, and could not be erased.
    const space = widthOf(stream) - 1 - time.length;
    stream.write(`${ERASE_LINE}${text.slice(0, Math.max(0, space))}${time}`);
  }, INTERVAL_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (Date.now() - start >= INTERVAL_MS) stream.write(ERASE_LINE);
  }
}

function renderTime(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
