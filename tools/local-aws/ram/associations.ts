import { type Organization, standsFor } from "../organization";
import type { Caller } from "../protocol/emulator";
import type { Share, ShareDelays } from "./shares";

export interface Association {
  readonly share: Share;
  readonly type: "PRINCIPAL" | "RESOURCE";
  readonly entity: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  status: string;
  /** When `status` changes to `nextStatus`, in milliseconds. */
  until: number;
  nextStatus: string;
}

/** The principals and resources of shares. Associating and disassociating them takes time. */
export class Associations {
  private all: Association[] = [];
  private failuresLeft = 0;

  constructor(
    private readonly organization: Organization,
    private readonly delays: ShareDelays,
    private readonly now: () => number,
  ) {}

  /** Makes the next associations of resources end as FAILED. */
  failNext(times: number): void {
    this.failuresLeft = times;
  }

  /** The associations of active shares, and for some time those that have ended. */
  current(): readonly Association[] {
    const now = this.now();
    for (const one of this.all) {
      if (one.until <= now) one.status = one.nextStatus;
    }
    this.all = this.all.filter(
      ({ status, until, share }) =>
        share.status === "ACTIVE" &&
        (status !== "DISASSOCIATED" || now < until + this.delays.linger),
    );
    return this.all;
  }

  add(share: Share, type: Association["type"], entity: string): Association {
    const fails = type === "RESOURCE" && this.failuresLeft > 0;
    if (fails) this.failuresLeft -= 1;
    const association: Association = {
      share,
      type,
      entity,
      createdAt: this.now(),
      status: "ASSOCIATING",
      until: this.now() + this.delays.association,
      nextStatus: fails ? "FAILED" : "ASSOCIATED",
    };
    // Assumed: an entity that is already associated starts again as ASSOCIATING.
    this.all = this.all.filter((one) => one.share !== share || one.entity !== entity);
    this.all.push(association);
    return association;
  }

  remove(association: Association): void {
    Object.assign(association, {
      status: "DISASSOCIATING",
      until: this.now() + this.delays.association,
      nextStatus: "DISASSOCIATED",
    });
  }

  /** The ARNs of the resources that other accounts share with the caller's account. */
  sharedWith({ account, region }: Caller): ReadonlySet<string> {
    const associated = this.current().filter(
      ({ status, share }) => status === "ASSOCIATED" && share.region === region,
    );
    const shares = new Set(
      associated
        .filter(
          ({ type, entity }) =>
            type === "PRINCIPAL" && standsFor(this.organization, entity, account),
        )
        .map(({ share }) => share),
    );
    return new Set(
      associated
        .filter(({ type, share }) => type === "RESOURCE" && shares.has(share))
        .map(({ entity }) => entity),
    );
  }

  isShared(arn: string): boolean {
    return this.current().some(
      ({ entity, status }) => entity === arn && status !== "DISASSOCIATED" && status !== "FAILED",
    );
  }
}

/** An association as RAM describes it, with times in seconds. */
export function describeAssociation({
  share,
  type,
  entity,
  createdAt,
  status,
}: Association): object {
  return {
    resourceShareArn: share.arn,
    resourceShareName: share.name,
    associatedEntity: entity,
    associationType: type,
    status,
    creationTime: createdAt / 1_000,
    external: false,
  };
}
