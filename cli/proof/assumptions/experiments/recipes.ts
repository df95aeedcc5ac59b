/** Experiments about recipes that Image Builder accepts, and how it returns them. */
import {
  CreateLifecyclePolicyCommand,
  DeleteComponentCommand,
  DeleteImagePipelineCommand,
  DeleteImageRecipeCommand,
  DeleteLifecyclePolicyCommand,
  GetImagePipelineCommand,
  GetImageRecipeCommand,
  UpdateImagePipelineCommand,
} from "@aws-sdk/client-imagebuilder";
import { awsManagedWorkflowArn, imageBuilderArn } from "../../../../config/aws/arns";
import { goldenBuilds, infrastructure } from "../builds";
import type { Experiment } from "../experiment";
import {
  createComponent,
  createPipeline,
  createRecipe,
  createTestWorkflow,
  emptyDocument,
  parentArn,
  VERSION,
} from "../image-builder";
import type { Lab } from "../lab";
import { createServiceRole } from "../roles";

/** A test workflow that waits, and launches no instance. */
const WAITING = `name: wait
schemaVersion: 1.0
steps:
  - name: Wait
    action: WaitForAction
    onFailure: Abort
`;

function executionRole(lab: Lab, suffix: string): Promise<string> {
  return createServiceRole(lab, lab.owner, suffix, "EC2ImageBuilderExecutionPolicy");
}

export const recipeChecks: Experiment = {
  id: "recipe-checks",
  question:
    "Does Image Builder reject a recipe that gives a required parameter no value, names a device twice, or sets a key for a volume that isn't encrypted?",
  assumed: "rejects all three",
  ifWrong: "No effect. The factory never creates such a recipe.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const { owner } = lab;
    const componentArn = await createComponent(lab, owner, "empty");
    const needsValue = await createComponent(lab, owner, "parameter", {
      data: emptyDocument("Path"),
    });
    const volume = (ebs: object) => ({ deviceName: "/dev/xvdb", ebs: { volumeSize: 8, ...ebs } });
    const key = `arn:aws:kms:${owner.region}:${owner.accountId}:key/00000000-0000-0000-0000-000000000000`;
    const recipes = {
      "a required parameter without a value": { components: [{ componentArn: needsValue }] },
      "a device twice": { blockDeviceMappings: [volume({}), volume({})] },
      "a key of a volume that isn't encrypted": {
        blockDeviceMappings: [volume({ encrypted: false, kmsKeyId: key })],
      },
    };
    const accepted: string[] = [];
    const evidence: string[] = [];
    for (const [index, [what, changes]] of Object.entries(recipes).entries()) {
      const { answer, message } = await lab.attempt(() =>
        createRecipe(lab, owner, `rejected-${index}`, {
          components: [{ componentArn }],
          ...changes,
        }),
      );
      if (answer === "accepted") accepted.push(what);
      evidence.push(`CreateImageRecipe with ${what}: ${message}`);
    }
    const answer = accepted.length === 0 ? "rejects all three" : `accepts ${accepted.join(", ")}`;
    return { answer, evidence };
  },
};

export const recipeParent: Experiment = {
  id: "recipe-parent",
  question: "Does GetImageRecipe return a wildcard parent as it was sent?",
  assumed: "as it was sent",
  ifWrong: "The rebuilder takes the parent as pinned, and doesn't follow it.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const sent = parentArn(lab.owner);
    const arn = await createRecipe(lab, lab.owner, "parent");
    const { imageRecipe } = await lab.owner.imageBuilder.send(
      new GetImageRecipeCommand({ imageRecipeArn: arn }),
    );
    const returned = imageRecipe?.parentImage ?? "nothing";
    return {
      answer: returned === sent ? "as it was sent" : "changed",
      evidence: [`CreateImageRecipe: ${sent}`, `GetImageRecipe: ${returned}`],
    };
  },
};

export const componentNumber: Experiment = {
  id: "component-number",
  question:
    "Does the first build of a component version have the number 1, even if the version was deleted and created again?",
  assumed: "1 both times",
  ifWrong: "Recipes name a component that doesn't exist, and can't be created.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const { owner } = lab;
    const first = await createComponent(lab, owner, "number");
    await owner.imageBuilder.send(new DeleteComponentCommand({ componentBuildVersionArn: first }));
    const second = await createComponent(lab, owner, "number", {
      description: "The second of this version",
    });
    if (second !== first)
      lab.undo(
        `the component ${second}`,
        `aws imagebuilder delete-component --component-build-version-arn ${second} --region ${owner.region}`,
        () =>
          owner.imageBuilder.send(new DeleteComponentCommand({ componentBuildVersionArn: second })),
      );
    const numbers = [first, second].map((arn) => arn.split("/").at(-1));
    return {
      answer: numbers.every((number) => number === "1") ? "1 both times" : numbers.join(", then "),
      evidence: [`CreateComponent: ${first}`, `after its deletion: ${second}`],
    };
  },
};

export const workflowTwice: Experiment = {
  id: "workflow-twice",
  question: "Does Image Builder reject a workflow with the same name, version and content?",
  assumed: "rejected with ResourceAlreadyExistsException",
  ifWrong: "No effect. The factory never creates such a version.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const first = await createTestWorkflow(lab, lab.owner, "twice", WAITING);
    const { answer, message } = await lab.attempt(() =>
      createTestWorkflow(lab, lab.owner, "twice", WAITING),
    );
    return { answer, evidence: [`CreateWorkflow: ${first}`, `again: ${message}`] };
  },
};

export const waitingWorkflow: Experiment = {
  id: "waiting-workflow",
  question:
    "Does Image Builder accept a test workflow that waits without launching an instance, and a pipeline with it?",
  assumed: "accepted",
  ifWrong: "The workflow `wait-for-approval` can't be used.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const { answer, message } = await lab.attempt(() => pipelineThatWaits(lab, "waiting"));
    return { answer, evidence: [`CreateWorkflow and CreateImagePipeline: ${message}`] };
  },
};

export const testFailure: Experiment = {
  id: "test-failure",
  question: "What onFailure does a test workflow get if it was sent without one?",
  assumed: "ABORT",
  ifWrong: "No effect. The factory always sends it.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const imagePipelineArn = await pipelineThatWaits(lab, "failure");
    const { imagePipeline } = await lab.owner.imageBuilder.send(
      new GetImagePipelineCommand({ imagePipelineArn }),
    );
    const test = imagePipeline?.workflows?.find(({ workflowArn }) =>
      workflowArn?.includes(":workflow/test/"),
    );
    return {
      answer: test?.onFailure ?? "none",
      evidence: [`GetImagePipeline: ${JSON.stringify(imagePipeline?.workflows)}`],
    };
  },
};

async function pipelineThatWaits(lab: Lab, suffix: string): Promise<string> {
  const { owner } = lab;
  const workflowArn = await createTestWorkflow(lab, owner, suffix, WAITING);
  return createPipeline(lab, owner, suffix, {
    imageRecipeArn: await createRecipe(lab, owner, suffix),
    infrastructureConfigurationArn: await infrastructure(lab),
    executionRole: await executionRole(lab, suffix),
    imageTestsConfiguration: { imageTestsEnabled: true },
    workflows: [
      { workflowArn: awsManagedWorkflowArn(owner.region, "build", "build-image") },
      { workflowArn },
    ],
  });
}

/** Time between the creation of a pipeline and its change, in seconds. */
const CHANGE_SECONDS = 30;

/** Difference between two clocks that counts as none, in milliseconds. */
const TOLERANCE_MS = 20_000;

export const pipelineDate: Experiment = {
  id: "pipeline-date",
  question: "Does GetImagePipeline return the time of the last change as dateUpdated?",
  assumed: "the time of the change",
  ifWrong: "After a change of a pipeline, a second build can start.",
  needs: [],
  minutes: 2,
  async run(lab) {
    const { owner } = lab;
    const parts = {
      imageRecipeArn: await createRecipe(lab, owner, "date"),
      infrastructureConfigurationArn: await infrastructure(lab),
    };
    const imagePipelineArn = await createPipeline(lab, owner, "date", parts);
    await lab.sleep(CHANGE_SECONDS);
    const changedAt = lab.now;
    await owner.imageBuilder.send(
      new UpdateImagePipelineCommand({ imagePipelineArn, ...parts, description: "changed" }),
    );
    const { imagePipeline } = await owner.imageBuilder.send(
      new GetImagePipelineCommand({ imagePipelineArn }),
    );
    const { dateCreated = "", dateUpdated = "" } = imagePipeline ?? {};
    const isChange = Math.abs(Date.parse(dateUpdated) - changedAt) < TOLERANCE_MS;
    return {
      answer: isChange ? "the time of the change" : "another time",
      evidence: [
        `dateCreated: ${dateCreated}, dateUpdated: ${dateUpdated}`,
        `changed at ${new Date(changedAt).toISOString()}`,
      ],
    };
  },
};

export const lifecycleDeletedRecipe: Experiment = {
  id: "lifecycle-deleted-recipe",
  question: "Does Image Builder accept a lifecycle policy that names a deleted recipe version?",
  assumed: "accepted",
  ifWrong: "Builds of old recipe versions aren't deleted, or the policy can't be updated.",
  needs: [],
  minutes: 1,
  async run(lab) {
    const { owner } = lab;
    const recipe = await createRecipe(lab, owner, "deleted");
    await owner.imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn: recipe }));
    const role = await createServiceRole(
      lab,
      owner,
      "deleted",
      "service-role/EC2ImageBuilderLifecycleExecutionPolicy",
    );
    const name = lab.name("deleted");
    const arn = imageBuilderArn(owner, `lifecycle-policy/${name}`);
    lab.undo(
      `the lifecycle policy ${arn}`,
      `aws imagebuilder delete-lifecycle-policy --lifecycle-policy-arn ${arn} --region ${owner.region}`,
      () => owner.imageBuilder.send(new DeleteLifecyclePolicyCommand({ lifecyclePolicyArn: arn })),
    );
    const { answer, message } = await lab.attempt(() =>
      owner.imageBuilder.send(
        new CreateLifecyclePolicyCommand({
          name,
          status: "DISABLED",
          executionRole: role,
          resourceType: "AMI_IMAGE",
          policyDetails: [
            {
              action: { type: "DELETE", includeResources: { amis: true, snapshots: true } },
              filter: { type: "COUNT", value: 1 },
            },
          ],
          resourceSelection: { recipes: [{ name, semanticVersion: VERSION }] },
          tags: lab.tags,
        }),
      ),
    );
    return {
      answer,
      evidence: [`DeleteImageRecipe: ${recipe}`, `CreateLifecyclePolicy: ${message}`],
    };
  },
};

/** Deletes the pipelines and the recipe of the builds that experiments share: comes last. */
export const recipeDeletion: Experiment = {
  id: "recipe-deletion",
  question: "Can a recipe be deleted while builds of it exist?",
  assumed: "accepted",
  ifWrong:
    "`terraform apply` reports `ResourceDependencyException` for the old recipe version, after the pipeline uses the new one.",
  needs: ["builds"],
  minutes: 1,
  async run(lab) {
    const { imageBuilder } = lab.owner;
    const { pipelines, recipe, older, newer } = await goldenBuilds(lab);
    for (const imagePipelineArn of pipelines)
      await imageBuilder.send(new DeleteImagePipelineCommand({ imagePipelineArn }));
    const { answer, message } = await lab.attempt(() =>
      imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn: recipe })),
    );
    return {
      answer,
      evidence: [`builds: ${older.arn}, ${newer.arn}`, `DeleteImageRecipe: ${message}`],
    };
  },
};
