/** Checks of the keys that stacks create. Before the first deployment they don't apply. */
import type { KeyMetadata } from "@aws-sdk/client-kms";
import { IMAGE_KEY_ALIAS, SIGNING_KEY_ALIAS } from "../../../../config/names";
import { check, failed, ifExists, notApplicable, type Observation } from "../../check";
import { NOT_DEPLOYED } from "./messages";

export const imageKey = check({
  id: "image-key",
  title: "The key that encrypts the account's images is enabled",
  scope: "region",
  inCopyRegions: true,
  calls: ["kms:DescribeKey"],
  async run({ at: { region }, read }) {
    const answer = await ifExists(
      read("kms:DescribeKey", { KeyId: IMAGE_KEY_ALIAS }),
      "NotFoundException",
    );
    const key = answer?.KeyMetadata;
    if (key === undefined) return [notApplicable(NOT_DEPLOYED)];
    return keyObservations(key, region, "so images can't be built or launched");
  },
});

export const evidenceKey = check({
  id: "evidence-key",
  title: "The key that signs evidence is enabled",
  scope: "region",
  accounts: "shared",
  calls: ["kms:DescribeKey"],
  async run({ factory, buildables, at: { region }, read }) {
    if (!factory.evidence || buildables.length === 0)
      return [notApplicable("sharedAccount.evidence isn't set")];
    const answer = await ifExists(
      read("kms:DescribeKey", { KeyId: SIGNING_KEY_ALIAS }),
      "NotFoundException",
    );
    const key = answer?.KeyMetadata;
    if (key === undefined) return [notApplicable(NOT_DEPLOYED)];
    return keyObservations(key, region, "so new builds get no signed statement");
  },
});

/** Returns what is wrong with a key that isn't enabled, and its consequence. */
function keyObservations(key: KeyMetadata, region: string, consequence: string): Observation[] {
  const state = key.KeyState ?? "Unknown";
  const commands: Readonly<Record<string, string>> = {
    Disabled: "enable-key",
    PendingDeletion: "cancel-key-deletion",
  };
  if (state === "Enabled") return [];
  const command = commands[state];
  return [
    failed(
      `the key ${key.KeyId} is ${state}, ${consequence}`,
      command === undefined
        ? "see docs/guides/teardown-and-recovery.md"
        : { run: `aws kms ${command} --key-id ${key.KeyId} --region ${region}` },
    ),
  ];
}
