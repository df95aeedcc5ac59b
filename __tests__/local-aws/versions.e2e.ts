import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { aFactory, DOCUMENT } from "../support/factory-file";
import { ImageBuilder } from "./image-builder";
import { Moto, requireTools } from "./moto";
import { type ResourceChange, Terraform } from "./terraform";

const STACK = "payments-eu-west-1";

/** A factory whose app bakes an image with a component of its own, and deletes old builds. */
const factory = () => {
  const file = aFactory();
  const [image] = Object.values<object>(file.appAccounts.payments.images);
  file.appAccounts.payments.images = {
    "payments-web": {
      ...image,
      parent: { awsManaged: "amazon-linux-2023-x86" },
      components: [{ document: "agent.yaml", parameters: { Path: "/opt" } }],
      retain: { builds: 5 },
    },
  };
  return file;
};

const actionsOf = (changes: readonly ResourceChange[]): string[] =>
  changes.map(({ type, change }) => `${change.actions.join("+")} ${type}`).sort();

describe("a changed component", () => {
  let moto: Moto;
  let imageBuilder: ImageBuilder;
  let work: string;
  let first: ResourceChange[];
  let second: ResourceChange[];
  let calls: string[];

  /** Writes the document, issues versions and synthesizes. */
  const synth = (document: string): string => {
    const file = join(work, "factory.yaml");
    mkdirSync(join(work, "out"), { recursive: true });
    writeFileSync(file, stringify(factory()));
    writeFileSync(join(work, "agent.yaml"), document);
    const env = { ...process.env, FACTORY_CONFIG: file, CDKTF_OUTDIR: join(work, "out") };
    for (const program of ["dist/versions.js", "dist/main.js"]) execFileSync(process.execPath, [program], { env });
    return join(work, "out", "stacks", STACK);
  };

  const terraformOf = (document: string): Promise<Terraform> =>
    Terraform.in(join(work, "stack"), synth(document), moto, { AWS_ENDPOINT_URL_IMAGEBUILDER: imageBuilder.endpoint });

  beforeAll(async () => {
    requireTools();
    work = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
    moto = await Moto.start();
    imageBuilder = await ImageBuilder.start((key) => moto.accountOf(key));

    const before = await terraformOf(DOCUMENT);
    first = await before.plan();
    await before.apply();
    expect(actionsOf(await before.plan())).toEqual([]);

    const after = await terraformOf(`${DOCUMENT}# changed\n`);
    second = await after.plan();
    const done = imageBuilder.calls.length;
    await after.apply();
    calls = imageBuilder.calls.slice(done).map(({ operation }) => operation);
    expect(actionsOf(await after.plan())).toEqual([]);
  });

  afterAll(() => {
    imageBuilder?.stop();
    moto?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  test("at first, everything is made and a second plan is empty", () => {
    expect(new Set(first.flatMap(({ change }) => change.actions))).toEqual(new Set(["create"]));
  });

  test("then makes a new document, component and recipe, updates pipeline and lifecycle policy in place, and nothing else", () => {
    expect(actionsOf(second)).toEqual([
      "create+delete aws_imagebuilder_component",
      "create+delete aws_imagebuilder_image_recipe",
      "create+delete aws_s3_object",
      "update aws_imagebuilder_image_pipeline",
      "update aws_imagebuilder_lifecycle_policy",
    ]);
  });

  test("is shown in the plan by the versions it gets", () => {
    const recipe = second.find(({ type }) => type === "aws_imagebuilder_image_recipe")?.change;
    expect(recipe).toMatchObject({
      before: { version: "1.0.0", component: [{ component_arn: expect.stringMatching(/agent\/1\.0\.0\/1$/) }] },
      after: { version: "1.0.1", component: [{ component_arn: expect.stringMatching(/agent\/1\.0\.1\/1$/) }] },
    });
  });

  test("is applied in an order that the service takes: the old recipe goes after the pipeline has the new one", () => {
    const writes = calls.filter((operation) => /^(Create|Update|Delete)/.test(operation));
    expect(writes.slice(0, 2)).toEqual(["CreateComponent", "CreateImageRecipe"]);
    expect(writes.indexOf("DeleteImageRecipe")).toBeGreaterThan(writes.indexOf("UpdateImagePipeline"));
    expect([...writes].sort()).toEqual([
      "CreateComponent",
      "CreateImageRecipe",
      "DeleteImageRecipe",
      "UpdateImagePipeline",
      "UpdateLifecyclePolicy",
    ]);
  });

  test("leaves the old component where it is, because a recipe elsewhere may use it", () => {
    expect(imageBuilder.arns("component")).toEqual([
      "arn:aws:imagebuilder:eu-west-1:222222222222:component/agent/1.0.0/1",
      "arn:aws:imagebuilder:eu-west-1:222222222222:component/agent/1.0.1/1",
    ]);
    expect(imageBuilder.arns("image-recipe")).toEqual([
      "arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe/payments-web/1.0.1",
    ]);
  });

  test("names all recipe versions that were issued in the lifecycle policy", () => {
    const policy = second.find(({ type }) => type === "aws_imagebuilder_lifecycle_policy");
    const versions = [...JSON.stringify(policy?.change.after).matchAll(/"semantic_version":"([\d.]+)"/g)].map(
      ([, version]) => version,
    );
    expect(versions.sort()).toEqual(["1.0.0", "1.0.1"]);
  });
});
