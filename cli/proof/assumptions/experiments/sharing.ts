/** Experiments about answers of RAM, and about what an account sees of images shared with it. */
import { GetImageCommand, paginateListWorkflowExecutions } from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceShareAssociationsCommand,
  paginateListResources,
} from "@aws-sdk/client-ram";
import { imageArn } from "../../../../config/aws/arns";
import { readFailedStep } from "../../../../lambda/recorder/adapters/failed-step";
import { ramAdapter } from "../../../../lambda/recorder/adapters/ram";
import { getBuild, goldenBuilds, Starts } from "../builds";
import type { Experiment } from "../experiment";
import {
  createComponent,
  createDistribution,
  createInfrastructure,
  createPipeline,
  createRecipe,
} from "../image-builder";
import type { Attempt, Lab } from "../lab";
import { createShare, settled, share, unshare } from "../shares";

/** Time until an account sees a build that is shared with it, in minutes. */
const VISIBLE_MINUTES = 10;

/** Shares the older build with the consumer, and waits until it sees the build. */
async function shareOlder(lab: Lab, suffix: string): Promise<{ arn: string; share: string }> {
  const { consumer } = lab;
  const { older } = await goldenBuilds(lab);
  const created = await createShare(lab, suffix, [consumer.accountId]);
  await share(lab, created, older.arn);
  await lab.poll(`${consumer.name} to see ${older.arn}`, VISIBLE_MINUTES, async () =>
    (await tryGetImage(lab, older.arn)).answer === "accepted" ? true : undefined,
  );
  return { arn: older.arn, share: created };
}

async function getImage({ consumer }: Lab, arn: string): Promise<string> {
  const { image } = await consumer.imageBuilder.send(
    new GetImageCommand({ imageBuildVersionArn: arn }),
  );
  return image?.arn ?? "";
}

/** Reads an image as the consumer. Every rejection is an answer. */
function tryGetImage(lab: Lab, arn: string): Promise<Attempt> {
  return lab.attempt(() => getImage(lab, arn), { isDenialAnswer: true, isRead: true });
}

export const invisibleImage: Experiment = {
  id: "invisible-image",
  question: "What does GetImage answer for the wildcard of an image that isn't shared?",
  assumed: "rejected with ResourceNotFoundException",
  ifWrong: "The messages differ, and tests that compare them fail.",
  needs: ["consumer", "builds"],
  minutes: 0,
  async run(lab) {
    const { image } = await goldenBuilds(lab);
    const arn = imageArn(lab.owner, image, "x.x.x");
    const { answer, message } = await tryGetImage(lab, arn);
    return { answer, evidence: [`GetImage ${arn}: ${message}`] };
  },
};

export const invisibleParent: Experiment = {
  id: "invisible-parent",
  question: "What does Image Builder answer to a recipe whose parent isn't shared?",
  assumed: "rejected with InvalidParameterValueException",
  ifWrong: "The messages differ, and tests that compare them fail.",
  needs: ["consumer", "builds"],
  minutes: 1,
  async run(lab) {
    const { image } = await goldenBuilds(lab);
    const parentImage = imageArn(lab.owner, image, "x.x.x");
    const componentArn = await createComponent(lab, lab.consumer, "invisible");
    const { answer, message } = await lab.attempt(
      () =>
        createRecipe(lab, lab.consumer, "invisible", {
          parentImage,
          components: [{ componentArn }],
        }),
      { isDenialAnswer: true },
    );
    return { answer, evidence: [`CreateImageRecipe on ${parentImage}: ${message}`] };
  },
};

export const versionlessArn: Experiment = {
  id: "versionless-arn",
  question:
    "Which build does x.x.x resolve to for an account, if an older one is shared with it and the newest isn't?",
  assumed: "the shared build",
  ifWrong: "App accounts can't build on `x.x.x`.",
  needs: ["consumer", "builds"],
  minutes: 3,
  async run(lab) {
    const { arn } = await shareOlder(lab, "versionless");
    const { image, newer } = await goldenBuilds(lab);
    const wildcard = imageArn(lab.owner, image, "x.x.x");
    const resolved = await lab.pollOrGiveUp(`${wildcard} to resolve`, VISIBLE_MINUTES, () =>
      getBuild(lab.consumer, wildcard),
    );
    const answers = { [arn]: "the shared build", [newer.arn]: "a build that isn't shared" };
    return {
      answer: answers[resolved?.arn ?? ""] ?? "none",
      evidence: [`shared: ${arn}`, `GetImage ${wildcard}: ${resolved?.arn ?? "nothing"}`],
    };
  },
};

export const launchPermission: Experiment = {
  id: "launch-permission",
  question:
    "When does a build fail whose account can't launch the parent's AMI, and in which step?",
  assumed: "FAILED in a BUILD workflow, in a step LaunchInstance",
  ifWrong: "The message about a failed build names another step, or none.",
  needs: ["consumer", "builds"],
  minutes: 15,
  async run(lab) {
    const { consumer } = lab;
    const { arn: parentImage } = await shareOlder(lab, "launch");
    const imageRecipeArn = await createRecipe(lab, consumer, "launch", { parentImage });
    const infrastructureConfigurationArn = await createInfrastructure(lab, consumer, "launch");
    const starts = new Starts(lab, consumer, lab.name("launch"));
    const pipeline = await createPipeline(lab, consumer, "launch", {
      imageRecipeArn,
      infrastructureConfigurationArn,
      distributionConfigurationArn: await createDistribution(lab, consumer, "launch"),
    });
    const { arn } = await starts.start(pipeline);
    const state = await lab.poll(`the build ${arn} to fail`, 60, async () => {
      const found = (await getBuild(consumer, arn))?.state;
      return /^(AVAILABLE|FAILED|CANCELLED)$/.test(found?.status ?? "") ? found : undefined;
    });
    const types: string[] = [];
    const input = { imageBuildVersionArn: arn };
    const pages = paginateListWorkflowExecutions({ client: consumer.imageBuilder }, input);
    for await (const { workflowExecutions = [] } of pages)
      for (const { type, status } of workflowExecutions)
        if (status === "FAILED") types.push(`a ${type} workflow`);
    const where = types.length === 0 ? "no workflow" : types.join(", ");
    // As the recorder finds it.
    const step = await readFailedStep(consumer.imageBuilder, arn);
    return {
      answer: `${state.status} in ${where}, in ${step ? `a step ${step.action}` : "no step"}`,
      evidence: [
        `GetImage ${arn}: ${state.status}, ${state.reason ?? "no reason"}`,
        `ListWorkflowStepExecutions: ${step ? `${step.name}, ${step.message}` : "no failed step"}`,
      ],
    };
  },
};

export const listResources: Experiment = {
  id: "ram-list-resources",
  question: "Does RAM list the builds of a share for the accounts that it is shared with?",
  assumed: "yes",
  ifWrong: "A step is reported with another reason.",
  needs: ["consumer", "builds"],
  minutes: 2,
  async run(lab) {
    const { consumer } = lab;
    const { arn, share: resourceShareArn } = await shareOlder(lab, "list");
    const found = await lab.pollOrGiveUp("the list of RAM", VISIBLE_MINUTES, async () => {
      const pages = paginateListResources(
        { client: consumer.ram },
        { resourceOwner: "OTHER-ACCOUNTS", resourceShareArns: [resourceShareArn] },
      );
      for await (const { resources = [] } of pages)
        if (resources.some((resource) => resource.arn === arn)) return true;
      return undefined;
    });
    return { answer: found ? "yes" : "no", evidence: [`shared: ${arn}`] };
  },
};

export const dependentConsumer: Experiment = {
  id: "ram-dependent-consumer",
  question: "What does RAM answer to the removal of a build that a consumer's recipe names?",
  assumed: "rejected with OperationNotPermittedException or InvalidParameterException",
  ifWrong: "The alarm `unreadable` fires, not the alarm for rejected removals.",
  needs: ["consumer", "builds"],
  minutes: 3,
  async run(lab) {
    const { arn, share: resourceShareArn } = await shareOlder(lab, "dependent");
    const recipe = await createRecipe(lab, lab.consumer, "dependent", { parentImage: arn });
    const { answer, message } = await lab.attempt(() =>
      lab.owner.ram.send(
        new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }),
      ),
    );
    const isAssumed = /(OperationNotPermitted|InvalidParameter)Exception$/.test(answer);
    return {
      answer: isAssumed ? dependentConsumer.assumed : answer,
      evidence: [
        `recipe of ${lab.consumer.name}: ${recipe}`,
        `DisassociateResourceShare: ${message}`,
      ],
    };
  },
};

export const secondAssociation: Experiment = {
  id: "ram-second-association",
  question: "What happens if a build that is in a share is associated again?",
  assumed: "accepted, and hidden from the consumer until the second association is complete",
  ifWrong: "No effect. The updater doesn't associate it again.",
  needs: ["consumer", "builds"],
  minutes: 3,
  async run(lab) {
    const { arn, share: resourceShareArn } = await shareOlder(lab, "second");
    const { answer, message } = await lab.attempt(() =>
      lab.owner.ram.send(
        new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }),
      ),
    );
    const evidence = [`AssociateResourceShare, again: ${message}`];
    if (answer !== "accepted") return { answer, evidence };
    const seen = await tryGetImage(lab, arn);
    const status = await settled(lab, resourceShareArn, "RESOURCE", arn);
    evidence.push(`GetImage, at once: ${seen.message}`, `the association ended as ${status}`);
    const visibility =
      seen.answer === "accepted"
        ? "still visible"
        : "hidden from the consumer until the second association is complete";
    return { answer: `accepted, and ${visibility}`, evidence };
  },
};

export const busyResources: Experiment = {
  id: "ram-busy-resources",
  question: "Does RAM accept a second change of a share's resources while one is in progress?",
  assumed: "rejected with InvalidStateTransitionException",
  ifWrong: "No effect. The updater waits longer than necessary.",
  needs: ["builds"],
  minutes: 3,
  async run(lab) {
    const { ram } = lab.owner;
    const { older, newer } = await goldenBuilds(lab);
    const resourceShareArn = await createShare(lab, "busy", []);
    const associate = (arn: string) =>
      ram.send(new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }));
    await associate(older.arn);
    const { answer, message } = await lab.attempt(() => associate(newer.arn));
    await settled(lab, resourceShareArn, "RESOURCE", older.arn);
    await unshare(lab, resourceShareArn, older.arn);
    return { answer, evidence: [`AssociateResourceShare of two builds, at once: ${message}`] };
  },
};

export const associationDate: Experiment = {
  id: "ram-association-date",
  question:
    "Does the association of a build that is removed from a share and added again have a new creation time?",
  assumed: "yes",
  ifWrong: "A second message about the same build isn't sent.",
  needs: ["builds"],
  minutes: 2,
  async run(lab) {
    const { older } = await goldenBuilds(lab);
    const resourceShareArn = await createShare(lab, "date", []);
    const ram = ramAdapter(lab.owner.ram);
    const added: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      await share(lab, resourceShareArn, older.arn);
      // RAM lists the removed association for a while.
      const { addedAt } = await lab.poll(`the association of ${older.arn}`, 10, async () => {
        const shared = await ram.sharedBuild(resourceShareArn, older.arn);
        return shared?.status === "ASSOCIATED" ? shared : undefined;
      });
      added.push(addedAt);
      await unshare(lab, resourceShareArn, older.arn);
    }
    const [first = 0, second = 0] = added;
    return {
      answer: second > first ? "yes" : "no",
      evidence: added.map((time) => `creationTime: ${new Date(time).toISOString()}`),
    };
  },
};

export const versionInShare: Experiment = {
  id: "ram-version",
  question: "What does RAM answer to a version or a wildcard of an image in a share?",
  assumed: "rejected with MalformedArnException",
  ifWrong: "No effect. The factory associates only builds.",
  needs: ["builds"],
  minutes: 1,
  async run(lab) {
    const { image } = await goldenBuilds(lab);
    const resourceShareArn = await createShare(lab, "version", []);
    const answers = new Set<string>();
    const evidence: string[] = [];
    for (const version of ["1.0.0", "x.x.x"]) {
      const arn = imageArn(lab.owner, image, version);
      const { answer, message } = await lab.attempt(() =>
        lab.owner.ram.send(
          new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }),
        ),
      );
      answers.add(answer);
      evidence.push(`AssociateResourceShare of ${version}: ${message}`);
    }
    return { answer: [...answers].join(", "), evidence };
  },
};

export const principals: Experiment = {
  id: "ram-principals",
  question: "Does RAM accept changes of a share's principals while others are in progress?",
  assumed: "accepts both",
  ifWrong: "`terraform apply` fails. It succeeds when repeated.",
  needs: ["consumer"],
  minutes: 3,
  async run(lab) {
    const { ram } = lab.owner;
    const account = lab.consumer.accountId;
    const organization = lab.organizationArn;
    const resourceShareArn = await createShare(lab, "principals", []);
    const input = (principal: string) => ({ resourceShareArn, principals: [principal] });
    await ram.send(new AssociateResourceShareCommand(input(account)));
    const added = await lab.attempt(() =>
      ram.send(new AssociateResourceShareCommand(input(organization))),
    );
    const evidence = [`AssociateResourceShare of two principals, at once: ${added.message}`];
    if (added.answer !== "accepted") return { answer: added.answer, evidence };
    for (const one of [account, organization])
      await settled(lab, resourceShareArn, "PRINCIPAL", one);
    await ram.send(new DisassociateResourceShareCommand(input(organization)));
    const removed = await lab.attempt(() =>
      ram.send(new DisassociateResourceShareCommand(input(account))),
    );
    for (const one of [account, organization])
      await settled(lab, resourceShareArn, "PRINCIPAL", one);
    evidence.push(`DisassociateResourceShare of two principals, at once: ${removed.message}`);
    const answer = removed.answer === "accepted" ? "accepts both" : removed.answer;
    return { answer, evidence };
  },
};

/** Number of shares that the updater asks for in one call. */
const SHARES = 50;

export const fiftyShares: Experiment = {
  id: "ram-fifty-shares",
  question: "Do RAM's lists accept 50 shares in one call?",
  assumed: "accepted",
  ifWrong: "Commands that read many shares fail.",
  needs: [],
  minutes: 3,
  async run(lab) {
    const resourceShareArns: string[] = [];
    for (let index = 0; index < SHARES; index += 1)
      resourceShareArns.push(await createShare(lab, `fifty-${index}`, []));
    const { answer, message } = await lab.attempt(() =>
      lab.owner.ram.send(
        new GetResourceShareAssociationsCommand({
          associationType: "RESOURCE",
          resourceShareArns,
        }),
      ),
    );
    return { answer, evidence: [`GetResourceShareAssociations of ${SHARES} shares: ${message}`] };
  },
};
