import { architectureIn, platformOf } from "./ancestry";
import type { Audience } from "./audience";
import { defaultInstanceType } from "./base-images";
import type { ReadDocument } from "./component-document";
import type { Baked, Channel, Component, Image, Parent, Schedule } from "./factory";
import { defaultAmiName } from "./names";
import { dataVolumes, rootVolume } from "./root-volume";
import type { FactoryFile } from "./schema";
import type { UserData } from "./user-data";

/** What lies beside a factory file, by the path that it gives. */
export interface Files {
  readonly documents: ReadonlyMap<string, ReadDocument>;
  readonly userData: ReadonlyMap<string, UserData>;
}

export type ImageEntry = FactoryFile["images"][string];

/** What an account's images have from around them. */
export interface Surroundings {
  readonly account: string;
  /** Of the account. */
  readonly regions: readonly string[];
  /** The default schedule's expression. */
  readonly schedule: string;
  readonly defaults: FactoryFile["defaults"];
  readonly golden: ReadonlyMap<string, ImageEntry>;
  readonly files: Files;
}

const parentOf = ({ golden, awsManaged, ssm, marketplace, ami, version = "x.x.x" }: ImageEntry["parent"]): Parent => {
  if (golden !== undefined) return { kind: "golden", name: golden, version };
  if (awsManaged !== undefined) return { kind: "awsManaged", name: awsManaged, version };
  if (marketplace !== undefined) return { kind: "marketplace", product: marketplace };
  if (ssm !== undefined) return { kind: "ssm", path: ssm };
  return { kind: "ami", amis: ami ?? {} };
};

const componentOf = (entry: ImageEntry["components"][number], documents: Files["documents"]): Component => {
  const { awsManaged, document: path, arn = "", version = "x.x.x", parameters = {} } = entry;
  if (awsManaged !== undefined) return { kind: "awsManaged", name: awsManaged, version, parameters };
  const read = documents.get(path ?? "");
  return read && "document" in read
    ? { kind: "document", document: read.document, parameters }
    : { kind: "arn", arn, parameters };
};

type Principals = NonNullable<ImageEntry["share"]>["channels"][string]["principals"];

const audienceOf = ({ organizationalUnits: units, accounts }: Principals): Audience => {
  if (units) return { kind: "organizationalUnits", units };
  return accounts ? { kind: "accounts", accounts } : { kind: "organization" };
};

const channelsOf = ({ share }: ImageEntry): Channel[] =>
  Object.entries(share?.channels ?? {}).map(([name, { principals, ...policy }]) => ({
    name,
    audience: audienceOf(principals),
    ...policy,
  }));

const scheduleOf = ({ schedule, parent }: ImageEntry, fallback: string): Schedule | undefined =>
  schedule?.manual
    ? undefined
    : {
        expression: schedule?.expression ?? fallback,
        timezone: schedule?.timezone ?? "Etc/UTC",
        onlyOnUpdates: schedule?.onlyOnUpdates ?? parent.golden !== undefined,
      };

/** What every image has. */
const bakedOf = (name: string, entry: ImageEntry, around: Surroundings): Omit<Baked, "platform" | "instanceTypes"> => ({
  name,
  recipe: `${around.account}/${name}`,
  description: entry.description,
  majorMinor: entry.version,
  components: entry.components.map((component) => componentOf(component, around.files.documents)),
  workingDirectory: entry.workingDirectory,
  keyPair: entry.keyPair,
  regions: entry.regions ?? around.regions,
  schedule: scheduleOf(entry, around.schedule),
  testsEnabled: entry.tests?.enabled ?? true,
  scan: entry.scan ?? false,
  channels: channelsOf(entry),
  retainBuilds: entry.retain?.builds,
});

export const imageOf = (name: string, entry: ImageEntry, around: Surroundings): Image => {
  const { defaults, golden, files } = around;
  const { device = "", ...volume } = rootVolume(entry, golden, defaults.rootVolume);
  const platform = platformOf(entry, golden) ?? "Linux";
  return {
    ...bakedOf(name, entry, around),
    platform,
    instanceTypes: entry.instanceTypes ??
      defaults.instanceTypes ?? [defaultInstanceType(platform, architectureIn(entry, golden))],
    parent: parentOf(entry.parent),
    rootVolume: { device, ...volume },
    volumes: dataVolumes(entry, golden).map(({ type = "gp3", ...rest }) => ({ ...rest, type })),
    userData: entry.userData === undefined ? undefined : files.userData.get(entry.userData)?.base64,
    removeSsmAgent: entry.removeSsmAgent ?? false,
    dedicatedHosts: entry.dedicatedHosts ?? {},
    amiName: entry.amiName ?? defaultAmiName(name),
    amiTags: entry.amiTags ?? {},
    copyToRegions: entry.outputs?.copyToRegions ?? [],
    parameter: entry.outputs?.parameter,
    launchTemplates: entry.outputs?.launchTemplates ?? {},
  };
};
