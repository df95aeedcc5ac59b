/** Helpers for the proofs about keys. */
import type { Context, IamPrincipal, Principal } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import {
  EMPTY_POLICY,
  isInAudience,
  type PolicyFixture,
  principal,
  type TestAccount,
} from "../../policy-fixture";
import { CRYPTO_ACTIONS, FIND_ACTIONS, MANAGE_ACTIONS, sorted } from "../support";

/** A Region without a key. */
export const OTHER_REGION = "sa-east-1";

/** An account that isn't one of the factory's. */
export const OTHER_ACCOUNT = "888888888888";

/** Lists the actions that a principal may perform on a key. */
export type KeyActions = (by: Principal, context?: Context) => string[];

export function actionsOn(fixture: PolicyFixture, key: Resource): KeyActions {
  const arn = fixture.stacks.arnOf(key);
  return (by, context = {}) => fixture.allowed("kms", by, arn, key.account, context);
}

/** Whether any of the actions encrypts or decrypts. */
export function encrypts(actions: readonly string[]): boolean {
  return actions.some((action) => CRYPTO_ACTIONS.includes(action));
}

export function roleWithoutPolicies(account: string): IamPrincipal {
  return principal({ account, units: [] }, `arn:aws:iam::${account}:role/none`, EMPTY_POLICY);
}

/** An account in its relation to an image key. */
export interface KeyUser {
  readonly account: TestAccount;
  /** Whether the account is in an audience of the key's images. */
  readonly isMember: boolean;
  /** Whether the key is in this account. */
  readonly isOwner: boolean;
}

export function usersOf(fixture: PolicyFixture, key: Resource): KeyUser[] {
  const audiences = fixture.audiencesOf(key);
  const { id } = fixture.factory.organization;
  return fixture.accounts.map((account) => ({
    account,
    isMember: audiences.some((audience) => isInAudience(audience, account, id)),
    isOwner: account.account === key.account,
  }));
}

/** The actions on an image key that administrators of an account may perform in any context. */
export function administratorActions({ isMember, isOwner }: KeyUser): string[] {
  return sorted(isMember ? FIND_ACTIONS : [], isOwner ? MANAGE_ACTIONS : []);
}
