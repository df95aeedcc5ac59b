/** Removes what an earlier `factory prove` left behind, such as because it was killed. */
import { type Tag, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { paginateListImageRecipes } from "@aws-sdk/client-imagebuilder";
import { isExpired, PROVE_PREFIX, PROVE_TAG } from "../leftovers";
import type { Context } from "./context";
import { findInstances, findSecurityGroups } from "./find-in-ec2";
import { ok, type StepResult, skipped } from "./outcome";
import { deleteRecipe } from "./recipe";
import { deleteSecurityGroup } from "./security-group";

const TAGGED = { Name: "tag-key", Values: [PROVE_TAG] };

/** States of instances that can be terminated. */
const ALIVE = {
  Name: "instance-state-name",
  Values: ["pending", "running", "stopping", "stopped"],
};

/** Removes instances, security groups and recipes whose time is over. Others may be in use. */
export async function removeExpired(context: Context): Promise<StepResult> {
  const removed = [
    ...(await removeInstances(context)),
    ...(await removeGroups(context)),
    ...(await removeRecipes(context)),
  ];
  if (removed.length === 0) return skipped("nothing is left of earlier runs");
  return ok(`removed what earlier runs left: ${removed.join(", ")}`);
}

function isOver(tags: readonly Tag[], { clock }: Context): boolean {
  return isExpired(tags.find(({ Key }) => Key === PROVE_TAG)?.Value, clock.now());
}

async function removeInstances(context: Context): Promise<string[]> {
  const { ec2 } = context.clients;
  const instances = await findInstances(ec2, [TAGGED, ALIVE]);
  const InstanceIds = instances.flatMap(({ InstanceId, Tags = [] }) =>
    InstanceId && isOver(Tags, context) ? InstanceId : [],
  );
  if (InstanceIds.length > 0) await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  return InstanceIds;
}

async function removeGroups(context: Context): Promise<string[]> {
  const found = await findSecurityGroups(context.clients.ec2, [TAGGED]);
  const groups = found.flatMap(({ GroupId, Tags = [] }) =>
    GroupId && isOver(Tags, context) ? GroupId : [],
  );
  for (const group of groups) await deleteSecurityGroup(context, group);
  return groups;
}

async function removeRecipes(context: Context): Promise<string[]> {
  const { clients, clock } = context;
  const removed: string[] = [];
  const pages = paginateListImageRecipes({ client: clients.imageBuilder }, { owner: "Self" });
  for await (const { imageRecipeSummaryList = [] } of pages)
    for (const { arn = "", tags = {} } of imageRecipeSummaryList) {
      if (!arn.includes(`/${PROVE_PREFIX}`)) continue;
      if (!isExpired(tags[PROVE_TAG], clock.now())) continue;
      if ((await deleteRecipe(context, arn)) === undefined) removed.push(arn);
    }
  return removed;
}
