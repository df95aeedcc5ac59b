/** Finds out which organizational units (OUs) contain an account. */
import {
  OrganizationsClient,
  type Parent,
  paginateListParents,
} from "@aws-sdk/client-organizations";
import type { Principal } from "../contract/manifest";
import { collect } from "../lambda/common/client";
import { SYSTEM_TIME } from "../lambda/common/system-time";
import { describeKnownError } from "./report";

/** Where an account is: its OUs, the innermost first, or outside of the organization. */
export type Membership = readonly string[] | "outside";

/** Lists the parents of an account or OU, with all pages of ListParents. */
type AskParents = (child: string) => Promise<readonly Parent[]>;

/**
 * Returns where an account is. AWS answers only the management account and delegated
 * administrators.
 *
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
 */
export async function membershipOf(account: string, parentsOf: AskParents): Promise<Membership> {
  const units: string[] = [];
  let child = account;
  while (true) {
    const [parent] = await parentsOf(child).catch(outside);
    if (parent?.Type === undefined) return "outside";
    if (parent.Type !== "ORGANIZATIONAL_UNIT" || parent.Id === undefined) return units;
    units.push(parent.Id);
    child = parent.Id;
  }
}

function outside(error: unknown): readonly Parent[] {
  if (isOutside(error)) return [];
  throw error;
}

/** Returns whether an error means that the organization doesn't contain the account. */
function isOutside(error: unknown): boolean {
  return (error as Error).name === "ChildNotFoundException";
}

/** Number of times that a throttled question is asked, after pauses of 1, 2, 4 … seconds. */
const MAX_TRIES = 6;

/**
 * Where accounts are, as far as the current credentials may know it. Asks one question at a time,
 * and each only once, because accounts have OUs in common. Asks nothing more after an error.
 */
export class Organization {
  private failure: Error | undefined;
  private readonly answers = new Map<string, ReturnType<AskParents>>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ask: AskParents,
    private readonly sleep = SYSTEM_TIME.sleep,
  ) {}

  /** Why AWS Organizations doesn't answer. @default - it does, or it wasn't asked */
  get problem(): string | undefined {
    return this.failure && `${this.failure.name}: ${this.failure.message}`;
  }

  /** Returns where an account is; `undefined` if AWS Organizations doesn't answer. */
  async membershipOf(account: string): Promise<Membership | undefined> {
    try {
      return await membershipOf(account, (child) => this.parentsOf(child));
    } catch (error) {
      if (describeKnownError(error) === undefined && (error as Error).name !== "TimeoutError")
        throw error;
      return undefined;
    }
  }

  private parentsOf(child: string): ReturnType<AskParents> {
    const known = this.answers.get(child);
    if (known) return known;
    const answer = this.last.then(() => this.askPatiently(child));
    this.answers.set(child, answer);
    this.last = answer.catch(() => undefined);
    return answer;
  }

  private async askPatiently(child: string): ReturnType<AskParents> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.failure) throw this.failure;
      try {
        return await this.ask(child);
      } catch (error) {
        if ((error as Error).name !== "TooManyRequestsException" || attempt === MAX_TRIES) {
          if (!isOutside(error)) this.failure = error as Error;
          throw error;
        }
        await this.sleep(2 ** (attempt - 1) * 1_000);
      }
    }
  }
}

/** Asks AWS Organizations with the current credentials. */
export function currentOrganization(region: string): Organization {
  const client = new OrganizationsClient({
    region,
    maxAttempts: 2,
    // Networks without access to the internet have no endpoint of AWS Organizations.
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    },
  });
  return new Organization((ChildId) =>
    collect(paginateListParents({ client }, { ChildId }), (page) => page.Parents),
  );
}

/**
 * Returns whether a principal is the account or contains it, or the condition if only AWS
 * Organizations knows.
 */
export function isMember(
  principal: Principal,
  account: string,
  known: Membership | undefined,
): string | boolean {
  const id = principal.replace(/.*\//, "");
  if (principal.includes(":organization/"))
    return known === undefined
      ? `if the account is in the organization ${id}`
      : known !== "outside";
  if (principal.includes(":ou/"))
    return known === undefined
      ? `if the account is in ${id} or an OU below`
      : known !== "outside" && known.includes(id);
  return principal === account;
}
