/** The registries that Image Builder can pull a container's parent from. */

const DOCKER_HUB = "docker.io";

/**
 * Hosts of Docker Hub, Amazon ECR Public and Amazon ECR, with their FIPS and dual-stack endpoints
 * in every partition, as of 2026-11-28: https://docs.aws.amazon.com/general/latest/gr/ecr.html and
 * https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-endpoints.html
 */
const SUPPORTED: readonly RegExp[] = [
  /^(index\.|registry-1\.)?docker\.io$/,
  /^public\.ecr\.aws$/,
  /^ecr-public\.aws\.com$/,
  /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z]+(-[a-z]+)+-\d\.(amazonaws\.(com|com\.cn|eu)|on\.aws|on\.amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov)$/,
];

/**
 * Returns the host of the registry in an image's URI. As in Docker, the part before the first slash
 * is a host only if it contains a dot or a port, or is `localhost`; all other images are in Docker
 * Hub.
 */
export function registryOf(uri: string): string {
  const [, first = ""] = /^([^/@]+)\//.exec(uri) ?? [];
  return /[.:]/.test(first) || first === "localhost" ? first : DOCKER_HUB;
}

/**
 * Returns whether Image Builder can pull from a registry.
 *
 * Assumed: it can't pull from others. No page of AWS lists the registries; users report it:
 * https://github.com/aws-games/cloud-game-development-toolkit/issues/558
 */
export function isSupportedRegistry(host: string): boolean {
  return SUPPORTED.some((pattern) => pattern.test(host));
}
