/** An image build version, as far as the decision needs to know it. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
  /** When it was made, in milliseconds. There is no other time. */
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly amis: readonly Ami[];
  /** URIs of what a container image's build pushed. Who may pull is its repository's matter. */
  readonly containers: readonly string[];
}

export interface Ami {
  readonly region: string;
  readonly id: string;
}

/** Tags on a build, by which people approve and revoke it. */
export const REVOKED = "golden-image:revoked";
export const approvedFor = (channel: string): string => `golden-image:approved-${channel}`;

export const isRevoked = ({ tags }: Build): boolean => Object.hasOwn(tags, REVOKED);

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html */
export const HIGHEST_NODE = 2 ** 30 - 1;

const ARN = /^arn:[^:]+:imagebuilder:([^:]+):(\d{12}):image\/([a-z0-9-]+)\/(\d+)\.(\d+)\.(\d+)\/(\d+)$/;

/** What a build version's ARN says; `undefined` for any other text. */
export const parseBuildArn = (arn: string) => {
  const [, region = "", accountId = "", image = "", ...nodes] = ARN.exec(arn) ?? [];
  const version = nodes.map(Number);
  return version.length === 0 || version.some((node) => node > HIGHEST_NODE)
    ? undefined
    : { region, accountId, image, version };
};

/** Where images are. */
export interface Home {
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
}

/** Whether an ARN is that of a build of an image here. */
export const isBuildOf = (image: string, { region, accountId }: Home, arn: string): boolean => {
  const build = parseBuildArn(arn);
  return build?.image === image && build.region === region && build.accountId === accountId;
};

/** Descending by major, minor, patch and build, as numbers: the message's `semver` overflows, and names don't sort. */
export const newestFirst = (one: string, other: string): number => {
  const [a, b] = [parseBuildArn(one)?.version ?? [], parseBuildArn(other)?.version ?? []];
  return a.map((part, index) => (b[index] ?? 0) - part).find((difference) => difference !== 0) ?? 0;
};
