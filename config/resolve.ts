import { architectureIn, platformOf } from "./ancestry";
import type { Audience } from "./audience";
import { defaultInstanceType } from "./base-images";
import type { ReadDocument } from "./component-document";
import type { Account, Channel, Component, Factory, Image, Parent, Schedule } from "./factory";
import { defaultAmiName, SHARED_ACCOUNT } from "./names";
import { dataVolumes, rootVolume } from "./root-volume";
import type { FactoryFile } from "./schema";
import type { UserData } from "./user-data";

/** What lies beside a factory file, by the path that it gives. */
export interface Files {
  readonly documents: ReadonlyMap<string, ReadDocument>;
  readonly userData: ReadonlyMap<string, UserData>;
}

type ImageEntry = FactoryFile["images"][string];
type AccountEntry = Omit<FactoryFile["appAccounts"][string], "images" | "autoScaling">;

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

/** Golden images bake on Sunday night, apps' own a day later, so that they don't lag a week behind their parents. */
const DEFAULT_SCHEDULE = { golden: "cron(0 2 ? * sun *)", app: "cron(0 6 ? * mon *)" };

/** The model of a file whose schema and rules hold. */
export const resolve = (file: FactoryFile, { documents, userData }: Files): Factory => {
  const { organization, state, tags, defaults, sharedAccount, appAccounts } = file;

  const golden = new Map(Object.entries(file.images));

  const imageOf = (account: string, name: string, entry: ImageEntry, regions: string[], schedule: string): Image => {
    const { device = "", ...volume } = rootVolume(entry, golden, defaults.rootVolume);
    const platform = platformOf(entry, golden) ?? "Linux";
    return {
      name,
      recipe: `${account}/${name}`,
      description: entry.description,
      platform,
      parent: parentOf(entry.parent),
      majorMinor: entry.version,
      components: entry.components.map((component) => componentOf(component, documents)),
      workingDirectory: entry.workingDirectory,
      rootVolume: { device, ...volume },
      volumes: dataVolumes(entry, golden).map(({ type = "gp3", ...rest }) => ({ ...rest, type })),
      userData: entry.userData === undefined ? undefined : userData.get(entry.userData)?.base64,
      removeSsmAgent: entry.removeSsmAgent ?? false,
      keyPair: entry.keyPair,
      instanceTypes: entry.instanceTypes ??
        defaults.instanceTypes ?? [defaultInstanceType(platform, architectureIn(entry, golden))],
      dedicatedHosts: entry.dedicatedHosts ?? {},
      amiName: entry.amiName ?? defaultAmiName(name),
      amiTags: entry.amiTags ?? {},
      regions: entry.regions ?? regions,
      copyToRegions: entry.outputs?.copyToRegions ?? [],
      parameter: entry.outputs?.parameter,
      launchTemplates: entry.outputs?.launchTemplates ?? {},
      schedule: scheduleOf(entry, schedule),
      testsEnabled: entry.tests?.enabled ?? true,
      scan: entry.scan ?? false,
      channels: channelsOf(entry),
      retainBuilds: entry.retain?.builds,
    };
  };

  const accountOf = (
    name: string,
    { id, deployRole, notify, regions }: AccountEntry,
    images: Record<string, ImageEntry>,
    schedule: string,
  ): Account => ({
    name,
    id,
    deployRole,
    emails: notify?.emails ?? [],
    regions: Object.entries(regions).map(([region, network]) => ({ name: region, ...network })),
    images: Object.entries(images).map(([image, entry]) => imageOf(name, image, entry, Object.keys(regions), schedule)),
  });

  const { permissionSets = [], roles = [] } = sharedAccount.keyAdministrators ?? {};
  return {
    organization,
    state,
    tags,
    protect: sharedAccount.protect,
    updater: sharedAccount.updater,
    keyAdministrators: { permissionSets, roles },
    ...(file.ci && { ci: file.ci }),
    shared: accountOf(SHARED_ACCOUNT, sharedAccount, file.images, DEFAULT_SCHEDULE.golden),
    apps: Object.entries(appAccounts).map(([name, app]) => ({
      ...accountOf(name, app, app.images, DEFAULT_SCHEDULE.app),
      autoScaling: app.autoScaling,
    })),
  };
};
