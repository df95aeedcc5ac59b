/** Permissions of build instances that the factory file and component documents add. */

import { bucketArn, parameterArn, secretArn } from "../../config/aws/arns";
import type { BucketObjects } from "../../config/aws/buckets";
import type { BuildAccess, BuildableBase, VersionedFactory } from "../../config/model";
import { ALL_LOG_BUCKETS, closedBuckets } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type {
  BuildAccess as BuildAccessProps,
  ObjectAccess,
} from "../../modules/build-environment/build-access";
import type { FactoryBuckets } from "../../modules/build-environment/build-role";

/** Returns whether the instances that build an image have permissions that others don't have. */
export function hasBuildRole({ buildAccess }: Pick<BuildableBase, "buildAccess">): boolean {
  return Object.values(buildAccess).some((granted) => granted.length > 0);
}

function objectAccess({ bucket, key, isPrefix, owner }: BucketObjects, region: string) {
  return { bucketArn: bucketArn(region, bucket), keys: isPrefix ? `${key}*` : key, owner };
}

function parameterArns(at: AccountRegion, path: string): string {
  return parameterArn(at, path.endsWith("/") ? `${path}*` : path);
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** The permissions of build instances that have all of `granted`. */
export function buildAccessProps(
  at: AccountRegion,
  ...granted: readonly BuildAccess[]
): BuildAccessProps {
  const all = <K extends keyof BuildAccess>(key: K): BuildAccess[K][number][] =>
    granted.flatMap((access) => [...access[key]] as BuildAccess[K][number][]);
  const objects = (key: "read" | "write"): ObjectAccess[] =>
    unique(all(key).map((one) => objectAccess(one, at.region)));
  const parameters = unique(all("parameters"));
  return {
    read: objects("read"),
    write: objects("write"),
    secrets: unique(all("secrets").map((secret) => secretArn(at, secret))),
    parameters: parameters.map((path) => parameterArns(at, path)),
    parameterPaths: parameters
      .filter((path) => path.endsWith("/"))
      .flatMap((path) => [parameterArn(at, path.slice(0, -1)), parameterArns(at, path)]),
    policies: unique(all("policies")),
  };
}

/** The factory's own buckets, in every account and Region. */
export function factoryBuckets(
  { region }: AccountRegion,
  factory: Pick<VersionedFactory, "state" | "evidence">,
): FactoryBuckets {
  return {
    logs: bucketArn(region, ALL_LOG_BUCKETS),
    others: closedBuckets(factory).map((bucket) => bucketArn(region, bucket)),
  };
}
