import type { Command } from "commander";
import { addCommand } from "../command";
import { PROFILES, READ_TARGET } from "../deployed/options";

/** Adds the command that shows images to other people. */
export function addCatalogueCommands(program: Command): void {
  program.commandsGroup("Show images to others (needs credentials of the shared account):");

  addCommand(program, {
    name: "catalogue",
    summary: "write a page with all images, builds, findings and audiences",
    details:
      "Writes index.html, which loads nothing else, and catalogue.json with the same content. The exit code is 1 if something couldn't be read; the page then lists what.",
    args: {},
    options: {
      out: {
        value: "DIR",
        description: "folder to write: new, empty, or with a catalogue",
      },
      serve: { description: "show the page on this machine only, until you press Ctrl-C" },
      port: { value: "PORT", description: "port of --serve, 0 for any (default: 8321)" },
      fleet: { description: "look at the instances of app accounts, as the command fleet does" },
      profiles: PROFILES,
      demo: { description: "show a factory that doesn't exist, without AWS" },
      ...READ_TARGET,
    },
    example: "catalogue --out catalogue",
    run: async (values) => {
      const { assertOptions, catalogue } = await import("./catalogue");
      await assertOptions(values);
      return catalogue(await readContent(values), values);
    },
  });
}

async function readContent({
  demo,
  fleet,
  profiles,
  ...target
}: {
  readonly demo: boolean;
  readonly fleet: boolean;
  readonly profiles: string | undefined;
  readonly config: string | undefined;
  readonly profile: string | undefined;
  readonly region: readonly string[];
}) {
  if (demo) return (await import("../../catalogue/example")).exampleCatalogue();
  const { openToRead } = await import("../deployed/regions");
  const { keysFilePath, readTrustedKeys } = await import("../../config/trusted-keys");
  const { factoryFile } = await import("../environment");
  const contexts = await openToRead(target);
  const keys = readTrustedKeys(keysFilePath(factoryFile(target.config)));
  const { selectFleet } = await import("./fleet");
  const query = fleet ? selectFleet(contexts, profiles) : undefined;
  return (await import("./gather")).gatherCatalogue(contexts, keys, query);
}
