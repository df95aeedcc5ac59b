import { parseEnvironment } from "./environment";

const { accountId } = parseEnvironment(process.env);

/** Called by SNS when a build ends, by a schedule, and by hand. For now it only says that it was. */
export const handler = async (event: { readonly Records?: readonly unknown[] }): Promise<void> => {
  console.log(JSON.stringify({ message: "share updater called", accountId, records: event.Records?.length ?? 0 }));
};
