import { type ArnLocation, parseBuildArn } from "../../contract/build-arn";
import {
  AMI_DIGEST,
  BUILD_DIGEST,
  BUILD_TYPE,
  builderId,
  type PackageList,
  PROVENANCE_TYPE,
  type ResourceDescriptor,
  STATEMENT_TYPE,
  type Statement,
  sha256Of,
} from "../../contract/evidence";
import type { Package } from "../../contract/packages";
import type { LockedVersion, RecorderManifest } from "../../contract/recorder";
import { required } from "../../contract/required";
import type { Ami, Build } from "./ports";

export interface RecordedAmi extends Ami {
  readonly snapshots: readonly string[];
}

export interface RecordedContainer {
  readonly uri: string;
  /** @default - Amazon ECR has no such image any more */
  readonly sha256?: string | undefined;
}

/** The object with the package list of a build. */
export interface StoredPackages {
  readonly key: string;
  readonly text: string;
}

/** Facts that a statement contains. */
export interface Facts {
  readonly home: ArnLocation;
  readonly build: Build;
  readonly amis: readonly RecordedAmi[];
  readonly containers: readonly RecordedContainer[];
  /** @default - Image Builder has no package list of the build */
  readonly packages: StoredPackages | undefined;
  readonly manifest: RecorderManifest;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Renders the package list of a build. The same packages give the same text in any order. */
export function renderPackages(build: string, packages: readonly Package[]): string {
  const sorted = packages.toSorted(
    (one, other) => compare(one.name, other.name) || compare(one.version, other.version),
  );
  const list: PackageList = { build, packages: sorted };
  return `${JSON.stringify(list, null, 1)}\n`;
}

function subjectsOf({ home, build, amis, containers }: Facts): ResourceDescriptor[] {
  return [
    {
      name: build.arn,
      digest: { [BUILD_DIGEST]: build.arn },
      ...(containers.length > 0 && {
        annotations: { containers: containers.map(({ uri }) => uri) },
      }),
    },
    ...amis.map(({ region, id, snapshots }) => ({
      name: `arn:${home.partition}:ec2:${region}::image/${id}`,
      digest: { [AMI_DIGEST]: id },
      annotations: { snapshots },
    })),
    // A subject must have a digest.
    ...containers.flatMap(({ uri, sha256 }) =>
      sha256 === undefined ? [] : [{ name: uri, digest: { sha256 } }],
    ),
  ];
}

/** Returns the resource and version in an ARN, such as `base/1.0.3` of a recipe or a component. */
function nameAndVersion(arn: string): readonly [string, string] {
  const [, name = "", version = ""] = arn.split("/");
  return [name, version];
}

/** Returns a dependency, with the digests of the version lock file if this is the version. */
function locked(
  name: string,
  uri: string,
  versions: Readonly<Record<string, LockedVersion>>,
): ResourceDescriptor {
  const [key, version] = nameAndVersion(uri);
  const entry = Object.hasOwn(versions, key) ? versions[key] : undefined;
  if (entry?.version !== version) return { name, uri };
  return { name, uri, annotations: { lockFile: entry.digests } };
}

function dependenciesOf({ home, build, manifest }: Facts): ResourceDescriptor[] {
  const own = `:${home.region}:${home.accountId}:component/`;
  // The factory creates each version once. A later build of it is of someone who deleted the first.
  const isOwn = (arn: string): boolean => arn.includes(own) && arn.endsWith("/1");
  return [
    ...(build.recipe === undefined ? [] : [locked("recipe", build.recipe, manifest.images)]),
    ...(build.parent === undefined ? [] : [parentOf(build.parent)]),
    ...build.components.map((arn) =>
      locked("component", arn, isOwn(arn) ? manifest.components : {}),
    ),
  ];
}

function parentOf(uri: string): ResourceDescriptor {
  if (parseBuildArn(uri)) return { name: "parent", uri, digest: { [BUILD_DIGEST]: uri } };
  if (uri.startsWith("ami-")) return { name: "parent", uri, digest: { [AMI_DIGEST]: uri } };
  return { name: "parent", uri };
}

function parametersOf({ pipeline, infrastructure, distribution }: Build): Record<string, string> {
  return {
    ...(pipeline !== undefined && { pipeline }),
    ...(infrastructure !== undefined && { infrastructureConfiguration: infrastructure }),
    ...(distribution !== undefined && { distributionConfiguration: distribution }),
  };
}

/** Returns the statement about a build: what was built, from what, where. */
export function statementOf(facts: Facts): Statement {
  const { home, build, packages } = facts;
  return {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(facts),
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          image: parseBuildArn(build.arn)?.image ?? build.arn,
          recipe: required(build.recipe, `the recipe of ${build.arn}`),
        },
        internalParameters: parametersOf(build),
        resolvedDependencies: dependenciesOf(facts),
      },
      runDetails: {
        builder: { id: builderId(home) },
        metadata: {
          invocationId: build.arn,
          ...(build.createdAt !== undefined && { startedOn: build.createdAt }),
        },
        byproducts: packages
          ? [
              {
                name: packages.key,
                digest: { sha256: sha256Of(packages.text) },
                mediaType: "application/json",
              },
            ]
          : [],
      },
    },
  };
}
