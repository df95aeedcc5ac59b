/** The experiments on the local AWS, where they must find exactly what the project assumes. */
import { estimate } from "../../../../cli/proof/assumptions/estimate";
import { EXPERIMENTS } from "../../../../cli/proof/assumptions/experiments";
import type { AssumptionsReport } from "../../../../cli/proof/assumptions/render";
import { someCases } from "../../../../tools/fixtures/property-runs";
import type { Change } from "../../../../tools/local-aws/protocol/emulator";
import { Fault } from "../../../../tools/local-aws/protocol/rest-json";
import { Sandbox } from "./sandbox";

let sandbox: Sandbox;

beforeAll(async () => {
  jest.spyOn(console, "error").mockImplementation();
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox.stop());

const CONSUMER = "222222222222";

/** The operation is answered as if it were done, though the local AWS rejects it. */
const accept: Change = (answer) => answer().catch(() => ({}));

/** The operation is rejected, the first time or always. */
function reject(name: string, times = Number.POSITIVE_INFINITY): () => Change {
  return () => {
    let left = times;
    return (answer) => {
      left -= 1;
      return left < 0 ? answer() : Promise.reject(new Fault(name, "seeded"));
    };
  };
}

/** Replaces the number of the build that a start returns. */
function renumber(start: number, number: number): () => Change {
  return () => {
    let count = 0;
    return async (answer) => {
      const output = await answer();
      count += 1;
      const arn = output.imageBuildVersionArn.replace(/\d+$/, String(number));
      return count === start ? { ...output, imageBuildVersionArn: arn } : output;
    };
  };
}

/** Changes the image that GetImage returns. */
function image(change: (image: Image, input: Image) => object): () => Change {
  return () => async (answer, call) => {
    const output = await answer();
    return { image: { ...output.image, ...change(output.image, call.input) } };
  };
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of the local AWS
type Image = any;

/** The operation that is answered differently, its change, the answer, and the evidence. */
type Mutation = readonly [string, () => Change, string, (readonly string[])?];

/** Another answer of AWS for each experiment. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "root-devices": [
    "DescribeImages",
    () => async (answer) => ({
      imagesSet: (await answer()).imagesSet.map((ami: object) => ({
        ...ami,
        rootDeviceName: "/dev/xvda",
      })),
    }),
    "/dev/xvda",
  ],
  "managed-images": [
    "ListImages",
    () =>
      async (answer, { account }) => {
        const output = await answer();
        const { imageVersionList } = output;
        return account === CONSUMER
          ? { ...output, imageVersionList: imageVersionList.slice(1) }
          : output;
      },
    "different",
  ],
  "finding-titles": [
    "ListImageScanFindings",
    () => async (answer) => {
      const output = await answer();
      const findings = output.findings.map((one: object) => ({ ...one, title: "openssl is old" }));
      return { ...output, findings };
    },
    "no",
  ],
  "recipe-checks": [
    "CreateImageRecipe",
    () => accept,
    "accepts a required parameter without a value, a device twice, a key of a volume that isn't encrypted",
  ],
  "recipe-parent": [
    "GetImageRecipe",
    () => async (answer) => {
      const { imageRecipe } = await answer();
      return { imageRecipe: { ...imageRecipe, parentImage: `${imageRecipe.parentImage}/1` } };
    },
    "changed",
  ],
  "component-number": [
    "CreateComponent",
    () =>
      async (answer, { input }) => {
        const output = await answer();
        const arn = output.componentBuildVersionArn.replace(/1$/, "2");
        return "description" in input ? { ...output, componentBuildVersionArn: arn } : output;
      },
    "1, then 2",
  ],
  "workflow-twice": ["CreateWorkflow", () => accept, "accepted"],
  "waiting-workflow": [
    "CreateWorkflow",
    reject("InvalidParameterValueException"),
    "rejected with InvalidParameterValueException",
  ],
  "test-failure": [
    "GetImagePipeline",
    () => async (answer) => {
      const { imagePipeline } = await answer();
      const workflows = imagePipeline.workflows.map(({ onFailure: _, ...one }: Image) => one);
      return { imagePipeline: { ...imagePipeline, workflows } };
    },
    "none",
  ],
  "pipeline-date": [
    "GetImagePipeline",
    () => async (answer) => {
      const { imagePipeline } = await answer();
      return { imagePipeline: { ...imagePipeline, dateUpdated: "2026-01-01T00:00:00Z" } };
    },
    "another time",
  ],
  "lifecycle-deleted-recipe": [
    "CreateLifecyclePolicy",
    reject("ResourceNotFoundException"),
    "rejected with ResourceNotFoundException",
  ],
  "ram-principals": [
    "AssociateResourceShare",
    () =>
      (answer, { input }) =>
        String(input["principals"]).includes("organization/")
          ? Promise.reject(new Fault("InvalidStateTransitionException", "seeded"))
          : answer(),
    "rejected with InvalidStateTransitionException",
  ],
  "ram-fifty-shares": [
    "GetResourceShareAssociations",
    () =>
      (answer, { input }) =>
        (input["resourceShareArns"] as string[]).length === 50
          ? Promise.reject(new Fault("InvalidParameterException", "seeded"))
          : answer(),
    "rejected with InvalidParameterException",
  ],
  "client-token": ["StartImagePipelineExecution", renumber(3, 7), "another build"],
  "client-token-deleted": ["StartImagePipelineExecution", renumber(2, 2), "another build"],
  "list-lag": ["ListImagePipelineImages", () => async () => ({ imageSummaryList: [] }), "later"],
  "build-numbers": ["StartImagePipelineExecution", renumber(2, 5), "1, 5"],
  "build-reuse": ["StartImagePipelineExecution", renumber(2, 1), "yes"],
  "image-lag": [
    "GetImage",
    image(() => ({ tags: {} })),
    "older",
    ["GetImage doesn't show a new tag within 5 minutes"],
  ],
  "build-date": [
    "GetImage",
    image(() => ({ dateCreated: "2099-01-01T00:00:00Z" })),
    "another time",
  ],
  "package-list": ["ListImagePackages", () => async () => ({ imagePackageList: [] }), "later"],
  "copy-tags": [
    "DescribeImages",
    () => async (answer) => ({
      imagesSet: (await answer()).imagesSet.map((ami: object) => ({ ...ami, tagSet: [] })),
    }),
    "none of both",
  ],
  "ami-description": [
    "ModifyImageAttribute",
    () => accept,
    "unchanged, accepts 256 characters, a character outside ASCII",
  ],
  "watermark-twice": [
    "AttachImageWatermark",
    () => {
      const names = new Set<unknown>();
      return (answer, { input }) => {
        const isKnown = names.has(input["WatermarkName"]);
        names.add(input["WatermarkName"]);
        return isKnown
          ? Promise.reject(new Fault("InvalidWatermark.Duplicate", "seeded"))
          : answer();
      };
    },
    "rejected with InvalidWatermark.Duplicate, and it has the watermark once",
  ],
  "watermark-limit": ["AttachImageWatermark", () => accept, "accepted"],
  "watermark-inherited": [
    "DescribeImages",
    () => async (answer) => ({
      imagesSet: (await answer()).imagesSet.map((ami: Image) => ({
        ...ami,
        imageWatermarkSet: undefined,
      })),
    }),
    "no",
  ],
  "wildcard-parent": [
    "GetImage",
    image(({ imageRecipe: { parentImage = "" } = {} }) => ({
      imageRecipe: { parentImage: parentImage.replace(/1\.0\.0\/2$/, "1.0.0/1") },
    })),
    "another build",
  ],
  "running-parent": [
    "GetImage",
    image(({ state, imageRecipe }) => ({
      imageRecipe: state?.status === "AVAILABLE" ? imageRecipe : {},
    })),
    "no",
  ],
  "invisible-image": [
    "GetImage",
    () =>
      (answer, { account }) =>
        account === CONSUMER
          ? Promise.reject(new Fault("ForbiddenException", "seeded", 403))
          : answer(),
    "rejected with ForbiddenException",
  ],
  "invisible-parent": [
    "CreateImageRecipe",
    () =>
      (answer, { account }) =>
        account === CONSUMER
          ? Promise.reject(new Fault("ResourceNotFoundException", "seeded", 404))
          : answer(),
    "rejected with ResourceNotFoundException",
  ],
  "versionless-arn": [
    "GetImage",
    image(({ arn }, { imageBuildVersionArn }) => ({
      arn: imageBuildVersionArn.endsWith("x.x.x") ? arn.replace(/1$/, "2") : arn,
    })),
    "a build that isn't shared",
  ],
  "launch-permission": [
    "ListWorkflowExecutions",
    () => async () => ({ workflowExecutions: [{ type: "TEST", status: "FAILED" }] }),
    "FAILED in a TEST workflow, in no step",
  ],
  "ram-list-resources": ["ListResources", () => async () => ({ resources: [] }), "no"],
  "ram-dependent-consumer": ["DisassociateResourceShare", () => accept, "accepted"],
  "ram-second-association": [
    "AssociateResourceShare",
    () => {
      let count = 0;
      return (answer, { input }) => {
        if ("resourceArns" in input) count += 1;
        return count === 2
          ? Promise.reject(new Fault("InvalidParameterException", "seeded"))
          : answer();
      };
    },
    "rejected with InvalidParameterException",
  ],
  "ram-busy-resources": ["AssociateResourceShare", () => accept, "accepted"],
  "ram-association-date": [
    "GetResourceShareAssociations",
    () => async (answer) => {
      const output = await answer();
      const withDate = (association: object) => ({ ...association, creationTime: 1 });
      return {
        ...output,
        resourceShareAssociations: output.resourceShareAssociations.map(withDate),
      };
    },
    "no",
  ],
  "ram-version": ["AssociateResourceShare", () => accept, "accepted"],
  "dependency-update": [
    "ListImagePipelineImages",
    () =>
      async (answer, { input }) => {
        const output = await answer();
        const { imageSummaryList: builds } = output;
        // A second build of the pipeline whose first build is listed.
        return String(input["imagePipelineArn"]).endsWith("-updated") && builds.length === 1
          ? {
              ...output,
              imageSummaryList: [...builds, { arn: builds[0].arn.replace(/1$/, "2") }],
            }
          : output;
      },
    "yes",
  ],
  "disabled-build": ["StartResourceStateUpdate", () => async () => ({}), "later"],
  "enabled-build": [
    "StartResourceStateUpdate",
    () =>
      async (answer, { input }) =>
        (input["state"] as Image).status === "AVAILABLE" ? {} : answer(),
    "no",
  ],
  "recipe-deletion": [
    "DeleteImageRecipe",
    reject("ResourceDependencyException", 1),
    "rejected with ResourceDependencyException",
  ],
};

describe("factory prove --assumptions on the local AWS", () => {
  test("finds the assumed answer to every question, and leaves nothing behind", async () => {
    const { data, exitCode } = await sandbox.prove();
    const { experiments, left, result } = data as AssumptionsReport;
    expect(experiments.filter((one) => one.result !== "as-assumed")).toEqual([]);
    expect(experiments.map(({ id }) => id)).toEqual(EXPERIMENTS.map(({ id }) => id));
    expect([result, exitCode, left]).toEqual(["as-assumed", 0, []]);
    expect(await sandbox.left()).toEqual([]);
    const copy = experiments.find(({ id }) => id === "copy-tags");
    // Values of the factory's tags may name people.
    expect(copy?.evidence.map((line) => line.replace(/^tags of ami-\w+/, "tags of AMI"))).toEqual([
      "tags of AMI in us-east-1: CreatedBy, Ec2ImageBuilderArn, golden-image:prove-until; of the factory file: 1",
    ]);
  });

  test.each(someCases(EXPERIMENTS.map(({ id, ifWrong }) => [id, ifWrong])))(
    "reports another answer to %s, what depends on it, leaves nothing behind, and costs nothing unless it builds",
    async (id, ifWrong) => {
      const [operation, mutation, answer, evidence] = MUTATIONS[id] ?? [];
      if (operation === undefined || mutation === undefined)
        throw new Error(`no mutation of ${id}`);
      const { emulator } = sandbox.factory.aws;
      const before = emulator.calls.length;
      emulator.change(operation, mutation());
      const { data, exitCode } = await sandbox
        .prove({ only: [id] })
        .finally(() => emulator.change(operation));
      const { experiments, left } = data as AssumptionsReport;
      expect(experiments).toMatchObject([
        { id, result: "differs", answer, ifWrong, ...(evidence && { evidence }) },
      ]);
      expect([exitCode, left]).toEqual([2, []]);
      expect(await sandbox.left()).toEqual([]);
      const builds = emulator.calls
        .slice(before)
        .filter((call) => call.operation === "StartImagePipelineExecution");
      const { usd } = estimate(
        EXPERIMENTS.filter((one) => one.id === id),
        true,
      );
      expect([id, usd > 0]).toEqual([id, builds.length > 0]);
    },
  );

  test("has a mutation for each experiment only", () => {
    expect(Object.keys(MUTATIONS).sort()).toEqual(EXPERIMENTS.map(({ id }) => id).sort());
  });
});
