/** The versions of components, recipes, workflows and images that exist in a factory's accounts. */
import {
  ImagebuilderClient,
  paginateListComponents,
  paginateListContainerRecipes,
  paginateListImageRecipes,
  paginateListImages,
  paginateListWorkflows,
} from "@aws-sdk/client-imagebuilder";
import { type Account, accountsOf, type Factory } from "../../config/model";
import { ConfigError } from "../../config/problems";
import type { LockFile } from "../../config/versions/lock-file";
import { compareVersions } from "../../config/versions/version";
import { type Credentials, openAccount, type Session } from "../account-credentials";
import type { Profiles } from "../profiles";

/** The highest version of a name in AWS. */
export interface FoundVersion {
  readonly section: keyof LockFile;
  /** Name in the version lock file. */
  readonly name: string;
  readonly version: string;
  /** Name of the account that has the version. */
  readonly account: string;
  readonly region: string;
}

/** Limits a session of the deploy role to the lists that are read. */
const ONLY_LISTS: Session = {
  name: "golden-image-factory-versions",
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "imagebuilder:List*", Resource: "*" }],
  }),
};

/** More than usual, because a throttled list makes the command fail as a whole. */
const MAX_ATTEMPTS = 10;

/**
 * Returns the highest version that AWS has of each name in `names`, in any account and Region of
 * the factory.
 *
 * Throws a `ConfigError` that lists each account that can't be read.
 */
export async function versionsInAws(
  factory: Factory,
  names: LockFile,
  profiles: Profiles,
): Promise<FoundVersion[]> {
  const highest = new Map<string, FoundVersion>();
  const failures: string[] = [];
  for (const account of accountsOf(factory)) {
    const found = await readAccount(account, profiles.get(account.name));
    failures.push(...found.failures);
    for (const one of found.versions) {
      const key = `${one.section} ${one.name}`;
      const known = highest.get(key);
      if (!Object.hasOwn(names[one.section], one.name)) continue;
      if (!known || compareVersions(one.version, known.version) > 0) highest.set(key, one);
    }
  }
  if (failures.length > 0)
    throw new ConfigError(
      `AWS can't be read completely, so nothing was written:\n${failures.map((line) => `  ${line}`).join("\n")}`,
    );
  return [...highest.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, v]) => v);
}

interface AccountVersions {
  readonly versions: readonly FoundVersion[];
  readonly failures: readonly string[];
}

/** Reads all Regions of an account. */
async function readAccount(
  account: Account,
  profile: string | undefined,
): Promise<AccountVersions> {
  const label = `${account.name} (${account.id})`;
  let credentials: Credentials;
  try {
    ({ credentials } = await openAccount(account, profile, ONLY_LISTS));
  } catch (error) {
    return { versions: [], failures: [`${label}: ${describe(error)}`] };
  }
  const results = await Promise.allSettled(
    account.regions.map(({ name }) => readRegion(account, name, credentials)),
  );
  return {
    versions: results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])),
    failures: results.flatMap((result, index) =>
      result.status === "fulfilled"
        ? []
        : [`${label} in ${account.regions[index]?.name}: ${describe(result.reason)}`],
    ),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ConfigError ? error.message : `${error.name}: ${error.message}`;
}

/**
 * Reads a Region of an account. Names aren't filtered in the requests: Image Builder takes names
 * that differ only in case, spaces or underscores for the same name, and a filter wouldn't find
 * them.
 */
async function readRegion(
  { name: account }: Account,
  region: string,
  credentials: Credentials,
): Promise<FoundVersion[]> {
  const client = new ImagebuilderClient({ region, maxAttempts: MAX_ATTEMPTS, ...credentials });
  const arns = await listArns(client);
  return arns.flatMap((arn) => {
    const found = parseArn(arn, account);
    return found ? { ...found, account, region } : [];
  });
}

/** Lists the ARNs of everything in a Region that has a version. */
async function listArns(client: ImagebuilderClient): Promise<string[]> {
  const arns: (string | undefined)[] = [];
  const add = (items: readonly { readonly arn?: string | undefined }[] = []): void =>
    void arns.push(...items.map(({ arn }) => arn));
  const pages = { client };
  // A paginator writes its token into the input, so that each needs another object.
  const own = (): { owner: "Self" } => ({ owner: "Self" });
  for await (const page of paginateListComponents(pages, own())) add(page.componentVersionList);
  for await (const page of paginateListImageRecipes(pages, own())) add(page.imageRecipeSummaryList);
  for await (const page of paginateListContainerRecipes(pages, own()))
    add(page.containerRecipeSummaryList);
  for await (const page of paginateListWorkflows(pages, own())) add(page.workflowVersionList);
  // Images outlive their recipes, and `x.x.x` resolves to the highest of them.
  for await (const page of paginateListImages(pages, { ...own(), includeDeprecated: true }))
    add(page.imageVersionList);
  return arns.flatMap((arn) => arn ?? []);
}

const ARN =
  /:(component|image-recipe|container-recipe|image|workflow\/([a-z]+))\/([a-z0-9_-]+)\/(\d+)\.(\d+)\.(\d+)(\/\d+)?$/;

/** Returns the name in the version lock file, and the version, of a resource of an account. */
function parseArn(
  arn: string,
  account: string,
): Pick<FoundVersion, "section" | "name" | "version"> | undefined {
  const [, kind, type, resource = "", ...nodes] = ARN.exec(arn) ?? [];
  if (kind === undefined) return undefined;
  // A date such as 2021.01.01 has leading zeros.
  const version = nodes.slice(0, 3).map(Number).join(".");
  if (kind === "component") return { section: "components", name: resource, version };
  if (type === undefined) return { section: "recipes", name: `${account}/${resource}`, version };
  // Workflows are called IMAGE--DOCUMENT. The name of an image has no two hyphens in a row.
  const [, document] = resource.split(/--(.*)/s);
  return document ? { section: "workflows", name: `${type}:${document}`, version } : undefined;
}
