import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { VersionedFactory } from "../../config/factory";
import { issueVersions } from "../../config/issue-versions";
import { EMPTY_LEDGER, ledgerFile, renderLedger } from "../../config/ledger";
import { loadFactory, readFactory } from "../../config/load";

// biome-ignore lint/suspicious/noExplicitAny: a factory file as a test bends it, wrong types included
export type Raw = any;

/** A component document that takes an optional LogLevel and a required Path. */
export const DOCUMENT = `name: agent
description: An agent
schemaVersion: 1.0
parameters:
  - LogLevel:
      type: string
      default: INFO
  - Path:
      type: string
phases:
  - name: build
    steps:
      - name: Install
        action: ExecuteBash
        inputs:
          commands:
            - "echo {{ LogLevel }} {{ Path }}"
`;

/** A workflow document that tells the factory's topic, and uses what only a role of one's own may use. */
export const WORKFLOW = `name: gate
description: A gate
schemaVersion: 1.0
parameters:
  - { name: topicArn, type: string }
  - { name: Machine, type: string, default: "arn:aws:states:eu-west-1:111111111111:stateMachine:check" }
steps:
  - name: Launch
    action: LaunchInstance
    inputs: { waitFor: ssmAgent }
  - name: Harden
    action: RunCommand
    inputs: { instanceId.$: $.stepOutputs.Launch.instanceId, documentName: Harden }
  - name: Check
    action: ExecuteStateMachine
    inputs: { stateMachineArn.$: $.parameters.Machine }
  - name: Approve
    action: WaitForAction
    inputs: { snsTopicArn.$: $.parameters.topicArn, lambdaFunctionName: tell }
`;

/** A container on a registry's image, or on a golden one. */
export const aContainer = (parent: Raw = { registry: "public.ecr.aws/amazonlinux/amazonlinux:2023" }): Raw => ({
  parent,
  version: "1.0",
  components: [{ awsManaged: "amazon-corretto-21-headless" }],
});

/** A small factory that is right: two golden images, one the parent of the other, and an app. */
export const aFactory = (): Raw => ({
  organization: { id: "o-abcdefghij", managementAccountId: "999999999999" },
  state: { backend: "s3", bucket: "acme-tfstate-{account}", region: "eu-west-1" },
  sharedAccount: { id: "111111111111", regions: { "eu-west-1": {} } },
  images: {
    base: {
      platform: "Linux",
      parent: { awsManaged: "amazon-linux-2023-x86" },
      version: "1.0",
      components: [{ awsManaged: "update-linux" }, { document: "agent.yaml", parameters: { Path: "/opt" } }],
      share: { channels: { stable: { principals: { organization: true } } } },
    },
    web: { platform: "Linux", parent: { golden: "base" }, version: "1.0", components: [{ awsManaged: "nginx-linux" }] },
  },
  appAccounts: {
    payments: {
      id: "222222222222",
      regions: { "eu-west-1": {} },
      images: {
        "payments-web": {
          platform: "Linux",
          parent: { golden: "base" },
          version: "1.0",
          components: [{ awsManaged: "tomcat" }],
        },
      },
    },
  },
});

/** A factory file with what lies beside it. */
export interface Folder {
  readonly file: Raw | string;
  /** By path relative to the file. */
  readonly documents?: Record<string, string> | undefined;
}

/** What `npm run versions` does. A file that is wrong gets no ledger, and is refused before one is read. */
const issueLedger = (path: string): void => {
  try {
    const { ledger } = issueVersions(EMPTY_LEDGER, readFactory(path));
    writeFileSync(ledgerFile(path), renderLedger(ledger));
  } catch (error) {
    if ((error as Error).name !== "ConfigError") throw error;
  }
};

/** Runs `use` on the path of a factory file in a folder of its own, with a ledger where the file is right. */
export const withFolder = <T>(
  { file, documents = { "agent.yaml": DOCUMENT, "gate.yaml": WORKFLOW } }: Folder,
  use: (path: string) => T,
): T => {
  const folder = mkdtempSync(join(tmpdir(), "factory-"));
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  try {
    write("factory.yaml", typeof file === "string" ? file : stringify(file));
    for (const [name, content] of Object.entries(documents)) write(name, content);
    issueLedger(join(folder, "factory.yaml"));
    return use(join(folder, "factory.yaml"));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Loads {@link aFactory} as `bend` leaves it. */
export const load = (bend: (file: Raw) => unknown = () => undefined, documents?: Record<string, string>): VersionedFactory => {
  const file = aFactory();
  bend(file);
  return withFolder({ file, documents }, loadFactory);
};

/** The lines of the refusal of {@link aFactory} as `bend` leaves it, without the first. */
export const refusal = (bend: (file: Raw) => unknown, documents?: Record<string, string>): string[] => {
  try {
    load(bend, documents);
  } catch (error) {
    return (error as Error).message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
};
