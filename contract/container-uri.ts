/** A container image in Amazon ECR. */
export interface ContainerUri {
  /** Account of the registry. */
  readonly accountId: string;
  readonly region: string;
  /** Name of the repository. */
  readonly repository: string;
  /** @default - the URI names none */
  readonly tag?: string | undefined;
}

/**
 * Parses the URI of a container image; returns `undefined` for registries other than Amazon ECR.
 */
export function parseContainerUri(uri: string): ContainerUri | undefined {
  const [, accountId, region, repository, tag] =
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+\/([^:@]+)(?::([\w.-]+))?/.exec(
      uri,
    ) ?? [];
  if (accountId === undefined || region === undefined || repository === undefined) return undefined;
  return { accountId, region, repository, tag };
}
