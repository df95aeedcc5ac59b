/** The security group of the instance that `factory prove` launches. */
import { CreateSecurityGroupCommand, DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { PROVE_PREFIX } from "../leftovers";
import { SEARCHES } from "./find-in-ec2";
import { pauseBefore } from "./interruption";
import type { ProofRun } from "./proof-run";
import { expiringTags } from "./tags";

export function groupName({ id }: ProofRun): string {
  return `${PROVE_PREFIX}${id}`;
}

/** Creates a group without ingress rules. The default group lets its members reach each other. */
export async function createSecurityGroup(
  run: ProofRun,
  VpcId: string | undefined,
): Promise<string | undefined> {
  const { clients, id } = run;
  const tags = Object.entries(expiringTags(run));
  const { GroupId } = await clients.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: groupName(run),
      Description: `factory prove ${id}`,
      VpcId,
      TagSpecifications: [
        { ResourceType: "security-group", Tags: tags.map(([Key, Value]) => ({ Key, Value })) },
      ],
    }),
  );
  return GroupId;
}

/** Times that the deletion of a security group is tried, because EC2 releases it with delay. */
const DELETIONS = 10;

/**
 * Deletes a security group as soon as nothing uses it any more. EC2 may not show a new one yet, so
 * one that doesn't exist is tried a few times.
 */
export async function deleteSecurityGroup(
  { clients, clock }: ProofRun,
  GroupId: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      await clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
      return;
    } catch (error) {
      const { name } = error as Error;
      const isUnknown = name === "InvalidGroup.NotFound";
      if (isUnknown && attempt > SEARCHES) return;
      if (!(isUnknown || name === "DependencyViolation") || attempt === DELETIONS) throw error;
      await clock.sleep(pauseBefore(attempt - 1));
    }
}
