/** The instances of the example's app accounts: each runs a build that its account gets, or got. */
import { DAY_MS } from "../contract/time";
import { at, NOW } from "./example-data";
import { grantsOf } from "./page/access";
import type {
  CatalogueAccount,
  CatalogueBuild,
  CatalogueFleet,
  CatalogueImage,
  CatalogueRunning,
} from "./schema";

const REGION = "eu-west-1";

/** A golden image that an account gets, and the builds of it that are shared with the account. */
interface GrantedImage {
  readonly image: CatalogueImage;
  readonly shared: readonly string[];
}

/** @param rows - golden images that the instances of each account run, if it gets so many */
export function fleetOf(
  apps: readonly CatalogueAccount[],
  images: readonly CatalogueImage[],
  rows: number,
  random: () => number,
): CatalogueFleet {
  const names = apps.flatMap(({ name }) => name ?? []);
  // AWS denies access to one account, and another one isn't looked at.
  const denied = names.slice(-2, -1);
  const hidden = names.slice(-1);
  const looked = apps.slice(0, -2);
  return {
    running: looked.flatMap((account, index) => [
      ...runningGolden(account, index, grantedTo(account, images), rows, random),
      ...(index % 3 === 1 ? [runningOther(account, random)] : []),
    ]),
    notLookedAt: hidden,
    notes: names.slice(0, 1).map((account) => ({
      account,
      region: "us-east-1",
      message: "the Region has no instances",
    })),
    problems: denied.map((account) => ({
      account,
      message: "AccessDenied: not authorized to perform sts:AssumeRole on the role of the fleet",
    })),
  };
}

function grantedTo(account: CatalogueAccount, images: readonly CatalogueImage[]): GrantedImage[] {
  return images.flatMap((image) => {
    const shared = grantsOf(image, { id: account.id, kind: "account", account })
      .filter(({ channel }) => channel.region === REGION)
      .flatMap(({ channel }) => channel.shared);
    return image.kind === "image" && shared.length > 0 ? [{ image, shared }] : [];
  });
}

/** Instances that don't run a golden build. */
function runningOther({ id: account }: CatalogueAccount, random: () => number): CatalogueRunning {
  const instances = 1 + Math.floor(random() * 5);
  return { account, region: REGION, state: "unknown", instances };
}

function runningGolden(
  { id: account }: CatalogueAccount,
  index: number,
  granted: readonly GrantedImage[],
  rows: number,
  random: () => number,
): CatalogueRunning[] {
  return Array.from({ length: Math.min(rows, granted.length) }, (_, row) => {
    const found = granted[(index * 3 + row) % granted.length];
    const usable = found ? usableBuilds(found) : [];
    const current = usable.filter(({ revoked }) => revoked === undefined);
    // One account in 40 still runs a revoked build.
    const revokedBuild = index % 40 === 2 ? usable.find(({ revoked }) => revoked) : undefined;
    const build = revokedBuild ?? current[(index + row) % 3 === 0 ? 0 : row % current.length];
    if (!found || !build) return undefined;
    return {
      account,
      region: REGION,
      image: found.image.name,
      build: build.build,
      ...stateOf(build, current),
      instances: 3 + Math.floor(random() * 60),
    };
  }).filter((one) => one !== undefined);
}

/** The builds that an account gets, and the revoked ones, which it may have got. */
function usableBuilds({ image, shared }: GrantedImage): CatalogueBuild[] {
  return image.builds.filter(
    ({ region, revoked, build }) =>
      region === REGION && (revoked !== undefined || shared.includes(build)),
  );
}

function stateOf(
  { createdAt = "", revoked }: CatalogueBuild,
  current: readonly CatalogueBuild[],
): Pick<CatalogueRunning, "state" | "behindBuilds" | "behindDays" | "revoked"> {
  if (revoked !== undefined) return { state: "revoked", revoked };
  const newer = current.filter((one) => (one.createdAt ?? "") > createdAt);
  if (newer.length === 0) return { state: "current" };
  const first = newer.at(-1)?.createdAt ?? at(NOW);
  return {
    state: "behind",
    behindBuilds: newer.length,
    behindDays: Math.floor((NOW - Date.parse(first)) / DAY_MS),
  };
}
