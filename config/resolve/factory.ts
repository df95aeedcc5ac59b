import type { Account, Factory } from "../model";
import { SHARED_ACCOUNT } from "../names";
import type { FactoryFile } from "../schema/factory-file";
import { resolveContainer } from "./container";
import { type ContainerEntry, type Files, type ImageEntry, resolveImage } from "./image";

type AccountEntry = Omit<
  FactoryFile["appAccounts"][string],
  "autoScaling" | "images" | "containers"
> & {
  readonly images: Record<string, ImageEntry>;
  readonly containers: Record<string, ContainerEntry>;
};

/** Golden images bake on Sunday night, apps' own a day later, so that they don't lag a week behind their parents. */
const DEFAULT_SCHEDULE = { golden: "cron(0 2 ? * sun *)", app: "cron(0 6 ? * mon *)" };

/** The model of a file whose schema and rules hold. */
export function resolveFactory(file: FactoryFile, files: Files): Factory {
  const { organization, state, tags, defaults, sharedAccount, appAccounts } = file;
  const golden = new Map(Object.entries(file.images));
  const goldenContainers = new Map(Object.entries(file.containers));

  const accountOf = (
    name: string,
    { id, deployRole, notify, regions, images, containers }: AccountEntry,
    schedule: string,
  ): Account => {
    const around = {
      account: name,
      regions: Object.keys(regions),
      schedule,
      defaults,
      golden,
      goldenContainers,
      files,
    };
    return {
      name,
      id,
      deployRole,
      emails: notify?.emails ?? [],
      regions: Object.entries(regions).map(([region, network]) => ({ name: region, ...network })),
      images: Object.entries(images).map(([image, entry]) => resolveImage(image, entry, around)),
      containers: Object.entries(containers).map(([container, entry]) =>
        resolveContainer(container, entry, around),
      ),
    };
  };

  const { permissionSets = [], roles = [] } = sharedAccount.keyAdministrators ?? {};
  return {
    organization,
    state,
    tags,
    protect: sharedAccount.protect,
    updater: sharedAccount.updater,
    keyAdministrators: { permissionSets, roles },
    ...(file.ci && { ci: file.ci }),
    shared: accountOf(
      SHARED_ACCOUNT,
      { ...sharedAccount, images: file.images, containers: file.containers },
      DEFAULT_SCHEDULE.golden,
    ),
    apps: Object.entries(appAccounts).map(([name, app]) => ({
      ...accountOf(name, app, DEFAULT_SCHEDULE.app),
      autoScaling: app.autoScaling,
    })),
  };
}
