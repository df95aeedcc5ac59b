import type { Service } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";

/** S3 for reading. `objects` returns the text of each object by its key. */
export function s3(objects: () => ReadonlyMap<string, string>): Service {
  const read = ({ key }: Input) => {
    const text = objects().get(String(key));
    if (text === undefined) throw new Fault("NoSuchKey", "The specified key does not exist.", 404);
    return { text };
  };
  return {
    name: "s3",
    read: (method, url) => {
      const [, , ...key] = new URL(url, "http://localhost").pathname.split("/");
      return {
        operation: method === "HEAD" ? "HeadObject" : "GetObject",
        input: { key: key.join("/") },
      };
    },
    handlers: { GetObject: read, HeadObject: read },
    contentType: "application/json",
    write: (_operation, output) => (output as { text: string }).text,
    writeFault: ({ name, message }) =>
      `<Error><Code>${name}</Code><Message>${message}</Message></Error>`,
  };
}
