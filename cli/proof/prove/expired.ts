/** Removes what an earlier `factory prove` left behind, such as because it was killed. */
import { type Tag, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { paginateListImageRecipes } from "@aws-sdk/client-imagebuilder";
import { isExpired, PROVE_PREFIX, PROVE_TAG } from "../leftovers";
import { findInstances, findSecurityGroups } from "./find-in-ec2";
import { ok, type StepResult, skipped } from "./outcome";
import type { ProofRun } from "./proof-run";
import { deleteRecipe } from "./recipe";
import { deleteSecurityGroup } from "./security-group";

const TAGGED = { Name: "tag-key", Values: [PROVE_TAG] };

/** States of instances that can be terminated. */
const ALIVE = {
  Name: "instance-state-name",
  Values: ["pending", "running", "stopping", "stopped"],
};

/** Removes instances, security groups and recipes whose time is over. Others may be in use. */
export async function removeExpired(run: ProofRun): Promise<StepResult> {
  const removed = [
    ...(await removeInstances(run)),
    ...(await removeGroups(run)),
    ...(await removeRecipes(run)),
  ];
  if (removed.length === 0) return skipped("nothing is left of earlier runs");
  return ok(`removed what earlier runs left: ${removed.join(", ")}`);
}

function isOver(tags: readonly Tag[], { clock }: ProofRun): boolean {
  return isExpired(tags.find(({ Key }) => Key === PROVE_TAG)?.Value, clock.now());
}

async function removeInstances(run: ProofRun): Promise<string[]> {
  const { ec2 } = run.clients;
  const instances = await findInstances(ec2, [TAGGED, ALIVE]);
  const InstanceIds = instances.flatMap(({ InstanceId, Tags = [] }) =>
    InstanceId && isOver(Tags, run) ? InstanceId : [],
  );
  if (InstanceIds.length > 0) await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  return InstanceIds;
}

async function removeGroups(run: ProofRun): Promise<string[]> {
  const found = await findSecurityGroups(run.clients.ec2, [TAGGED]);
  const groups = found.flatMap(({ GroupId, Tags = [] }) =>
    GroupId && isOver(Tags, run) ? GroupId : [],
  );
  for (const group of groups) await deleteSecurityGroup(run, group);
  return groups;
}

async function removeRecipes(run: ProofRun): Promise<string[]> {
  const { clients, clock } = run;
  const removed: string[] = [];
  const pages = paginateListImageRecipes({ client: clients.imageBuilder }, { owner: "Self" });
  for await (const { imageRecipeSummaryList = [] } of pages)
    for (const { arn = "", tags = {} } of imageRecipeSummaryList) {
      if (!arn.includes(`/${PROVE_PREFIX}`)) continue;
      if (!isExpired(tags[PROVE_TAG], clock.now())) continue;
      if ((await deleteRecipe(run, arn)) === undefined) removed.push(arn);
    }
  return removed;
}
