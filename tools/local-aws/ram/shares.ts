import type { Caller } from "../protocol/emulator";
import { Fault } from "../protocol/rest-json";

export interface Share {
  readonly arn: string;
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly allowExternalPrincipals: boolean;
  readonly permissionArns: readonly string[];
  readonly createdAt: number;
  tags: Map<string, string>;
  status: string;
  /** In milliseconds. @default - it isn't deleted */
  deletedAt?: number;
}

export interface ShareDelays {
  /** How long an association, or the deletion of a share, takes, in milliseconds. */
  readonly association: number;
  /** How long lists contain deleted shares and associations, in milliseconds. */
  readonly linger: number;
}

export class Shares {
  private readonly all: Share[] = [];

  constructor(
    private readonly delays: ShareDelays,
    private readonly now: () => number,
  ) {}

  create(
    settings: Pick<Share, "name" | "allowExternalPrincipals" | "permissionArns" | "tags">,
    { account, region }: Caller,
  ): Share {
    const id = (this.all.length + 1).toString(16).padStart(12, "0");
    const share: Share = {
      arn: `arn:aws:ram:${region}:${account}:resource-share/00000000-0000-0000-0000-${id}`,
      owner: account,
      region,
      createdAt: this.now(),
      status: "ACTIVE",
      ...settings,
    };
    this.all.push(share);
    return share;
  }

  delete(share: Share): void {
    Object.assign(share, { status: "DELETING", deletedAt: this.now() });
  }

  /** An active share of the caller's account. Throws a {@link Fault} if it doesn't exist. */
  findOwned(arn: unknown, { account }: Caller): Share {
    const share = this.all.find(
      (one) => one.arn === arn && one.owner === account && one.status === "ACTIVE",
    );
    if (!share)
      throw new Fault("UnknownResourceException", `ResourceShare ${arn} could not be found.`);
    return share;
  }

  /**
   * The shares of the caller's account and Region that lists contain. After the deletion of a share
   * "the status remains visible for a short period".
   */
  listed({ account, region }: Caller): Share[] {
    const { association, linger } = this.delays;
    const now = this.now();
    for (const share of this.all) {
      if (share.status === "DELETING" && now >= (share.deletedAt ?? 0) + association)
        share.status = "DELETED";
    }
    return this.all.filter(
      (share) =>
        share.owner === account &&
        share.region === region &&
        now < (share.deletedAt ?? Number.POSITIVE_INFINITY) + linger,
    );
  }
}
