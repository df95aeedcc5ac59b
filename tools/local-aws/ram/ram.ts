/**
 * Emulates AWS Resource Access Manager (RAM): shares with their principals and resources, whose
 * associations take time. "Assumed" marks behaviour that no AWS document describes.
 */

import type { Organization } from "../organization";
import type { Caller, Handlers } from "../protocol/emulator";
import { associationHandlers } from "./association-operations";
import { Associations } from "./associations";
import { shareHandlers } from "./share-operations";
import { type ShareDelays, Shares } from "./shares";

export interface RamPeers {
  readonly organization: Organization;
  readonly buildExists: (arn: string) => boolean;
  /** Whether a recipe of another account names a build. */
  readonly isParentOfOthers: (arn: string) => boolean;
}

export class Ram {
  readonly handlers: Handlers;
  private readonly associations: Associations;
  private readonly buildsInUse = new Set<string>();

  constructor(
    { organization, buildExists, isParentOfOthers }: RamPeers,
    delays: ShareDelays,
    now: () => number,
  ) {
    const shares = new Shares(delays, now);
    this.associations = new Associations(organization, delays, now);
    this.handlers = {
      ...shareHandlers(shares),
      ...associationHandlers({
        shares,
        associations: this.associations,
        organization,
        buildExists,
        hasConsumers: (arn) => this.buildsInUse.has(arn) || isParentOfOthers(arn),
      }),
    };
  }

  /** Makes the next associations of resources end as FAILED. */
  failNext(times: number): void {
    this.associations.failNext(times);
  }

  /** While a build is in use, RAM rejects its disassociation, as if a consumer depended on it. */
  setInUse(arn: string, isInUse: boolean): void {
    if (isInUse) this.buildsInUse.add(arn);
    else this.buildsInUse.delete(arn);
  }

  /** The ARNs of the resources that other accounts share with the caller's account. */
  sharedWith(caller: Caller): ReadonlySet<string> {
    return this.associations.sharedWith(caller);
  }

  isShared(arn: string): boolean {
    return this.associations.isShared(arn);
  }
}
